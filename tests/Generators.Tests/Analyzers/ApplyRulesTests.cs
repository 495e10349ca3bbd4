using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0012, ESG0013, ESG0014: each event has its Apply, each Apply its event, and all have the right shape.</summary>
public sealed class ApplyRulesTests
{
    [Fact]
    public Task An_event_without_Apply_is_reported_at_its_member() => Analysis.Verify(Dog("""
        [Event("TrickAdded")]
        public partial void {|ESG0012:AddTrick|}(string trick);
        """));

    [Fact]
    public Task A_creation_event_without_Apply_is_reported_at_its_constructor() => Analysis.Verify("""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial {|ESG0012:Dog|}(string name);
        }
        """);

    [Fact]
    public Task One_of_two_Apply_methods_for_an_event_is_never_called() => Analysis.Verify(Dog("""
        [Event("TrickAdded")]
        public partial void AddTrick(string trick);
        private void {|ESG0051:Apply|}(TrickAdded e) => Tricks.Add(e.Trick);
        private void Apply(TrickAdded e, EventHeader header) => Name = e.Trick;
        """));

    [Fact]
    public Task An_Apply_in_another_part_of_the_class_counts() => Analysis.Verify(
        """
        public sealed partial class Dog
        {
            private void Apply(TrickAdded e, EventHeader header) => Tricks.Add(e.Trick + header.Version);
        }
        """,
        Dog("""
            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            """));

    [Fact]
    public Task A_record_of_the_user_is_an_event_like_any_other() => Analysis.Verify(Dog("""
        [Event("Renamed")]
        public sealed partial record {|ESG0012:Renamed|}(string Name);

        public void Rename(string name) => Raise(new Renamed(name));
        """));

    [Theory]
    [InlineData("private void {|ESG0013:Apply|}(string e) => Name = e;")]
    [InlineData("private void {|ESG0013:Apply|}(string e, EventHeader header) => Name = e + header.Version;")]
    [InlineData("private void Apply(string name, int times) => Name = name + times;")] // another method of the user
    [InlineData("private void Apply() => Name = \"\";")]
    public Task An_Apply_that_nothing_calls_is_reported(string apply) => Analysis.Verify(Dog(apply.Replace("=> Name = ", "=> _ = ", StringComparison.Ordinal)));

    [Fact]
    public Task A_derived_class_does_not_apply_the_events_of_its_base() => Analysis.Verify("""
        [EventSourced]
        public abstract partial class Animal
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
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
            private void {|ESG0013:Apply|}(Renamed e) => Name = e.Name;
        }
        """);

    /// <summary>The base calls it.</summary>
    [Fact]
    public Task A_derived_class_may_override_the_Apply_of_its_base() => Analysis.Verify("""
        [EventSourced]
        public abstract partial class Animal
        {
            [Event("Renamed")]
            public partial void Rename(string name);
            private protected virtual void Apply(Renamed e) => Name = e.Name;
            public string Name { get; protected set; } = "";
        }

        [EventSourced]
        public sealed partial class Dog : Animal
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
            private protected override void Apply(Renamed e) => Name = e.Name + "!";
        }
        """);

    [Theory]
    [InlineData("public void {|ESG0014:Apply|}(TrickAdded e) => Tricks.Add(e.Trick);")]
    [InlineData("internal void {|ESG0014:Apply|}(TrickAdded e) => Tricks.Add(e.Trick);")]
    [InlineData("private static void {|ESG0014:Apply|}(TrickAdded e) => _ = e;")]
    [InlineData("private bool {|ESG0014:Apply|}(TrickAdded e) => Tricks.Remove(e.Trick);")]
    [InlineData("private void {|ESG0014:Apply|}(TrickAdded e, int version) => Tricks.Add(e.Trick + version);")]
    [InlineData("private void {|ESG0014:Apply|}(ref TrickAdded e) => Tricks.Add(e.Trick);")]
    [InlineData("private void {|ESG0014:Apply|}<T>(TrickAdded e) => Tricks.Add(e.Trick + typeof(T));")]
    [InlineData("private void Apply(TrickAdded e) => Tricks.Add(e.Trick);")]
    [InlineData("void Apply(TrickAdded e) => Tricks.Add(e.Trick);")]
    [InlineData("private void Apply(TrickAdded e, EventHeader header) => Tricks.Add(e.Trick + header.Version);")]
    public Task An_Apply_of_the_wrong_shape_is_reported(string apply) => Analysis.Verify(Dog($"""
        [Event("TrickAdded")]
        public partial void AddTrick(string trick);
        {apply}
        """));
}
