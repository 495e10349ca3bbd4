using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0043 and ESG0058: code that looks as if it raised an event, but doesn't.</summary>
public sealed class ApplyCalledTests
{
    private const string Sat = "[Event(\"Sat\")] public sealed partial record Sat(int N); private void Apply(Sat e) => N = e.N; public int N { get; private set; } ";

    [Theory]
    [InlineData("public void Sit() => {|ESG0043:Apply(new Sat(7))|};")]
    [InlineData("public void Sit() { Action<Sat> apply = {|ESG0043:Apply|}; apply(new Sat(7)); }")]
    [InlineData("public void Sit() { Help(); } private void Help() => {|ESG0043:Apply(new Sat(7))|};")]
    [InlineData("public Dog(string name, int n) : this(name) => {|ESG0043:Apply(new Sat(n))|};")]
    [InlineData("public void Sit(Dog other) => {|ESG0043:other.Apply(new Sat(7))|};")]
    [InlineData("public void Sit() => Raise(new Sat(7));")]
    [InlineData("[Event(\"Lay\")] public partial void Lie(); private void Apply(Lay e) => Apply(new Sat(0));")]
    [InlineData("[Event(\"Lay\")] public partial void Lie(); private void Apply(Lay e) => Help(); private void Help() => Apply(new Sat(0));")]
    [InlineData("public void Sit() { {|ESG0058:new Sat(7)|}; }")]
    [InlineData("public void Sit() { _ = new Sat(7); }")]
    [InlineData("public void Sit() { new List<int>(); }")]
    public Task A_call_that_raises_nothing_is_an_error(string member) => Analysis.Verify(Dog(Sat + member));

    [Fact]
    public Task An_Apply_without_an_event_may_be_called() => Analysis.Verify(Dog("public void Sit() => Apply(7, 8); private void Apply(int a, int b) { }"));
}
