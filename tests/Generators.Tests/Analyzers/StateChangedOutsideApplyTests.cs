using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0021: state that is changed without an event.</summary>
public sealed class StateChangedOutsideApplyTests
{
    private const string State = """

        #pragma warning disable CS0649 // not every program here assigns all of it
        private int _count;
        private (int X, int Y) _place;
        private readonly int[] _weights = new int[3];
        private readonly Dictionary<string, int> _marks = [];
        private string? _cache;
        public override string ToString() => $"{_count} {_place} {_weights} {_marks} {_cache}";

        """;

    [Theory]
    [InlineData("public void Change() => {|ESG0021:Name|} = \"Rex\";")]
    [InlineData("public void Change() => {|ESG0021:this.Name|} = \"Rex\";")]
    [InlineData("public void Change() => {|ESG0021:_count|}++;")]
    [InlineData("public void Change() => {|ESG0021:_count|} += 2;")]
    [InlineData("public void Change() => ({|ESG0021:Name|}, {|ESG0021:_count|}) = (\"Rex\", 1);")]
    [InlineData("public void Change() => int.TryParse(\"1\", out {|ESG0021:_count|});")]
    [InlineData("public void Change() => {|ESG0021:_place.X|} = 1;")]
    [InlineData("public void Change() => {|ESG0021:_weights|}[0] = 1;")]
    [InlineData("public void Change() => {|ESG0021:_marks|}[\"sit\"] = 1;")]
    [InlineData("public void Change() => {|ESG0021:Tricks|}.Add(\"sit\");")]
    [InlineData("public void Change() { Later(); void Later() => {|ESG0021:Name|} = \"Rex\"; }")]
    [InlineData("public void Change() => Helper(); private void Helper() => {|ESG0021:Name|} = \"Rex\";")]
    [InlineData("private void Unused() => {|ESG0021:Name|} = \"Rex\";")]
    [InlineData("public void Change() => Helper(); private void Helper() => {|ESG0021:Name|} = \"Rex\"; [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) => Helper();")]
    [InlineData("public void Change() => {|ESG0021:_count|}--;")]
    [InlineData("public void Change() => Interlocked.Increment(ref {|ESG0021:_count|});")]
    [InlineData("private readonly System.Collections.ObjectModel.Collection<int> _all = []; public int All => _all.Count; public void Change() => {|ESG0021:_all|}.Add(1);")]
    [InlineData("public static void Change(Dog dog) => {|ESG0021:dog.Name|} = \"Rex\";")]
    [InlineData("public Dog(string name, int count) : this(name) => {|ESG0021:_count|} = count;")]
    [InlineData("public int Age { get; set; } public static class Keeper { public static Dog Make() => new(\"Rex\") { {|ESG0021:Age|} = 3 }; public static void Grow(Dog dog) => {|ESG0021:dog.Age|} = 4; }")]
    public Task A_change_outside_Apply_is_reported(string method) => Analysis.Verify(Dog(State + method));

    [Theory]
    [InlineData("public string Summary() => _cache ??= Name + Tricks.Count;")]
    [InlineData("public string Summary { get { if (_cache is null) _cache = Name; return _cache; } }")]
    [InlineData("public void Print() { var name = Name; name += \"!\"; List<string> tricks = [.. Tricks]; tricks.Add(name); }")]
    [InlineData("public static int Made { get; private set; } public void Count() => Made++;")]
    [InlineData("private sealed class Bag { public int this[int i] { get => i; set => _ = value; } public void Add(int i) => _ = i; } private readonly Bag _bag = new(); public void Fill() { _bag.Add(1); _bag[0] = 2; }")]
    [InlineData("public int Read() => _marks.TryGetValue(Name, out var mark) ? mark : 0;")]
    public Task Changes_that_affect_no_state_are_allowed(string method) => Analysis.Verify(Dog(State + method));

    [Fact]
    public Task A_private_method_that_only_Apply_calls_may_change_state() => Analysis.Verify(Dog($$"""
        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            Rename(e.Owner);
        }

        private void Rename(string name)
        {
            Name = name;
            if (name.Length > 10)
                Rename(name[..10]);
        }
        """));

    [Fact]
    public Task Changes_in_other_classes_are_not_reported() => Analysis.Verify(
        Dog(),
        """
        public sealed class Basket
        {
            public int Count { get; private set; }
            public void Add() => Count++;
        }
        """);
}
