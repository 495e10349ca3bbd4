using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Diagnostics;

/// <summary>The generator reports refusals in a build, and analyzers report them elsewhere, never both. Correct code is still generated.</summary>
public sealed class BuildDiagnosticsTests
{
    private const string Wrong = """
        namespace School;

        [EventSourced]
        public sealed partial class Cat
        {
            [Event("Found")]
            public partial Cat(object name);
            private void Apply(Found e) { }

            [Event("Fed")]
            public partial void Feed(string food);
            private void Apply(Fed e) => _ = e.Food;
        }
        """;

    [Fact]
    public async Task In_a_build_the_generator_reports_and_analyzers_do_not()
    {
        var run = GeneratorRun.InBuild(Wrong);

        var reported = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("ESG0006", reported.Id);
        Assert.Equal("Source0.cs", reported.Location.GetLineSpan().Path);
        Assert.Equal(6, reported.Location.GetLineSpan().StartLinePosition.Line);
        Assert.Contains(WellKnownDiagnosticTags.NotConfigurable, reported.Descriptor.CustomTags);
        Assert.Empty(await Analysis.Run(run.Output, Analysis.Analyzers, ProjectOptions.Build));
    }

    [Fact]
    public async Task In_an_editor_an_analyzer_reports_and_the_generator_does_not()
    {
        foreach (var options in new[] { ProjectOptions.Editor, null })
        {
            var run = GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator()], options, Wrong);

