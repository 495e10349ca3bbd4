using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0066, ESG0067 and ESG0068: what a fold of a view must not use or change.</summary>
public sealed class InsideFoldTests
{
    [Theory]
    [InlineData("return this with { Changed = {|ESG0066:DateTimeOffset.UtcNow|} };")]
    [InlineData("return e.Trick.Length > 1 ? e.Trick.Length > 2 ? this : this with { Changed = {|ESG0066:DateTimeOffset.Now|} } : this;")]
    [InlineData("return this with { Name = $\"{{|ESG0066:DateTime.Now|}.Ticks}\" };")]
    [InlineData("return this with { Changed = {|ESG0066:TimeProvider.System|}.GetUtcNow() };")]
    [InlineData("return this with { Tricks = (int){|ESG0066:System.Diagnostics.Stopwatch.GetTimestamp()|} };")]
    [InlineData("return this with { Tricks = (int){|ESG0066:Environment.TickCount64|} };")]
    [InlineData("return this with { Name = {|ESG0066:Environment.GetEnvironmentVariable(\"NAME\")|} ?? \"\" };")]
    [InlineData("return this with { Tricks = {|ESG0066:Random.Shared|}.Next() };")]
    [InlineData("return this with { Name = {|ESG0066:Guid.NewGuid()|}.ToString() };")]
    [InlineData("return this with { Name = {|ESG0066:System.IO.File.ReadAllText(Name)|} };")]
    [InlineData("return this with { Name = {|ESG0066:new System.Net.Http.HttpClient()|}.GetStringAsync(Name).Result };")]
    [InlineData("return this with { Tricks = {|ESG0066:Thread.CurrentThread|}.ManagedThreadId };")]
    [InlineData("return {|ESG0066:Task.Run(() => this)|}.Result;")]
    [InlineData("return this with { Tricks = System.Linq.Enumerable.Count({|ESG0066:System.Linq.ParallelEnumerable.AsParallel(Tags)|}) };")]
    [InlineData("{|ESG0066:Console.WriteLine(e.Trick)|}; return this;")]
    [InlineData("return this with { Name = {|ESG0066:e.Trick.ToUpper()|} };")]
    [InlineData("return this with { Name = $\"{|ESG0066:{Price}|}\" };")]
    [InlineData("return this with { Tricks = {|ESG0066:e.Trick.GetHashCode()|} };")]
    [InlineData("return this with { Changed = {|ESG0066:Changed.ToLocalTime()|} };")]
    [InlineData("Func<Guid> key = {|ESG0066:Guid.NewGuid|}; return this with { Name = key().ToString() };")]
    [InlineData("Func<DateTimeOffset> now = () => {|ESG0066:DateTimeOffset.UtcNow|}; return this with { Changed = now() };")]
    [InlineData("return this with { Changed = Now() }; static DateTimeOffset Now() => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("return this with { Tags = [.. System.Linq.Enumerable.Select(Tags, t => t + {|ESG0066:Guid.NewGuid()|})] };")]
    [InlineData("return this with { Changed = header.Timestamp, Name = e.Trick.ToUpperInvariant() + Tricks + nameof(DateTime.Now) };")]
    [InlineData("return this with { Name = FormattableString.Invariant($\"{Price}\") + Environment.NewLine + Changed.ToString(\"o\") };")]
    public Task Values_that_differ_each_time_are_reported(string statements) => VerifyWhen(statements);

    [Theory]
    [InlineData("return this with { Tricks = {|ESG0067:Settings.Limit|} };")]
    [InlineData("return this with { Tricks = {|ESG0067:Settings.Count|}++ };")]
    [InlineData("{|ESG0067:Settings.Count|} = 1; return this;")]
    [InlineData("{|ESG0067:Settings.Names|}.Add(e.Trick); return this;")]
    [InlineData("{|ESG0067:Settings.Known|}.TryAdd(e.Trick, 1); return this;")]
    [InlineData("{|ESG0067:Settings.Known|}[e.Trick] = 1; return this;")]
    [InlineData("{|ESG0067:Settings.Numbers[0]|}++; return this;")]
    [InlineData("{|ESG0067:Settings.Numbers|}[0] = 1; return this;")]
    [InlineData("{|ESG0067:Settings.Only.Limit|} = 1; return this;")]
    [InlineData("{|ESG0067:Settings.Local.Value|} = 1; return this;")]
    [InlineData("return this with { Tricks = Settings.Fixed + Settings.Constant + Settings.Given + Settings.Numbers[0] + Settings.Known.Count, Name = nameof(Settings.Limit) };")]
    [InlineData("Settings.Fresh.Add(e.Trick); return this;")]
    [InlineData("return this with { Tricks = Settings.Names.Contains(e.Trick) ? 1 : Settings.Only.Limit };")]
    public Task Shared_state_is_reported(string statements) => VerifyWhen(statements);

    [Theory]
    [InlineData("{|ESG0068:Tags|}.Add(e.Trick); return this;")]
    [InlineData("{|ESG0068:this.Tags|}.Clear(); return this;")]
    [InlineData("{|ESG0068:Tags|}[0] = e.Trick; return this;")]
    [InlineData("{|ESG0068:Prices|}[e.Trick] = 1; return this;")]
    [InlineData("{|ESG0068:Prices|}.Remove(e.Trick); return this;")]
    [InlineData("{|ESG0068:Numbers|}[0] = 1; return this;")]
    [InlineData("{|ESG0068:Numbers[0]|}++; return this;")]
    [InlineData("Array.Sort({|ESG0068:Numbers|}); return this;")]
    [InlineData("Array.Clear({|ESG0068:Numbers|}); return this;")]
    [InlineData("MemoryExtensions.Reverse<int>({|ESG0068:Numbers|}); return this;")]
    [InlineData("int.TryParse(e.Trick, out {|ESG0068:Numbers[0]|}); return this;")]
    [InlineData("({|ESG0068:Numbers[0]|}, _) = (1, 2); return this;")]
    [InlineData("{|ESG0068:Place.Floor|} = 1; return this;")]
    [InlineData("{|ESG0068:Places[0].Floor|}++; return this;")]
    [InlineData("{|ESG0068:Places[0].Names|}.Add(e.Trick); return this;")]
    [InlineData("Maybe?{|ESG0068:.Names|}.Add(e.Trick); return this;")]
    [InlineData("{|ESG0068:Tags|}?.Add(e.Trick); return this;")]
    [InlineData("{|ESG0068:Prices[e.Trick]|}++; return this;")]
    [InlineData("Maybe?{|ESG0068:.Names|}?.Remove(e.Trick); return this;")]
    [InlineData("Change(); return this; void Change() => {|ESG0068:Tags|}.Add(e.Trick);")]
    [InlineData("Action change = () => {|ESG0068:Tags|}.Add(e.Trick); change(); return this;")]
    [InlineData("CollectionExtensions.TryAdd({|ESG0068:Prices|}, e.Trick, 1); return this;")]
    [InlineData("({|ESG0068:(IList<string>)Tags|}).Add(e.Trick); return this;")]
    [InlineData("{|ESG0068:e.Toys|}.Add(\"ball\"); return this;")]
    // A new object may be changed.
    [InlineData("List<string> tags = [.. Tags]; tags.Add(e.Trick); return this with { Tags = tags };")]
    [InlineData("var tags = new List<string>(Tags) { e.Trick }; tags.Sort(StringComparer.Ordinal); return this with { Tags = tags };")]
    [InlineData("var row = this with { Tags = [.. Tags] }; row.Tags.Add(e.Trick); return row;")]
    [InlineData("return this with { Place = new Place { Floor = 1, Names = { e.Trick } } };")]
    [InlineData("Copy.Add(e.Trick); return this;")]
    [InlineData("var numbers = (int[])Numbers.Clone(); numbers[0]++; Array.Sort(numbers); return this with { Numbers = numbers };")]
    [InlineData("var count = Tricks; count++; return this with { Tricks = count };")]
    [InlineData("e = e with { Toys = [.. e.Toys] }; e.Toys.Add(\"ball\"); return this;")]
    [InlineData("Fixed.Add(e.Trick); return this with { Fixed = Fixed.Add(e.Trick) };")]
    public Task Changes_in_place_are_reported(string statements) => VerifyWhen(statements);

    /// <summary>The same in a static When, which gets the row as a parameter.</summary>
    [Theory]
    [InlineData("if (row is not null) {|ESG0068:row.Tags|}.Add(e.Trick); return row;")]
    [InlineData("row?{|ESG0068:.Tags|}.Add(e.Trick); return row;")]
    [InlineData("row ??= new(key, []); {|ESG0068:row.Tags|}.Add(e.Trick); return row;")]
    [InlineData("{|ESG0068:row!.Tags|}.Add(e.Trick); return row;")]
    [InlineData("row = row is null ? new(key, []) : row with { Tags = [.. row.Tags] }; row.Tags.Add(e.Trick); return row;")]
    [InlineData("(row, _) = (new V(key, []), 1); row.Tags.Add(e.Trick); return row;")]
    [InlineData("return new(key, [.. row?.Tags ?? [], e.Trick]);")]
    [InlineData("key = key + \"!\"; return row;")]
    public Task A_row_that_is_a_parameter_stays_as_it_is(string statements) => Analysis.Verify(Dog(AddTrick), $$"""
        [Projection("v")]
        public sealed partial record V([property: Key] string Trick, List<string> Tags)
        {
            private static string KeyOf(Dog.TrickAdded e) => e.Trick;
            private static V? When(V? row, string key, Dog.TrickAdded e) { {{statements}} }
        }
        """);

    /// <summary>Which members of a view are a part of its fold.</summary>
    [Theory]
    // Methods that a fold calls, and methods that these call.
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = Now() }; static DateTimeOffset Now() => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = Now() }; public static DateTimeOffset Now() => Later(); internal static DateTimeOffset Later() => {|ESG0066:DateTimeOffset.UtcNow|}; public string Show() => $\"{Now():o}\";")]
    [InlineData("V When(Dog.TrickAdded e) => V.Touch(this); static V Touch(V row, int depth = 0) => depth > 9 ? row with { Since = {|ESG0066:DateTimeOffset.UtcNow|} } : Touch(row, depth + 1);")]
    [InlineData("V When(Dog.TrickAdded e) { Func<DateTimeOffset> now = Now; return this with { Since = now() }; } static DateTimeOffset Now() => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("V When(Dog.TrickAdded e) => Touched(e.Trick); V Touched(string trick) { {|ESG0068:Tags|}.Add(trick); return this; }")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = Now }; static DateTimeOffset Now => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Tags = [Started.ToString(\"o\")] }; static readonly DateTimeOffset Started = {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = Now() }; static readonly Func<DateTimeOffset> Now = () => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Tags = [Next().ToString()] }; static int Next() => {|ESG0067:_last|}++; static int _last;")]
    [InlineData("V When(Dog.TrickAdded e) => this + e; public static V operator +(V row, Dog.TrickAdded e) => row with { Since = {|ESG0066:DateTimeOffset.UtcNow|} };")]
    [InlineData("V When(Dog.TrickAdded e) { Wait(); return this; } static void Wait() { _ = Pause(); static async Task Pause() => await {|ESG0066:Task.Yield()|}; }")]
    // Other methods, also if they have the name of a member that a fold uses elsewhere.
    [InlineData("public TimeSpan Age() => DateTimeOffset.UtcNow - Since;")]
    [InlineData("public void Add(string tag) => Tags.Add(tag);")]
    [InlineData("[StateIgnore] public TimeSpan Age => DateTimeOffset.UtcNow - Since;")]
    [InlineData("public TimeSpan Age => DateTimeOffset.UtcNow - Since; public override string ToString() => $\"{Age}\";")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Tags = [nameof(Now)] }; static DateTimeOffset Now() => DateTimeOffset.UtcNow;")]
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = Since.AddDays(1) }; public DateTimeOffset AddDays() => DateTimeOffset.UtcNow;")]
    [InlineData("static readonly DateTimeOffset Started = DateTimeOffset.UtcNow; public TimeSpan SinceStart() => Since - Started;")]
    [InlineData("public static V Sample() => new(Guid.NewGuid(), DateTimeOffset.UtcNow, []);")]
    [InlineData("public static class Samples { public static V One => new(Guid.NewGuid(), DateTimeOffset.UtcNow, []); }")]
    // Initial values and constructors.
    [InlineData("public DateTimeOffset Seen { get; init; } = {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("public DateTimeOffset Seen { get; init; } = Now(); static DateTimeOffset Now() => {|ESG0066:DateTimeOffset.UtcNow|};")]
    [InlineData("public List<string> Names { get; init; } = new(System.Linq.Enumerable.Select([\"\"], t => t + {|ESG0066:Guid.NewGuid()|}));")]
    [InlineData("V(Guid id) : this(id, {|ESG0066:DateTimeOffset.UtcNow|}, []) { }")]
    [InlineData("[StateIgnore] public DateTimeOffset Seen { get; init; } = DateTimeOffset.UtcNow;")]
    public Task Code_that_the_fold_uses_is_reported(string members) => Analysis.Verify(Dog(AddTrick), $$"""
        [Projection("v")]
        public sealed partial record V([property: Key] Guid Id, DateTimeOffset Since, List<string> Tags)
        {
            private static V When(Dog.Registered e, EventHeader header) => new(header.AggregateId, header.Timestamp, []);
            {{members}}
        }
        """);

    [Theory]
    [InlineData("{|ESG0066:Guid.NewGuid()|}.ToString()")]
    [InlineData("{|ESG0066:e.Trick.ToLower()|}")]
    [InlineData("e.Trick + {|ESG0067:_count|}")]
    [InlineData("e.Trick.ToLowerInvariant() + header.Timestamp.Year")]
    public Task Keys_are_determined_in_the_same_way(string key) => Analysis.Verify(Dog(AddTrick), $$"""
        [Projection("v")]
        public sealed partial record V([property: Key] string Id)
        {
            public static int _count;
            private static string KeyOf(Dog.TrickAdded e, EventHeader header) => {{key}};
            private static V When(V? row, string key, Dog.TrickAdded e) => row ?? new(key);
        }
        """);

    /// <summary>The parts of a view may be in several files.</summary>
    [Fact]
    public Task A_method_in_another_file_is_found() => Analysis.Verify(
        Dog(AddTrick),
        "[Projection(\"v\")] public sealed partial record V([property: Key] Guid Id) { private static V When(Dog.Registered e, EventHeader header) => Make(header.AggregateId); }",
        "public sealed partial record V { private static V Make(Guid id) { {|ESG0066:Console.WriteLine(id)|}; return new(id); } private static void Print() => Console.WriteLine(); }");

    /// <summary>Tests and programs may use clocks, and may change rows that they have read.</summary>
    [Fact]
    public Task Code_around_views_is_not_reported() => Analysis.Verify(Dog(AddTrick), """
        [Projection("v")]
        public sealed partial record V([property: Key] Guid Id, DateTimeOffset Since, List<string> Tags)
        {
            internal static V When(Dog.Registered e, EventHeader header) => new(header.AggregateId, header.Timestamp, []);
        }

        public record Row(List<string> Tags)
        {
            public Row When(Dog.Registered e) { Tags.Add(e.Name + DateTimeOffset.UtcNow.Ticks); return this; }
        }

        public static class Use
        {
            public static V Fold(Dog.Registered e, EventHeader header) => Touch(V.When(e, header));
            private static V Touch(V row) { row.Tags.Add(""); return row with { Since = DateTimeOffset.UtcNow }; }
        }
        """);

    /// <summary>Half of a view, as it is while it is typed.</summary>
    [Theory]
    [InlineData("[Projection(\"v\")] public sealed partial record V(Guid Id) { V When(Dog.TrickAdded e) => this with { Id = Guid.NewGuid() }; }", "ESG0066")]
    [InlineData("[Projection(\"v\")] public sealed partial record V([property: Key] Guid Id, List<string> Tags) { V When(Dog.TrickAdded e) { Tags.Add(e.Trick); return", "ESG0068")]
    [InlineData("[Projection(\"v\")] public sealed partial record V([property: Key] Guid Id) { V When( => ) Guid.NewGuid(); Guid Key = Unknown(Guid.NewGuid()); }", "ESG0066")]
    public async Task Code_with_errors_is_analyzed(string view, string id) => Assert.Contains(await Analysis.Of(Dog(AddTrick), view), d => d.Id == id);

    [Theory]
    [InlineData("V When(Dog.TrickAdded e) => this with { Since = DateTimeOffset.UtcNow };", "'V.When' uses 'DateTimeOffset.UtcNow', so the rows may be different each time the view is built; take the time from the header of the event: write a parameter 'EventHeader header' after the event")]
    [InlineData("V When(Dog.TrickAdded e) => Make(); static V Make() => new(Guid.NewGuid(), default, []);", "'V.Make' uses 'Guid.NewGuid', so the rows may be different each time the view is built; make the value a parameter of the event")]
    [InlineData("public DateTimeOffset Seen { get; init; } = DateTimeOffset.UtcNow;", "The initial value of 'V.Seen' uses 'DateTimeOffset.UtcNow', so")]
    [InlineData("static DateTimeOffset Now => DateTimeOffset.UtcNow; V When(Dog.TrickAdded e) => this with { Since = Now };", "'V.Now' uses 'DateTimeOffset.UtcNow', so")]
    [InlineData("V(Guid id) : this(id, DateTimeOffset.UtcNow, []) { }", "A constructor of 'V' uses 'DateTimeOffset.UtcNow', so")]
    [InlineData("static int _count; V When(Dog.TrickAdded e) { _count = 1; return this; }", "'V.When' uses 'V._count', which is shared and can change, so the rows may be different each time the view is built; use only the row, the event and its header")]
    [InlineData("static readonly List<string> Seen = []; V When(Dog.TrickAdded e) { Seen.Add(e.Trick); return this; }", "'V.When' changes 'V.Seen', which is shared and can change, so")]
    [InlineData("V When(Dog.TrickAdded e) { Tags[0] = e.Trick; return this; }", "'V.When' changes 'Tags' in place, but the row before the event, and the event, must stay as they are; change a copy, and return a new row with it")]
    [InlineData("public int[] Numbers { get; init; } = []; V When(Dog.TrickAdded e) { Numbers[0]++; return this; }", "'V.When' changes 'Numbers' in place")]
    public async Task The_message_names_the_code_and_what_it_uses(string members, string message)
    {
        var reported = Assert.Single(await Analysis.Of(Dog(AddTrick), $$"""
            [Projection("v")]
            public sealed partial record V([property: Key] Guid Id, DateTimeOffset Since, List<string> Tags)
            {
                private static V When(Dog.Registered e, EventHeader header) => new(header.AggregateId, header.Timestamp, []);
                {{members}}
            }
            """), d => d.Id.StartsWith("ESG", StringComparison.Ordinal));
        Assert.StartsWith(message, reported.GetMessage(), StringComparison.Ordinal);
    }

    private static Task VerifyWhen(string statements) => Analysis.Verify(
        Dog().Replace("public string Name", """
            [Event("TrickAdded")]
            public partial void AddTrick(string trick, List<string> toys);
            private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
            public string Name
            """, StringComparison.Ordinal),
        """
        public sealed class Place
        {
            public int Floor { get; set; }
            public List<string> Names { get; init; } = [];
        }

        public sealed class Settings
        {
            public static int Limit { get; set; }
            public static int Count;
            public static readonly List<string> Names = [];
            public static readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> Known = new();
            public static readonly int[] Numbers = [1];
            public static readonly Only Only = new();
            public static readonly AsyncLocal<int> Local = new();
            public static readonly int Fixed = 1;
            public const int Constant = 1;
            public static int Given => 1;
            public static List<string> Fresh => [];
        }

        public sealed class Only
        {
            public int Limit { get; set; }
        }
        """,
        $$"""
        [Projection("v")]
        public sealed partial record V([property: Key] Guid Id, string Name, int Tricks, DateTimeOffset Changed, decimal Price)
        {
            public List<string> Tags { get; init; } = [];
            public Dictionary<string, int> Prices { get; init; } = [];
            public int[] Numbers { get; init; } = [];
            public Place Place { get; init; } = new();
            public Place? Maybe { get; init; }
            public List<Place> Places { get; init; } = [];
            public System.Collections.Immutable.ImmutableList<string> Fixed { get; init; } = [];

            private List<string> Copy => [.. Tags];

            private static V When(Dog.Registered e, EventHeader header) => new(header.AggregateId, e.Name, 0, header.Timestamp, 0);

            private V When(Dog.TrickAdded e, EventHeader header)
            {
                {{statements}}
            }
        }
        """);
}
