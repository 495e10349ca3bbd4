using System.Collections.ObjectModel;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>A value object that can be changed after it was given to an event.</summary>
public sealed class Sticker
{
    public string Text { get; set; } = "";

    public List<string> Colours { get; init; } = [];
}

/// <summary>An object that can contain itself.</summary>
public sealed class Node
{
    public List<Node> Next { get; init; } = [];
}

/// <summary>A record that holds a collection.</summary>
public sealed record Batch(string Name, IReadOnlyList<int[]> Sizes);

/// <summary>A value object that only its factory creates, which trims and checks the value.</summary>
public sealed record Code
{
    private Code(string value, params string[] parts)
    {
        if (value.Trim() is not { Length: > 0 } text)
        {
            throw new ArgumentException("A code isn't empty.", nameof(value));
        }

        Value = text;
        Parts = new ReadOnlyCollection<string>(parts.ToList());
    }

    public string Value { get; init; }

    public ReadOnlyCollection<string> Parts { get; }

    public static Code Parse(string text) => new(text.ToUpperInvariant(), text.Split('-'));
}

/// <summary>An aggregate whose events have values that their caller can change.</summary>
[EventSourced]
public sealed partial class Basket
{
    public List<string> Items { get; private set; } = [];

    public List<object> Seen { get; } = [];

    [Event("Opened")]
    public partial Basket(Guid id, IEnumerable<string> items);

    private void Apply(Opened e) => Items = (List<string>)e.Items;

    [Event("ItemAdded")]
    public partial void Add(string item);

    private void Apply(ItemAdded e) => Items.Add(e.Item);

    [Event("Filled")]
    public partial void Fill(
        List<List<int>> lists, string[] array, byte[] bytes, Dictionary<string, List<string>> map, (int Number, List<int> Parts) tuple, Sticker label, Batch batch,
        List<byte[]>? maybe, (int, Sticker)? pair);

    private void Apply(Filled e) => Seen.Add(e);

    [Event("Sorted")]
    public partial void Sort(SortedSet<string> words, SortedDictionary<string, int> counts, SortedSet<(string, int)> pairs);

    private void Apply(Sorted e) => Seen.Add(e);

    [Event("Grouped")]
    public partial void Group(ISet<string> words, IReadOnlyDictionary<string, HashSet<string>> groups);

    private void Apply(Grouped e) => Seen.Add(e);

    [Event("Timed")]
    public partial void Time(DateTime at, List<DateTime?>? more = null);

    private void Apply(Timed e) => Seen.Add(e);

    [Event("Coded")]
    public partial void Encode(Code code);

    private void Apply(Coded e) => Seen.Add(e);

    [Event("Linked")]
    public partial void Link(Node node);

    private void Apply(Linked e) => Seen.Add(e);

    /// <summary>An event of our own.</summary>
    [Event("Noted")]
    public sealed partial record Note(string Text, List<string> Tags)
    {
        public Sticker? Label { get; init; }

        public string Comment { get; set; } = "";
    }

    /// <summary>An event that can be changed.</summary>
    [Event("Marked")]
    public sealed partial record Mark
    {
        public int Colour { get; set; }
    }

    public void Put(Mark mark) => Raise(mark);

    private void Apply(Mark e) => Seen.Add(e);

    public void TakeNote(Note note) => Raise(note);

    private void Apply(Note e) => Seen.Add(e);
}

[EventSourcedApplication(typeof(Basket), TablePrefix = "baskets")]
public sealed partial class Baskets;
