using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Aggregates;

/// <summary>
/// What is generated for members that can't raise an event: bodies and records, so that the declarations are right and the
/// command-line compiler comes to the analyzers, which say what is wrong.
/// </summary>
public class RefusalTests
{
    private const string Wrong = """
        namespace School;

        [EventSourced]
        public sealed partial class Dog
        {
            public string Name { get; private set; } = "";

            [Event("Registered")]
            public partial Dog(string name, Func<int> age);
            private void Apply(Registered e) => Name = e.Name;

            [Event("Renamed")]
            public partial bool Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;

            [Event("Called")]
            public partial void Call<T>(T by, in int times, ref string answer, params string[] names) where T : class, IDisposable;
            private void Apply(Called e) => Name = "";

            [Event("Sold")]
            public void Sell(string owner) => Name = owner;
            private void Apply(Sold e) => Name = e.Owner;

            [Event("")]
            internal static partial Dog? Find(string? place = null);

            [Event("Barked")]
            public partial void Bark(int times);
            private void Apply(Barked e) => Name += e.Times;
        }
        """;

    [Fact]
    public void Members_that_can_not_raise_an_event()
    {
        var run = GeneratorRun.Of(Wrong);
        Assert.Empty(run.Output.GetDeclarationDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
        run.MatchesSnapshot(".Refused.g.cs");
    }

    [Theory]
    [InlineData("[EventSourced] public sealed partial record Dog")]
    [InlineData("[EventSourced] public sealed partial class Dog<T>")]
    [InlineData("[EventSourced] public partial class Dog : Exception, ICloneable { public object Clone() => this; } partial class Dog")]
    [InlineData("public class Thing(string name, int? size) { public string Text => name + size; } [EventSourced] public sealed partial class Dog : Thing")]
    [InlineData("[EventSourced] public abstract partial class Animal; [EventSourced(IdType = typeof(string))] public sealed partial class Dog : Animal")]
    [InlineData("public sealed partial class Dog")]
    [InlineData("public partial struct Dog")]
    public void Declarations_are_right_whatever_the_class_is(string heading)
    {
        var run = GeneratorRun.Of($$"""
            namespace School;

            {{heading}}
            {
                [Event("Registered")]
                public partial Dog(object name, long version);

                [Event("Version")]
                public partial void SetVersion(long version);

                private void Apply(Registered e) => _ = e.Name;
            }
            """);

        Assert.Empty(run.Output.GetDeclarationDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void Nothing_is_written_for_what_is_right() => Assert.DoesNotContain(GeneratorRun.Of(Sources.Dog, Sources.School).Files.Keys, f => f.Contains("Refused", StringComparison.Ordinal));
}
