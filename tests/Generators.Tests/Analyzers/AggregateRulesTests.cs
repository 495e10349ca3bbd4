using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>Mistakes that the parser of aggregates refuses: where each is reported, and that it causes no other diagnostic.</summary>
public sealed class AggregateRulesTests
{
    [Theory]
    [InlineData("public class {|ESG0001:Kennel|} { [EventSourced] public sealed class {|ESG0001:Dog|} { } }")]
    [InlineData("public class {|ESG0001:Kennel|} { public partial class Box { [EventSourced] public sealed partial class Dog { } } }")]
    [InlineData("[EventSourced] public sealed partial class {|ESG0002:Dog|}<T> { }")]
    [InlineData("public partial class {|ESG0002:Kennel|}<T> { [EventSourced] public sealed partial class Dog { } }")]
    [InlineData("[EventSourced] public sealed partial record {|ESG0003:Dog|} { }")]
    [InlineData("[EventSourced] public static partial class {|ESG0003:Dog|} { }")]
    [InlineData("[EventSourced] file sealed partial class {|ESG0003:Dog|} { }")]
    [InlineData("[EventSourced] public sealed partial class Dog{|ESG0003:(string name)|} { public string Name => name; }")]
    [InlineData("[EventSourced] public sealed partial class {|ESG0024:Dog|} { }")]
    public Task Mistakes_in_the_class(string source) => Analysis.Verify(source);

