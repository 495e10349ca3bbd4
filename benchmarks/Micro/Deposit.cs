using System.Text.Json.Serialization;

namespace Benchmarks.Micro;

/// <summary>The values of <see cref="Account.Deposited"/>, in the form that System.Text.Json reads fastest: with property setters.</summary>
public sealed class Deposit
{
    public DateTimeOffset Timestamp { get; set; }

    public Guid Transfer { get; set; }

    public string Purpose { get; set; } = "";

    public int Branch { get; set; }

    public long Cents { get; set; }

    public DateTime BookedAt { get; set; }
}

/// <summary>The same values as a record, which is created by its constructor.</summary>
public sealed record DepositRecord(DateTimeOffset Timestamp, Guid Transfer, string Purpose, int Branch, long Cents, DateTime BookedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Deposit))]
[JsonSerializable(typeof(DepositRecord))]
internal sealed partial class DepositContext : JsonSerializerContext;
