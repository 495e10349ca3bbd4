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

    [Fact]
    public Task So_it_is_in_a_private_method_that_only_Apply_calls() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e) => Welcome(e.Owner);
        private void Welcome(string owner) => {|ESG0020:AddTrick(owner)|};
        """));

    [Fact]
    public Task Methods_that_others_call_too_may_raise_events() => Analysis.Verify(Dog($$"""
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
    [InlineData("Text = Environment.NewLine + System.IO.Path.GetFileName(Text) + e.Owner;")]
    [InlineData("Key = new Guid(new byte[16]); Since = DateTime.UnixEpoch;")]
    public Task What_differs_each_time_is_reported(string statement) => Analysis.Verify(Dog($$"""
        public DateTime Since { get; private set; }
        public int Number { get; private set; }
        public Guid Key { get; private set; }
        public string Text { get; private set; } = "";

        [Event("Sold")]
        public partial void Sell(string owner);
        private void Apply(Sold e)
        {
            {{statement}}
        }
        """));

    [Fact]
    public Task Commands_may_use_the_clock() => Analysis.Verify(Dog($$"""
        {{AddTrick}}
        public void Train() => AddTrick(DateTime.Now.ToString());
        """));
}
