using System.Collections.Immutable;
using EventSourcing;

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

/// <summary>What can't change, and contains more of its kind.</summary>
public sealed record Tree(string Name, ImmutableArray<Tree> Branches);

/// <summary>It changes a parameter that it keeps.</summary>
public sealed class Counter(int count)
{
    public int Count => count;

    public void Increase() => count++;
}

/// <summary>An aggregate whose events have all that can be refused.</summary>
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

    public void Put(IEvent<Freight> e) => Raise(e);
}

[EventSourcedApplication(typeof(Freight), TablePrefix = "freights")]
public sealed partial class Freights;
