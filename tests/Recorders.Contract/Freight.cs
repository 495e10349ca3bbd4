using System.Collections.Immutable;
using System.Text.Json;
using EventSourcing;
using EventSourcing.CompilerServices;

namespace Recorders.Contract;

public enum Size
{
    Small,
    Large,
}

[Flags]
public enum Handling
{
    None = 0,
    Fragile = 1,
    Upright = 2,
}

/// <summary>A record from which others derive.</summary>
public record Tag(string Text);

public sealed record SpecialTag(string Text, int Level) : Tag(Text);

/// <summary>An immutable type that contains more of its kind.</summary>
public sealed record Tree(string Name, ImmutableArray<Tree> Branches);

/// <summary>A type that changes a parameter that it keeps.</summary>
public sealed class Counter(int count)
{
    public int Count => count;

    public void Increase() => count++;
}

/// <summary>A type that holds itself, and shares parts with one that doesn't.</summary>
public sealed record Comment(string Text, List<string> Tags, Comment? ReplyTo);

/// <summary>Shares a part with a type that holds itself.</summary>
public sealed record Post(List<string> Tags, Dictionary<string, List<string>> Links);

/// <summary>A value with a converter that can be made to fail.</summary>
[StateConverter(typeof(LoadConverter))]
public readonly record struct Load(double Kilograms);

/// <summary>Reads what it wrote, except for a negative load, which it can't read, and for zero, which it reads as another load.</summary>
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

/// <summary>A list with a member of its own.</summary>
public sealed class Cargo : List<int>
{
    /// <summary>A member that lists don't have.</summary>
    public string? Owner { get; set; }
}

/// <summary>An aggregate whose events have every kind of value that can be refused.</summary>
[EventSourced]
public sealed partial class Freight
{
    public List<object> Seen { get; } = [];

    [Event("Packed")]
    public partial Freight(Guid id);

    private void Apply(Packed e)
    {
    }

    [Event("Described")]
    public sealed partial record Description(string Text, string? Note, char Letter, Uri Link, Size Size, Handling Handling, Tag Tag);

    private void Apply(Description e) => Seen.Add(e);

    [Event("Filled")]
    public sealed partial record Contents(
        List<string> Texts, ImmutableArray<string> Codes, Dictionary<string, Size> Sizes, (string Text, Tag? Tag) Pair, IReadOnlyList<Tag> Tags, byte[] Bytes);

    private void Apply(Contents e) => Seen.Add(e);

    [Event("Grown")]
    public sealed partial record Growth(Tree Tree);

    private void Apply(Growth e) => Seen.Add(e);

    [Event("Counted")]
    public sealed partial record Count(Counter Counter);

    private void Apply(Count e) => Seen.Add(e);

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

    public void Put(IEvent<Freight> e) => Raise(e);
}

[EventSourcedApplication(typeof(Freight), TablePrefix = "freights")]
public sealed partial class Freights;
