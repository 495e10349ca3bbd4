using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Refusals;

/// <summary>
/// The code generated for members that can't raise an event: bodies and records. They make the declarations valid, so that the
/// command-line compiler gets as far as the analyzers.
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
    public void Declarations_are_valid_for_every_kind_of_class(string heading)
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

    /// <summary>No other part of these types can be written, so their members would only cause errors in generated files.</summary>
    [Theory]
    [InlineData("[EventSourced] file sealed partial class Dog { MEMBERS }")]
    [InlineData("file partial class Kennel { [EventSourced] public sealed partial class Dog { MEMBERS } }")]
    [InlineData("public partial class { [EventSourced] public sealed partial class Dog { MEMBERS } }")]
    [InlineData("[EventSourced] public sealed partial class { MEMBERS }")]
    [InlineData("public partial class { MEMBERS }")]
    public void Nothing_is_generated_if_no_part_can_be_written(string type)
    {
        var run = GeneratorRun.Of(
            "namespace School; " + type.Replace("MEMBERS", "[Event(\"Registered\")] public partial Dog(object name); [Event(\"Sold\")] public partial int Sell();", StringComparison.Ordinal));

        Assert.Empty(run.Files);
        Assert.Empty(run.Result.Diagnostics); // such as an invalid file name
    }

    /// <summary>
    /// A generated part of a class that isn't partial leaves one compiler error, in the user's file. Without the part, each partial member
    /// would have its own error.
    /// </summary>
    [Theory]
    [InlineData("[EventSourced] public sealed class Dog { MEMBERS }")]
    [InlineData("public class Kennel { [EventSourced] public sealed partial class Dog { MEMBERS } }")]
    [InlineData("public sealed class Dog { MEMBERS }")]
    public void A_class_that_only_lacks_partial_gets_a_part(string type)
    {
        var run = GeneratorRun.Of(
            "namespace School; " + type.Replace("MEMBERS", "[Event(\"Registered\")] public partial Dog(object name); [Event(\"Sold\")] public partial int Sell();", StringComparison.Ordinal));

        var error = Assert.Single(run.Output.GetDeclarationDiagnostics(TestContext.Current.CancellationToken), d => d.Severity == DiagnosticSeverity.Error);
        Assert.Equal("CS0260", error.Id);
        Assert.Equal("Source0.cs", error.Location.SourceTree!.FilePath);
    }

    /// <summary>If no member is partial, a part would only add that error.</summary>
    [Theory]
    [InlineData("[EventSourced] public sealed class Dog { [Event(\"Sold\")] public void Sell() { } }")]
    [InlineData("public class Kennel { [EventSourced] public sealed partial class Dog { [Event(\"Sold\")] public void Sell() { } } }")]
    [InlineData("[EventSourced] public sealed class Dog { [Event(\"Sold\")] public void Sell() { } } partial class Dog;")]
    [InlineData("public sealed class Dog { [Event(\"Sold\")] public void Sell() { } }")]
    public void A_class_without_partial_members_gets_no_part(string type) => Assert.Empty(GeneratorRun.Of(type).Files);

    /// <summary>The bodies repeat the parameters of the members, and the base constructor gets a value for each of its parameters.</summary>
    [Theory]
    [InlineData("public class Animal { private Animal() { } protected Animal(int legs, string name) { } protected Animal(int legs, string name, object? more) { } }", " : base(default(int)!, default(string)!)")]
    [InlineData("public class Animal { protected Animal() { } protected Animal(int legs) { } }", "")]
    [InlineData("[EventSourced] public abstract partial class Animal { }", " : base(default(__gen::Rehydration), default!)")]
    public void A_refused_constructor_calls_its_base_constructor(string parent, string call)
    {
        var run = GeneratorRun.Of(parent, "[EventSourced] public sealed partial class Dog : Animal { [Event(\"Registered\")] public partial Dog(object name); private void Apply(Registered e) { } }");
        Assert.Contains($"public partial Dog(object name){call} => throw", run.Files.Single(f => f.Key.Contains("Refused", StringComparison.Ordinal)).Value, StringComparison.Ordinal);
        Assert.Empty(run.Output.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
    }

    /// <summary>
    /// In a build, an unknown type gets a stand-in in the generated file, so that it is reported once. The compiler itself reports an
    /// unknown type that is written with a namespace.
    /// </summary>
    [Fact]
    public void Unknown_types_get_stand_ins()
    {
        var run = GeneratorRun.InBuild("""
            namespace School;

            [EventSourced]
            public sealed partial class Dog
            {
                public static DogId CreateId(Country country) => default;
                public static DogId CreateId(Other.Place place) => default;

                [Event("Registered")]
                public partial Dog(Country country, Map<int, List<Village>> map);

                [Event("Sold")]
                public sealed partial record Sold(Owner[] Owners, @event Keyword, Random Known);
            }
            """);

        var refused = run.Files["School.Dog.Refused.g.cs"];
        Assert.Equal(
            ["@event", "Country", "DogId", "Map<T1, T2>", "Owner", "Village"],
            refused.Split('\n').Where(l => l.Contains("public sealed class", StringComparison.Ordinal)).Select(l => l.Trim()["public sealed class ".Length..^1]).Order(StringComparer.Ordinal));
    }

    /// <summary>The compiler itself reports that such a member can't be partial, and where it is.</summary>
    [Fact]
    public void A_member_that_implements_an_interface_explicitly_gets_no_other_part()
    {
        var run = GeneratorRun.InBuild("public interface ISell { void Sell(string owner); }", Programs.Dog("[Event(\"Sold\")] partial void ISell.Sell(string owner); private void Apply(Sold e) => _ = e.Owner;").Replace("class Dog", "class Dog : ISell", StringComparison.Ordinal));

        Assert.Equal("ESG0005", Assert.Single(run.Result.Diagnostics).Id);
        Assert.DoesNotContain(run.Errors, e => e.Location.GetLineSpan().Path.EndsWith(".g.cs", StringComparison.Ordinal));
    }

    [Fact]
    public void No_refusal_is_generated_for_correct_code() => Assert.DoesNotContain(GeneratorRun.Of(Sources.Dog, Sources.School).Files.Keys, f => f.Contains("Refused", StringComparison.Ordinal));
}
