using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0011: topics distinguish stored events, in one assembly and across several.</summary>
public sealed class DuplicateTopicTests
{
    [Fact]
    public Task The_later_of_two_events_is_reported() => Analysis.Verify(Dog("""
        [Event("TrickAdded", Topic = "taught")]
        public partial void AddTrick(string trick);
        private void Apply(TrickAdded e) => Tricks.Add(e.Trick);

        [{|ESG0011:Event("TrickLearnt", Topic = "taught")|}]
        public partial void Learn(string trick);
        private void Apply(TrickLearnt e) => Tricks.Add(e.Trick);
        """));

    [Fact]
    public Task Former_topics_count() => Analysis.Verify(Dog("""
        [{|ESG0011:Event("Sold", FormerTopics = ["Dog.Registered"])|}]
        public partial void Sell(string owner);
        private void Apply(Sold e) => Name = e.Owner;
        """));

    [Fact]
    public Task Classes_of_one_name_in_two_namespaces_clash() => Analysis.Verify(
        $"namespace A; {Dog()}",
        $"namespace B; {Dog().Replace("Event(\"Registered\")", "{|ESG0011:Event(\"Registered\")|}", StringComparison.Ordinal)}");

    [Fact]
    public Task A_topic_prefix_prevents_a_clash() => Analysis.Verify($"namespace A; {Dog()}", $"namespace B; {Dog(attribute: "[EventSourced(\"b.Dog\")]")}");

    [Fact]
    public Task Two_applications_may_use_the_same_topics() => Analysis.Verify(
        $"namespace A; {Dog()} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;",
        $"namespace B; {Dog()} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;");

    [Fact]
    public Task One_application_may_not_use_a_topic_twice() => Analysis.Verify(
        $"namespace A; {Dog()} [EventSourcedApplication(typeof(Dog), typeof(B.Dog))] public sealed partial class School;",
        $"namespace B; {Dog().Replace("Event(\"Registered\")", "{|ESG0011:Event(\"Registered\")|}", StringComparison.Ordinal)} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;");

    [Fact]
    public Task An_aggregate_of_no_application_may_belong_to_any() => Analysis.Verify(
        $"namespace A; {Dog()} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;",
        $"namespace B; {Dog().Replace("Event(\"Registered\")", "{|ESG0011:Event(\"Registered\")|}", StringComparison.Ordinal)}");

    [Fact]
    public Task An_application_in_a_reference_counts() => Analysis.Verify(
        [.. GeneratorRun.AllReferences, Library("Dogs", $"namespace Dogs; {Dog()} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;")],
        $"{Dog()} [EventSourcedApplication(typeof(Dog))] public sealed partial class School;");

    [Fact]
    public Task Events_of_a_base_belong_to_its_derived_classes() => Analysis.Verify("""
        [EventSourced]
        public abstract partial class Animal
        {
            [Event("Renamed", Topic = "renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) { }
        }

        [EventSourced]
        public sealed partial class Cat : Animal
        {
            [Event("Adopted")]
            public partial Cat(string name);
            private void Apply(Adopted e) { }
            [{|ESG0011:Event("Moved", Topic = "renamed")|}]
            public partial void Move();
            private void Apply(Moved e) { }
        }

        [EventSourcedApplication(typeof(Cat))] public sealed partial class Zoo;
        """);

    /// <summary>Each of them has its own error, and a topic in generated code that no user has written.</summary>
    [Fact]
    public Task Topics_that_cannot_be_stored_do_not_clash()
    {
        var dog = Dog().Replace("Event(\"Registered\")", "{|ESG0055:Event(\"Registered\", Topic = \"\")|}", StringComparison.Ordinal);
        var wolf = dog.Replace("class Dog", "class Wolf", StringComparison.Ordinal).Replace("partial Dog(", "partial Wolf(", StringComparison.Ordinal);
        return Analysis.Verify(GeneratorRun.AllReferences, dog, wolf, "[EventSourcedApplication(typeof(Dog), typeof(Wolf))] public sealed partial class Zoo;");
    }

    [Fact]
    public Task Events_in_references_count() => Analysis.Verify(
        [.. GeneratorRun.AllReferences, Library("Dogs", $"namespace Dogs; {Dog()}")],
        Dog().Replace("Event(\"Registered\")", "{|ESG0011:Event(\"Registered\")|}", StringComparison.Ordinal),
        Cat);

    [Fact]
    public Task Events_in_references_count_in_an_editor_too() => Analysis.Verify(
        [.. GeneratorRun.AllReferences, GeneratorRun.Of("", "", "", $"namespace Dogs; {Dog()}").Output.WithAssemblyName("Dogs").ToMetadataReference()],
        Dog().Replace("Event(\"Registered\")", "{|ESG0011:Event(\"Registered\")|}", StringComparison.Ordinal));

    [Fact]
    public Task Two_references_clash_in_the_application_that_uses_both() => Analysis.Verify(
        [.. GeneratorRun.AllReferences, Library("A", $"namespace A; {Dog()}"), Library("B", $"namespace B; {Dog()}")],
        "[{|ESG0011:EventSourcedApplication(typeof(A.Dog), typeof(B.Dog))|}] public sealed partial class TrainingSchool;");

    [Fact]
    public Task Events_of_a_common_base_do_not_clash() => Analysis.Verify(
        [.. GeneratorRun.AllReferences, Library("A", $$"""
            [EventSourced]
            public abstract partial class Animal
            {
                [Event("Renamed")]
                public partial void Rename(string name);
                private void Apply(Renamed e) => Name = e.Name;
                public string Name { get; protected set; } = "";
            }

            {{Cat.Replace("class Cat", "class Cat : Animal", StringComparison.Ordinal).Replace("public string Name", "public string Other", StringComparison.Ordinal)}}
            {{Cat.Replace("Cat", "Lynx", StringComparison.Ordinal).Replace("class Lynx", "class Lynx : Animal", StringComparison.Ordinal).Replace("public string Name", "public string Other", StringComparison.Ordinal)}}
            """)],
        "[EventSourcedApplication(typeof(Cat), typeof(Lynx))] public sealed partial class Zoo;");

    private static MetadataReference Library(string name, string source)
    {
        var run = GeneratorRun.Of(source);
        using var image = new MemoryStream();
        var emitted = run.Output.WithAssemblyName(name).Emit(image, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
