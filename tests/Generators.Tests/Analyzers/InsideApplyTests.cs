using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0020 and ESG0022: what must not happen while an event is applied.</summary>
public sealed class InsideApplyTests
{
    [Theory]
    [InlineData("{|ESG0020:AddTrick(e.Owner)|};")]
    [InlineData("{|ESG0020:new Dog(e.Owner)|}.ToString();")]
    [InlineData("{|ESG0020:Raise(new Petted())|};")]
    [InlineData("Action later = () => {|ESG0020:AddTrick(e.Owner)|}; later();")]
    [InlineData("Action<string> later = {|ESG0020:AddTrick|}; later(e.Owner);")]
    [InlineData("Later(); void Later() { {|ESG0020:AddTrick(e.Owner)|}; }")]
    [InlineData("Tricks.Add(e.Owner);")]
    [InlineData("Tricks.Add(nameof(AddTrick));")]
    public Task Raising_events_in_an_Apply_is_an_error(string statement) => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        [Event("Petted")]
        public sealed partial record Petted;
        private void Apply(Petted e) { }

        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            {{statement}}
        }
        """));

    /// <summary>Events of another aggregate don't affect the loading of this one.</summary>
    [Theory]
    [InlineData("new Cat(e.Owner).ToString();")]
    [InlineData("Friend?.Feed(e.Owner);")]
    public Task Events_of_another_aggregate_are_not_reported(string statement) => Analysis.Verify(
        Dog($$"""
            public Cat? Friend { get; private set; }

            [Event("Sold")]
            public partial void Sell(string owner);
            private void Apply(Sold e)
            {
                {{statement}}
            }
            """),
        Cat.Replace("public string Name", "[Event(\"Fed\")] public partial void Feed(string by); private void Apply(Fed e) { } public string Name", StringComparison.Ordinal));

    [Fact]
    public Task Raising_events_in_a_private_method_that_only_Apply_calls_is_an_error() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e) => Welcome(e.Owner);
        private void Welcome(string owner) => {|ESG0020:AddTrick(owner)|};
        """));

    /// <summary>A private method counts as a part of Apply if all code that names it does.</summary>
    [Theory]
    [InlineData("private void Apply(Sold e) => A(); private void A() => B(); private void B() => {|ESG0020:AddTrick(\"sit\")|};")]
    [InlineData("private void Apply(Sold e) => A(1); private void A(int depth) { if (depth < 9) A(depth + 1); {|ESG0020:AddTrick(\"sit\")|}; }")]
    [InlineData("private void Apply(Sold e) { Action a = A; a(); } private void A() => {|ESG0020:AddTrick(\"sit\")|};")]
    [InlineData("private void Apply(Sold e) { } private void A() => AddTrick(\"sit\");")]
    [InlineData("private void Apply(Sold e) => A(); private void A() => AddTrick(\"sit\"); public int Count { get { A(); return Tricks.Count; } }")]
    [InlineData("private void Apply(Sold e) => A(); internal void A() => AddTrick(\"sit\");")]
    [InlineData("private void Apply(Sold e) => A(); private void A() => AddTrick(\"sit\"); internal void B() => A();")]
    [InlineData("private void Apply(Sold e) => A(); private void A() => B(); private void B() => AddTrick(\"sit\"); internal void C() => B();")]
    public Task The_callers_of_a_private_method_decide(string members) => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        [Event("Sold")]
        public partial void Sell(string owner);
        {{members}}
        """));

    [Fact]
    public Task Methods_with_other_callers_may_raise_events() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        public void Train() => Teach("sit");
        private void Teach(string trick) => AddTrick(trick);

        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            if (e.Owner == "")
                Teach("beg");
        }
        """));

    [Theory]
    [InlineData("Since = {|ESG0022:DateTime.Now|};")]
    [InlineData("Since = {|ESG0022:DateTime.UtcNow|}.AddDays(1);")]
    [InlineData("Since = {|ESG0022:DateTimeOffset.UtcNow|}.DateTime;")]
    [InlineData("Since = {|ESG0022:TimeProvider.System|}.GetUtcNow().DateTime;")]
    [InlineData("Number = {|ESG0022:Random.Shared|}.Next();")]
    [InlineData("Number = {|ESG0022:new Random(1)|}.Next();")]
    [InlineData("Key = {|ESG0022:Guid.NewGuid()|};")]
    [InlineData("Key = {|ESG0022:Guid.CreateVersion7()|};")]
    [InlineData("Text = {|ESG0022:Environment.MachineName|};")]
    [InlineData("Text = {|ESG0022:System.IO.File.ReadAllText(Text)|};")]
    [InlineData("Text = {|ESG0022:new System.Net.Http.HttpClient()|}.GetStringAsync(Text).Result;")]
    [InlineData("{|ESG0022:Console.WriteLine(Text)|};")]
    [InlineData("{|ESG0022:Task.Run(() => { })|}.Wait();")]
    [InlineData("{|ESG0022:Thread.Sleep(1)|};")]
    [InlineData("Func<Guid> key = {|ESG0022:Guid.NewGuid|}; Key = key();")]
    [InlineData("Text = Get(); string Get() => {|ESG0022:Environment.UserName|};")]
    [InlineData("Since = {|ESG0022:Since.ToLocalTime()|};")]
    [InlineData("Since = {|ESG0022:TimeZoneInfo.ConvertTimeToUtc(Since)|};")]
    [InlineData("Since = {|ESG0022:TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Berlin\")|}.BaseUtcOffset == default ? Since : default;")]
    [InlineData("Since = {|ESG0022:new DateTimeOffset(Since)|}.UtcDateTime;")]
    [InlineData("DateTimeOffset at = {|ESG0022:Since|}; Since = at.UtcDateTime;")]
    [InlineData("Text = {|ESG0022:System.Globalization.CultureInfo.CurrentCulture|}.Name;")]
    [InlineData("Text = {|ESG0022:Price.ToString()|};")]
    [InlineData("Text = {|ESG0022:Price.ToString(\"N2\")|};")]
    [InlineData("Text = {|ESG0022:Number.ToString(\"N0\")|};")]
    [InlineData("Text = {|ESG0022:Since.ToShortDateString()|};")]
    [InlineData("Text = $\"{|ESG0022:{Price}|}\";")]
    [InlineData("Text = {|ESG0022:Text + Price|};")]
    [InlineData("Price = {|ESG0022:decimal.Parse(e.Owner)|};")]
    [InlineData("Since = {|ESG0022:DateTime.Parse(e.Owner)|};")]
    [InlineData("Text = {|ESG0022:e.Owner.ToUpper()|};")]
    [InlineData("Number = {|ESG0022:string.Compare(e.Owner, Text)|};")]
    [InlineData("Number = {|ESG0022:e.Owner.CompareTo(Text)|};")]
    [InlineData("Number = {|ESG0022:e.Owner.IndexOf(\"a\")|};")]
    [InlineData("Number = string.Compare(e.Owner, Text, {|ESG0022:StringComparison.CurrentCulture|});")]
    [InlineData("{|ESG0022:Tricks.Sort()|};")]
    [InlineData("Text = System.Linq.Enumerable.First({|ESG0022:System.Linq.Enumerable.OrderBy(Tricks, t => t)|});")]
    [InlineData("Number = {|ESG0022:e.Owner.GetHashCode()|};")]
    [InlineData("Number = {|ESG0022:e.GetHashCode()|};")]
    [InlineData("Number = {|ESG0022:HashCode.Combine(1, 2)|};")]
    [InlineData("Number = {|ESG0022:System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(e)|};")]
    [InlineData("Number = {|ESG0022:Settings.Limit|};")]
    [InlineData("Number = {|ESG0022:Settings.Count|}++;")]
    [InlineData("Number = Settings.Fixed + Settings.Constant + Settings.Given;")]
    [InlineData("Number = 1.GetHashCode() + Key.GetHashCode();")]
    [InlineData("Text = Number.ToString() + Number + $\"{Number}\" + e.Owner.ToUpperInvariant() + e.Owner.Replace(\"a\", \"b\") + e.Owner.IndexOf('a');")]
    [InlineData("Text = Since.ToString(\"o\") + $\"{Since:O} {Since:s} {Since:u}\" + default(DateTimeOffset).ToString(\"r\") + $\"{default(DateTime?):R}\" + default(DateOnly).ToString(\"o\");")]
    [InlineData("Text = {|ESG0022:Since.ToString(\"D\")|} + {|ESG0022:Price.ToString(\"R\")|};")]
    [InlineData("Text = Price.ToString(System.Globalization.CultureInfo.InvariantCulture) + FormattableString.Invariant($\"{Price}\") + string.Create(System.Globalization.CultureInfo.InvariantCulture, $\"{Price}\");")]
    [InlineData("Tricks.Sort(StringComparer.Ordinal); Number = string.CompareOrdinal(e.Owner, Text) + string.Compare(e.Owner, Text, StringComparison.Ordinal);")]
    [InlineData("_ = TimeZoneInfo.Utc; Since = Since.AddDays(1);")]
    [InlineData("Text = Environment.NewLine + System.IO.Path.GetFileName(Text) + e.Owner;")]
    [InlineData("Key = new Guid(new byte[16]); Since = DateTime.UnixEpoch;")]
    public Task Values_that_differ_each_time_are_reported(string statement) => Analysis.Verify(Dog($$"""
        public DateTime Since { get; private set; }
        public int Number { get; private set; }
        public Guid Key { get; private set; }
        public string Text { get; private set; } = "";
        public decimal Price { get; private set; }

        public static class Settings
        {
            public static int Limit { get; set; }
            public static int Count;
            public static readonly int Fixed = 1;
            public const int Constant = 1;
            public static int Given => 1;
        }

        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            {{statement}}
        }
        """));

    [Theory]
    [InlineData("_ = {|ESG0022:e.Owner.StartsWith(\"a\")|}; _ = {|ESG0022:e.Owner.EndsWith(\"a\")|}; _ = {|ESG0022:e.Owner.LastIndexOf(\"a\")|}; _ = {|ESG0022:e.Owner.ToLower()|};")]
    [InlineData("_ = e.Owner.StartsWith('a') || e.Owner.EndsWith('a') || e.Owner.LastIndexOf('a') > 0 || e.Owner.Contains(\"a\") || e.Owner.StartsWith(\"a\", StringComparison.Ordinal);")]
    [InlineData("_ = {|ESG0022:string.Format(\"{0}\", e.Owner)|}; _ = string.Format(System.Globalization.CultureInfo.InvariantCulture, \"{0}\", e.Owner);")]
    [InlineData("_ = {|ESG0022:float.Parse(e.Owner)|}; _ = {|ESG0022:double.TryParse(e.Owner, out var d)|}; _ = {|ESG0022:TimeOnly.ParseExact(e.Owner, \"HH\")|}; _ = {|ESG0022:DateOnly.TryParseExact(e.Owner, \"yyyy\", out var o)|};")]
    [InlineData("_ = {|ESG0022:Half.Parse(e.Owner)|}; _ = {|ESG0022:DateTimeOffset.Parse(e.Owner)|}; _ = int.Parse(e.Owner) + long.Parse(e.Owner); _ = Guid.Parse(e.Owner); _ = double.Parse(e.Owner, System.Globalization.CultureInfo.InvariantCulture);")]
    [InlineData("_ = {|ESG0022:Since.ToLongDateString()|}; _ = {|ESG0022:Since.ToLongTimeString()|}; _ = {|ESG0022:Since.ToShortTimeString()|}; _ = {|ESG0022:default(TimeOnly).ToLongTimeString()|}; _ = {|ESG0022:default(DateOnly).ToString()|};")]
    [InlineData("_ = {|ESG0022:default(Half).ToString()|}; _ = {|ESG0022:1.5.ToString()|}; _ = {|ESG0022:1.5f.ToString()|}; _ = {|ESG0022:default(DateTimeOffset).ToString()|}; _ = {|ESG0022:((double?)1.5).ToString()|};")]
    [InlineData("_ = {|ESG0022:1L.ToString(\"N0\")|}; _ = {|ESG0022:default(System.Numerics.BigInteger).ToString(\"N0\")|}; _ = {|ESG0022:((sbyte)1).ToString(\"N0\")|}; _ = {|ESG0022:1UL.ToString(\"N0\")|}; _ = 1L.ToString() + true.ToString() + 'a'.ToString() + default(System.Numerics.BigInteger).ToString();")]
    [InlineData("Span<char> text = stackalloc char[9]; _ = {|ESG0022:Price.TryFormat(text, out var n)|}; _ = {|ESG0022:decimal.Parse(text)|}; _ = 1.TryFormat(text, out n); _ = Price.TryFormat(text, out n, \"N0\", System.Globalization.CultureInfo.InvariantCulture);")]
    [InlineData("_ = {|ESG0022:Price + e.Owner|}; _ = {|ESG0022:e.Owner + 1.5|}; _ = e.Owner + 1 + 'a' + Key; _ = Price + 1;")]
    [InlineData("_ = $\"{|ESG0022:{Since}|} {|ESG0022:{default(DateOnly)}|} {|ESG0022:{(decimal?)Price}|} {Key} {e.Owner} {1}\"; object o = $\"{|ESG0022:{1.5}|}\"; FormattableString f = $\"{Price}\"; _ = o.Equals(f);")]
    [InlineData("_ = {|ESG0022:Tricks.Order()|}; _ = {|ESG0022:Tricks.OrderDescending()|}; _ = {|ESG0022:Tricks.OrderByDescending(t => t)|}; _ = {|ESG0022:Tricks.OrderBy(t => t.Length).ThenBy(t => t)|}; _ = {|ESG0022:Tricks.OrderBy(t => t.Length).ThenByDescending(t => t)|};")]
    [InlineData("_ = Tricks.Order(StringComparer.Ordinal); _ = Tricks.OrderBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal); Tricks.Sort((a, b) => a.Length - b.Length); new List<int> { 1 }.Sort(); _ = new List<int>().Order();")]
    [InlineData("{|ESG0022:Array.Sort(Tricks.ToArray())|}; Array.Sort(new int[1]); Tricks.Reverse();")]
    [InlineData("_ = {|ESG0022:new object().GetHashCode()|}; _ = DayOfWeek.Monday.GetHashCode() + true.GetHashCode() + 1.5.GetHashCode() + Since.GetHashCode(); _ = Price.GetHashCode() + 1m.GetHashCode();")]
    public Task Values_that_depend_on_the_culture_are_reported(string statement) => Analysis.Verify("using System.Linq;\n" + Dog($$"""
        public DateTime Since { get; private set; }
        public Guid Key { get; private set; }
        public decimal Price { get; private set; }

        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            {{statement}}
        }
        """));

    [Theory]
    [InlineData("if (e.Owner == \"\") {|ESG0040:throw new InvalidOperationException(\"Who?\");|}")]
    [InlineData("Name = e.Owner.Length > 0 ? e.Owner : {|ESG0040:throw new InvalidOperationException(\"Who?\")|};")]
    [InlineData("Check(); void Check() { if (e.Owner == \"\") {|ESG0040:throw new InvalidOperationException(\"Who?\");|} }")]
    [InlineData("{|ESG0040:ArgumentException.ThrowIfNullOrEmpty(e.Owner)|};")]
    [InlineData("{|ESG0040:ArgumentOutOfRangeException.ThrowIfZero(e.Owner.Length)|};")]
    [InlineData("switch (e.Owner) { case \"\": {|ESG0040:throw new InvalidOperationException(\"Who?\");|} default: break; }")]
    [InlineData("Name = e.Owner switch { \"\" => {|ESG0040:throw new InvalidOperationException(\"Who?\")|}, _ => e.Owner };")]
    [InlineData("Name = e.Owner switch { \"a\" => \"b\", _ => throw new InvalidOperationException(\"Who?\") };")]
    [InlineData("switch (e.Owner) { case \"a\": break; default: throw new InvalidOperationException(\"Who?\"); }")]
    [InlineData("switch (e.Owner) { case \"a\": break; default: { throw new InvalidOperationException(\"Who?\"); } }")]
    [InlineData("switch (e.Owner) { case \"a\": default: throw new InvalidOperationException(\"Who?\"); }")]
    [InlineData("switch (e.Owner) { case \"a\": break; default: if (e.Owner == \"\") {|ESG0040:throw new InvalidOperationException(\"Who?\");|} break; }")]
    [InlineData("Name = e.Owner switch { \"a\" => \"b\", _ => e.Owner.Length > 3 ? e.Owner : {|ESG0040:throw new InvalidOperationException(\"Who?\")|} };")]
    [InlineData("{|ESG0040:ObjectDisposedException.ThrowIf(e.Owner == \"\", this)|};")]
    [InlineData("CancellationToken.None.ThrowIfCancellationRequested();")]
    [InlineData("Exception error = new System.Diagnostics.UnreachableException(); {|ESG0040:throw error;|}")]
    [InlineData("throw new System.Diagnostics.UnreachableException();")]
    [InlineData("ArgumentNullException.ThrowIfNull(e.Owner);")]
    [InlineData("try { Name = e.Owner; } catch (Exception) { Name = \"\"; throw; }")]
    public Task An_Apply_that_throws_is_reported(string statement) => Analysis.Verify(Dog($$"""
        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            {{statement}}
        }
        """));

    [Fact]
    public Task Methods_that_raise_events_may_throw() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        public void Teach(string trick)
        {
            if (Tricks.Contains(trick))
                throw new InvalidOperationException("The dog knows it already.");
            AddTrick(trick);
        }
        """));

    [Fact]
    public Task Commands_may_use_the_clock() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        public void Train() => AddTrick(DateTime.Now.ToString());
        """));

    /// <summary>Initial values are created again each time the aggregate is loaded, before its first event.</summary>
    [Theory]
    [InlineData("private readonly Guid _key = {|ESG0022:Guid.NewGuid()|}; public Guid Key => _key;")]
    [InlineData("public Guid Key { get; private set; } = {|ESG0022:Guid.CreateVersion7()|};")]
    [InlineData("public DateTimeOffset Since { get; private set; } = {|ESG0022:DateTimeOffset.UtcNow|}.AddDays(1);")]
    [InlineData("public List<int> Numbers { get; } = [{|ESG0022:Random.Shared|}.Next()];")]
    [InlineData("private readonly HashSet<string> _names = new({|ESG0022:StringComparer.CurrentCulture|}); public int Count => _names.Count;")]
    public Task An_initial_value_that_differs_each_time_is_a_warning(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("private static readonly Guid Key = Guid.NewGuid(); public static Guid Known => Key;")]
    [InlineData("private readonly Func<DateTime> _now = () => DateTime.UtcNow; public DateTime Now() => _now();")]
    [InlineData("private readonly Func<Guid> _key = Guid.NewGuid; public Guid Key() => _key();")]
    [InlineData("private readonly Lazy<Guid> _key = new(() => Guid.NewGuid()); public Guid Key() => _key.Value;")]
    [InlineData("public DateTime Now => DateTime.UtcNow;")]
    [InlineData("public List<int> Numbers { get; } = [1, 2];")]
    public Task Values_that_are_shared_or_computed_later_are_not_reported(string members) => Analysis.Verify(Dog(members));

    [Fact]
    public async Task The_message_names_the_member()
    {
        var message = Assert.Single(await Analysis.Of(Dog("public Guid Key { get; private set; } = Guid.NewGuid();"))).GetMessage();

        Assert.StartsWith("The initial value of 'Key' uses 'Guid.NewGuid', so the aggregate may be different each time it is loaded", message, StringComparison.Ordinal);
    }
}