            Assert.Empty(run.Result.Diagnostics);
            Assert.Equal(["ESG0006"], (await Analysis.Run(run.Output, Analysis.Analyzers, options)).Select(d => d.Id));
        }
    }

    [Fact]
    public void A_diagnostic_that_moves_writes_no_source_again()
    {
        var before = GeneratorRun.InBuild(Wrong, Sources.Dog);
        var after = before.Edit(0, "// a comment\n" + Wrong);

        Assert.Equal(6, Assert.Single(before.Result.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
        Assert.Equal(7, Assert.Single(after.Result.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
        Assert.All(
            after.Result.TrackedOutputSteps["SourceOutput"].SelectMany(s => s.Outputs).Where(o => ((System.Runtime.CompilerServices.ITuple)o.Value)[0] is System.Collections.IEnumerable sources && sources.Cast<object>().Any()),
            o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    [Fact]
    public void Correct_members_of_an_aggregate_with_a_mistake_are_generated()
    {
        var run = GeneratorRun.InBuild(Wrong, "namespace School; [EventSourcedApplication(typeof(Cat))] public sealed partial class Shelter;");

        Assert.Contains("void Feed(string food)", run.Files["School.Cat.Aggregate.g.cs"], StringComparison.Ordinal);
        Assert.Contains("OpenAsync", run.Files["School.Shelter.Application.g.cs"], StringComparison.Ordinal);
        Assert.Contains("ESG0006: 'name' of the event 'Found' can't be stored", run.Files["School.Cat.Refused.g.cs"], StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Theory]
    [InlineData("[EventSourced] public sealed class Cat { }", "ESG0001")]
    [InlineData("[EventSourced] public sealed partial record Cat;", "ESG0003")]
    [InlineData("[EventSourced] public sealed partial class Cat { [Event(\"Found\")] public partial Cat(int id); }", "ESG0030")]
    [InlineData("[EventSourced] public sealed partial class Cat { public int Version { get; set; } [Event(\"Found\")] public partial Cat(); }", "ESG0028")]
    [InlineData("[EventSourced] public sealed partial class Cat { [Event(\"Found\")] public partial Cat(Guid id, object name); }", "ESG0006")]
    [InlineData("[EventSourced] public sealed partial class Cat { [Event(\"Found\")] public partial Cat(CatId id); }", "ESG0038")]
    [InlineData("[EventSourced] public sealed partial class Cat { [Event(\"Found\")] public partial Cat(string id); }", "ESG0016")]
    public void An_application_is_generated_despite_a_mistake_in_an_aggregate(string cat, string id)
    {
        var run = GeneratorRun.InBuild(cat, Sources.Dog, "namespace School; [EventSourcedApplication(typeof(Dog), typeof(Cat))] public sealed partial class Shelter { public async Task<Shelter> Open() => await OpenAsync(\"memory:\"); public async Task<Dog> Get(Guid id) => await Repository.GetAsync<Dog>(id); }");

        Assert.Equal([id], run.Result.Diagnostics.Select(d => d.Id));
        Assert.Empty(run.Errors);
    }

    [Theory]
    [InlineData("[EventSourcedApplication(typeof(Dog), TablePrefix = \"a-b\")] public sealed partial class Shelter", "ESG0031", "")]
    [InlineData("[EventSourcedApplication(typeof(Dog)), EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"pg_a\")] public sealed partial class Shelter", "ESG0033", "")]
    [InlineData("[EventSourcedApplication(typeof(Dog), typeof(string))] public sealed partial class Shelter", "ESG0017", "")]
    [InlineData("[EventSourcedApplication(typeof(Dog)), ScopedSession(typeof(string))] public sealed partial class Shelter", "ESG0034", "")]
    [InlineData("[EventSourcedApplication(typeof(Dog)), ConnectionCreator(typeof(string), \"Nothing\")] public sealed partial class Shelter", "ESG0035", "")]
    [InlineData("[EventSourcedApplication(typeof(Dog))] public sealed partial class Shelter", "ESG0026", "public Shelter(string name) => _ = name; public Shelter() { }")]
    [InlineData("[EventSourcedApplication(typeof(Dog))] public sealed partial class Shelter(string name)", "ESG0026", "public string Name => name;")]
    public void An_application_with_a_mistake_is_generated_too(string heading, string id, string members)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $$"""
            namespace School;
            {{heading}}
            {
                {{members}}
                public async Task<Shelter> Open() => await OpenAsync("memory:");
                public async Task<Dog> Get(Guid id) => await Repository.GetAsync<Dog>(id);
            }
            """);

        Assert.Equal([id], run.Result.Diagnostics.Select(d => d.Id));
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void A_failure_in_one_aggregate_is_reported_and_does_not_stop_the_others()
    {
        ParseAggregate failing = (type, compilation, report, cancellation) => type.Name == "Cat"
            ? throw new InvalidOperationException("Cats do as they like.")
            : AggregateParser.Parse(type, compilation, report, cancellation);

        var run = GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator(failing)], null, Wrong, Sources.Dog, Sources.School);

        var reported = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("ESG0041", reported.Id);
        Assert.Contains("'Cat'", reported.GetMessage(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: Cats do as they like.", reported.GetMessage(), StringComparison.Ordinal);
        Assert.Contains("ESG0041", run.Files["School.Cat.Refused.g.cs"], StringComparison.Ordinal);
        Assert.Contains("School.Dog.Aggregate.g.cs", run.Files.Keys);
        run.Image();
    }

    [Fact]
    public void A_rule_is_reported_by_the_generator_when_it_can_not_be_configured()
    {
        Assert.Equal(
            ["ESG0012", "ESG0018", "ESG0019", "ESG0020", "ESG0021", "ESG0022", "ESG0032", "ESG0036", "ESG0037", "ESG0040", "ESG0043", "ESG0046", "ESG0048", "ESG0049", "ESG0050", "ESG0052", "ESG0053", "ESG0057", "ESG0058", "ESG0059", "ESG0066", "ESG0067", "ESG0068", "ESG0071", "ESG0072", "ESG0073"],
            Rules.All.Where(r => !Rules.IsRefusal(r)).Select(r => r.Id).Order(StringComparer.Ordinal));
        Assert.All(Rules.All.Where(Rules.IsRefusal), r => Assert.Equal(DiagnosticSeverity.Error, r.DefaultSeverity));
    }
}
