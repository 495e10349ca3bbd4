using System.Text.Json;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>A type that holds itself, and shares parts with one that doesn't.</summary>
public sealed record Comment(string Text, List<string> Tags, Comment? ReplyTo);

/// <summary>Shares a part with a type that holds itself.</summary>
public sealed record Post(List<string> Tags, Dictionary<string, List<string>> Links);

/// <summary>A value with a converter that can be made to fail.</summary>
[StateConverter(typeof(LoadConverter))]
public readonly record struct Load(double Kilograms);

/// <summary>Reads what it wrote, unless the load is negative: then it can't; or zero: then it reads another one.</summary>
public static class LoadConverter
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter writer, Load value) => writer.WriteStringValue(value.Kilograms < 0 ? "much" : $"{value.Kilograms + 1}");

    /// <summary>Reads it.</summary>
    public static Load Read(ref Utf8JsonReader reader)
    {
        var read = double.Parse(reader.GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        return new(read == 1 ? 7 : read - 1);
    }
}

/// <summary>A list that adds something.</summary>
public sealed class Cargo : List<int>
{
    /// <summary>What a list doesn't have.</summary>
    public string? Owner { get; set; }
}

/// <summary>An aggregate with values of the framework's open types, and of types that hold themselves.</summary>
[EventSourced]
public sealed partial class Warehouse
{
    /// <summary>The events.</summary>
    public List<object> Seen { get; } = [];

    [Event("Built")]
    public partial Warehouse(Guid id);

    private void Apply(Built e)
    {
    }

    [Event("Linked")]
    public sealed partial record Linked(Uri Link);

    private void Apply(Linked e) => Seen.Add(e);

    [Event("Stored")]
    public sealed partial record Stored(List<int> List, HashSet<string> Set, Dictionary<string, int> Map);

    private void Apply(Stored e) => Seen.Add(e);

    [Event("Gathered")]
    public sealed partial record Gathered(ICollection<string> Some, IReadOnlyCollection<string> Others, IEnumerable<string> All);

    private void Apply(Gathered e) => Seen.Add(e);

    [Event("Weighed")]
    public sealed partial record Weighed(Load Load, List<Load> Loads);

    private void Apply(Weighed e) => Seen.Add(e);

    [Event("Commented")]
    public sealed partial record Commented(Comment Comment, Post Post);

    private void Apply(Commented e) => Seen.Add(e);

    public void Put(IEvent<Warehouse> e) => Raise(e);
}

[EventSourcedApplication(typeof(Warehouse), TablePrefix = "warehouses")]
public sealed partial class Warehouses;
