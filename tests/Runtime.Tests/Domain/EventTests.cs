using System.Collections.Frozen;
using System.Collections.Immutable;
using EventSourcing.CompilerServices;
using Xunit;

namespace EventSourcing.Tests.Domain;

/// <summary>Events are records: they are created, copied, deconstructed, compared and printed as such, collections included.</summary>
public class EventTests
{
    [Fact]
    public void An_event_is_created_copied_and_deconstructed_like_a_positional_record()
    {
        var planned = new Course.Planned(Title: "Sit");
        Assert.Equal(12, planned.Seats);

        var changed = planned with { Seats = 5 };
        var (title, seats) = changed;
        Assert.Equal(("Sit", 5), (title, seats));
        Assert.True(changed is ("Sit", 5) and { Title: "Sit" });
        Assert.NotEqual(planned, changed);
        Assert.Equal(new Course.Planned("Sit", 5), changed);
        Assert.Equal("Planned { Title = Sit, Seats = 5 }", changed.ToString());
        Assert.True(new Dog.TrickAdded("sit") is (Trick: "sit"));
    }

    private static readonly Func<Show.Opened>[] Events =
    [
        () => new("a", []),
        () => new("a", ["x", "y"]),
        () => new("a", ["y", "x"]),
        () => new("a", ["x"], ["j", "k"]),
        () => new("a", ["x"], []),
        () => new("a", [], Rows: [1, 2]),
        () => new("a", [], Marks: new() { ["a"] = [1, 2], ["b"] = [] }),
        () => new("a", [], Marks: new() { ["a"] = [2, 1], ["b"] = [] }),
        () => new("a", [], Poster: [1, 2, 3]),
        () => new("a", [], Heats: [["x"], []]),
        () => new("a", [], Heats: [[], ["x"]]),
        () => new("a", [], Seats: [1, 2]),
        () => new("a", [], Boxes: [1, 2]),
        () => new("a", [], Boxes: []),
        () => new("a", [], Best: ("x", [1])),
        () => new("a", [], Best: ("x", [2])),
        () => new("a", [], Pairs: [(1, [1, 2]), (2, [])]),
        () => new("b", []),
    ];

    [Fact]
    public void Events_with_equal_items_are_equal_and_others_are_not()
    {
        foreach (var make in Events)
        {
            var one = make();
            Assert.Equal(one, make());
            Assert.Equal(one.GetHashCode(), make().GetHashCode());
            Assert.Single(Events, other => other().Equals(one));
        }
    }

    [Fact]
    public void Sets_and_maps_are_equal_whatever_their_order_and_kind()
    {
        Equal(new("a", [], Rows: [1, 2, 3]), new("a", [], Rows: [3, 2, 1]));
        Equal(new("a", [], Marks: new() { ["a"] = [1], ["b"] = [2] }), new("a", [], Marks: new() { ["b"] = [2], ["a"] = [1] }));
        Equal(new("a", [], Pairs: [(1, [1]), (2, [2])]), new("a", [], Pairs: [(2, [2]), (1, [1])]));
        Assert.True(EventValues.SetsEqual(new SortedSet<int> { 2, 1 }, FrozenSet.Create(1, 2)));
        Assert.True(EventValues.MapsEqual(ImmutableDictionary.CreateRange([KeyValuePair.Create("a", 1)]), new SortedDictionary<string, int> { ["a"] = 1 }));
        Assert.False(EventValues.MapsEqual(new Dictionary<string, int> { ["a"] = 1 }, new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }));
        Assert.False(EventValues.SetsEqual<int>([1], [1, 2]));
        Assert.False(EventValues.SetsEqual<int>([1, 2], [1], (x, y) => x == y));
        Assert.False(EventValues.SetsEqual<int>([1], [1, 2], (x, y) => x == y));
        Assert.False(EventValues.ListsEqual<int>([1], [1, 2], (x, y) => x == y));
        Assert.False(EventValues.ListsEqual<int>([1, 2], [1], (x, y) => x == y));
        Assert.False(EventValues.ListsEqual<int>([1], null));

        static void Equal(Show.Opened x, Show.Opened y)
        {
            Assert.Equal(x, y);
            Assert.Equal(x.GetHashCode(), y.GetHashCode());
        }
    }

    [Fact]
    public void Records_of_the_user_are_compared_alike_unless_the_user_wrote_Equals()
    {
        Assert.Equal(new Show.Judging(["a"]), new Show.Judging(["a"]));
        Assert.Equal(new Show.Judging(["a"]).GetHashCode(), new Show.Judging(["a"]).GetHashCode());
        Assert.NotEqual(new Show.Judging(["a"]), new Show.Judging(["a"], 2));
        Assert.Equal(new Show.Closing(["a"]), new Show.Closing(["a"]));
        Assert.NotEqual(new Show.Closing(["a"]), new DerivedClosing(["a"]));
        Assert.Equal(new Show.Counting([1]), new Show.Counting([2]));
    }

    [Fact]
    public void The_text_of_an_event_shows_its_items()
    {
        Assert.StartsWith("Opened { Name = a, Acts = [x, y], Judges = null, ", new Show.Opened("a", ["x", "y"]).ToString(), StringComparison.Ordinal);
        Assert.Contains("Heats = [[x], []], Seats = [], Boxes = [1]", new Show.Opened("a", [], Heats: [["x"], []], Boxes: [1]).ToString(), StringComparison.Ordinal);
        Assert.Equal("Judging { Judges = [a], other = 1 }", new Show.Judging(["a"]).ToString());
        Assert.Equal("Closing { Left = [a] }", new Show.Closing(["a"]).ToString());
        Assert.Equal("counted", new Show.Counting([1]).ToString());
    }

    private sealed record DerivedClosing(List<string> Left) : Show.Closing(Left);
}