    [Theory]
    [InlineData("[Event(\"Sold\")] public void {|ESG0004:Sell|}(string owner) { }")]
    [InlineData("[Event(\"Sold\")] public sealed record {|ESG0004:Sold|}(string Owner);")]
    [InlineData("[Event(\"Sold\")] public partial Task {|ESG0005:Sell|}(string owner);")]
    [InlineData("[Event(\"Sold\")] public partial int {|ESG0005:Sell|}(string owner);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}<T>(T owner);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}(ref string owner);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}(in string owner);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}(out string owner);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}(params string[] owners);")]
    [InlineData("[Event(\"Sold\")] public partial void {|ESG0005:Sell|}(string timestamp);")]
    [InlineData("[Event(\"Sold\")] public static partial void {|ESG0005:Sell|}(string owner);")]
    [InlineData("[Event(\"Sold\")] public abstract partial record {|ESG0005:Sold|}(string Owner);")]
    [InlineData("[{|ESG0007:Event(\"\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0007:Event(\"was sold\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0008:Event(\"Registered\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0009:Event(\"Dog\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0009:Event(\"Name\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0009:Event(\"Version\")|}] public partial void Sell(string owner);")]
    [InlineData("[{|ESG0009:Event(\"Sell\")|}] public partial void Sell(string owner);")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(string {|ESG0009:sold|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(string {|ESG0009:equalityContract|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(string owner, string {|ESG0009:Owner|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(object {|ESG0006:owner|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(Dictionary<string, List<Action>> {|ESG0006:owners|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(Registered {|ESG0006:first|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(List<Registered> {|ESG0006:all|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(Sold {|ESG0006:itself|});")]
    [InlineData("[Event(\"Sold\")] public sealed partial record Sold(Registered {|ESG0006:First|});")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(Heavy {|ESG0006:last|}); [Event(\"Weighed\")] public partial record Weighed(int Grams); private void Apply(Weighed e) { } public sealed record Heavy(int Grams) : Weighed(Grams);")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(Weighed {|ESG0006:last|}); [Event(\"Weighed\")] public sealed partial record Weighed(int Grams); private void Apply(Weighed e) { }")]
    [InlineData("private enum Breed { Poodle } [Event(\"Sold\")] private partial void Sell(Breed {|ESG0010:breed|});")]
    public Task Mistakes_in_an_event(string member) => Analysis.Verify(Dog(member));

    /// <summary>Inside the aggregate the name would mean the event.</summary>
    [Theory]
    [InlineData("[{|ESG0009:Event(\"Trick\")|}] public partial void Add(Trick trick);")]
    [InlineData("[{|ESG0009:Event(\"Trick\")|}] public partial void Add(int number); [Event(\"Sold\")] public partial void Sell(Trick[] tricks); private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0009:Event(\"Trick\")|}] public partial void Add(int number); [Event(\"Sold\")] public partial void Sell(List<Trick?> tricks); private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0009:Event(\"Trick\")|}] public partial void Add(int number); [Event(\"Sold\")] public sealed partial record Sold(Trick Trick); private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0009:Event(\"Trick\")|}] public partial void Add(int number); [Event(\"Sold\")] public sealed partial record Sold { public Trick? Trick { get; init; } } private void Apply(Sold e) { }")]
    [InlineData("[Event(\"Trick\")] public partial void Add(int number); private void Apply(Trick e) { } [Event(\"Sold\")] public partial void Sell(global::Trick trick, int number); private void Apply(Sold e) { }")]
    [InlineData("[Event(\"Trick\")] public partial void Add(int number); private void Apply(Trick e) { } public void Show(global::Trick trick) => _ = trick; public void Count(List<int> Trick) => _ = Trick;")]
    public Task An_event_that_hides_a_type(string members) => Analysis.Verify("public sealed record Trick(string Name);", Dog(members));

    [Theory]
    [InlineData("public static Guid CreateId(string nickname) => Guid.Empty; [Event(\"Registered\")] public partial {|ESG0015:Dog|}(string name);")]
    [InlineData("public static Guid CreateId(int name) => Guid.Empty; [Event(\"Registered\")] public partial {|ESG0015:Dog|}(string name);")]
    [InlineData("public static string CreateId() => \"\"; [Event(\"Registered\")] public partial Dog(Guid {|ESG0015:id|}, string name);")]
    public Task Mistakes_in_the_id(string members) => Analysis.Verify($"[EventSourced] public sealed partial class Dog {{ {members} }}");

    [Theory]
    [InlineData("[EventSourced] public sealed partial class {|ESG0030:Dog|} { [Event(\"Registered\")] public partial Dog(int id); }")]
    [InlineData("public readonly record struct DogId(Guid A, Guid B); [EventSourced] public sealed partial class {|ESG0030:Dog|} { [Event(\"Registered\")] public partial Dog(DogId id); }")]
    public Task Mistakes_in_the_type_of_the_id(string source) => Analysis.Verify(source);

    [Theory]
    [InlineData("public class Animal(string kind) { public string Kind => kind; }")]
    [InlineData("[EventSourced] public partial class Animal { [Event(\"Born\")] public partial Animal(string kind); private void Apply(Born e) { } }")]
    [InlineData("[EventSourced(IdType = typeof(string))] public abstract partial class Animal;")]
    public Task Mistakes_in_the_base(string source) => Analysis.Verify(source, """
        [EventSourced]
        public sealed partial class {|ESG0023:Dog|} : Animal
        {
            [Event("Registered")]
            public partial Dog(Guid id, string name);
        }
        """);

    /// <summary>Two mistakes cause two messages: the message for the base doesn't hide the one for the class.</summary>
    [Fact]
    public Task A_base_with_a_mistake_of_its_own() => Analysis.Verify("[EventSourced] public class {|ESG0001:Animal|} { }", """
        [EventSourced]
        public sealed partial class {|ESG0023:Dog|} : Animal
        {
            [Event("Registered")]
            public partial Dog(Guid id, string name);
        }
        """);

    [Fact]
    public Task Inheritance_from_an_abstract_aggregate_and_an_ordinary_class_is_allowed() => Analysis.Verify("""
        public abstract class Thing { public string Label { get; set; } = ""; }

        [EventSourced]
        public abstract partial class Animal : Thing
        {
            [Event("Renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;
            public string Name { get; protected set; } = "";
        }

        [EventSourced]
        public sealed partial class Dog : Animal
        {
            [Event("Registered")]
            public partial Dog(Guid id, string name);
            private void Apply(Registered e) => Name = e.Name;
        }
        """);

    [Theory]
    [InlineData("public int {|ESG0028:Version|};")]
    [InlineData("public Guid {|ESG0028:Id|} { get; }")]
    [InlineData("private void {|ESG0028:Raise|}() { }")]
    public Task A_member_named_like_a_generated_one(string member) => Analysis.Verify($"[EventSourced] public abstract partial class Dog {{ {member.Replace("Version|};", "Version|} { get; }", StringComparison.Ordinal)} }}");
}
