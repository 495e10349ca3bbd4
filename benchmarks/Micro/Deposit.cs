using System.Text.Json.Serialization;

namespace Benchmarks.Micro;

/// <summary>What <see cref="Account.Deposited"/> stores, as System.Text.Json's generator reads it fastest: set by properties.</summary>
public sealed class Deposit
{
    public DateTimeOffset Timestamp { get; set; }

    public Guid Transfer { get; set; }

    public string Purpose { get; set; } = "";

    public int Branch { get; set; }

    public long Cents { get; set; }

    public DateTime BookedAt { get; set; }
}

/// <summary>The same as a record, which is made by its constructor.</summary>
public sealed record DepositRecord(DateTimeOffset Timestamp, Guid Transfer, string Purpose, int Branch, long Cents, DateTime BookedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Deposit))]
[JsonSerializable(typeof(DepositRecord))]
internal sealed partial class DepositContext : JsonSerializerContext;
