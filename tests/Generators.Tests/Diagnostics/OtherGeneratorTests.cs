using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace EventSourcing.Generators.Tests.Diagnostics;

/// <summary>Types that another generator writes or completes. Our generator doesn't see its output; analyzers do.</summary>
public sealed class OtherGeneratorTests
{
    private const string Attribute = "[AttributeUsage(AttributeTargets.All)] public sealed class CompletedAttribute(string members) : Attribute { public string Members => members; }";

    private const string AddsAProperty = """
        [Completed("public int Level { get; set; }")]
        public sealed partial record Trick(string Name);
        """;

    [Theory]
    [InlineData("[Completed(\"public Guid Value { get; } public DogId(Guid value) => Value = value;\")] public readonly partial struct DogId;", "DogId id, string name", "ESG0030")]
    [InlineData("[Completed(\"public int Value { get; set; }\")] public sealed partial class Grade;", "Grade grade", "ESG0006")]
    [InlineData("[Completed(\"} public sealed record Grade(int Value); partial class School {\")] public partial class School;", "Grade grade", "ESG0038")]
    public async Task A_type_that_is_refused_because_its_generated_part_is_not_visible_is_an_error(string types, string parameters, string inBuild)
    {
        var dog = $$"""
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog({{parameters}});
                private void Apply(Registered e) { }
            }
            """;

        var build = Run(ProjectOptions.Build, Attribute, types, dog);
        Assert.Equal([inBuild], build.Result.Diagnostics.Select(d => d.Id));

        var editor = Run(ProjectOptions.Editor, Attribute, types, dog);
        var found = await Analysis.Run(editor.Output, Analysis.Analyzers, ProjectOptions.Editor);
        // In an editor, a member with an unknown type gets no body, because the type would be an error in a generated file.
        var reported = Assert.Single(found, d => d.Id is not ("CS8795" or "CS9275"));
        Assert.Equal("ESG0037", reported.Id);
        Assert.Contains(inBuild == "ESG0038" ? "ESG0038: the type of 'grade' is unknown" : build.Result.Diagnostics[0].Id + ": " + build.Result.Diagnostics[0].GetMessage(), reported.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_that_are_added_to_a_stored_type_cause_an_error_that_names_it()
    {
        foreach (var options in new[] { ProjectOptions.Build, ProjectOptions.Editor, null })
        {
            var run = Run(options, Attribute, AddsAProperty, Programs.Dog("""
                [Event("TrickAdded")]
                public partial void AddTrick(List<Trick> tricks);
                private void Apply(TrickAdded e) => _ = e.Tricks;
                """));

            Assert.Empty(run.Result.Diagnostics);
            var reported = Assert.Single(await Analysis.Run(run.Output, Analysis.Analyzers, options));
            Assert.Equal("ESG0037", reported.Id);
            Assert.Contains("'Trick'", reported.GetMessage(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Members_that_are_added_to_an_event_cause_an_error_that_names_it()
    {
        var run = Run(ProjectOptions.Build, Attribute, Programs.Dog("""
            [Event("Petted"), Completed("public int Times { get; init; }")]
            public sealed partial record Petted(string By);
            private void Apply(Petted e) => _ = e.By;
            """));

        var reported = Assert.Single(await Analysis.Run(run.Output, Analysis.Analyzers, ProjectOptions.Build));
        Assert.Equal("ESG0037", reported.Id);
        Assert.Contains("'Petted'", reported.GetMessage(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[Completed(\"public string Loud() => Name + \\\"!\\\";\")] public sealed partial record Trick(string Name);")]
    [InlineData("[Completed(\"public static int Count { get; set; }\")] public sealed partial record Trick(string Name);")]
    public async Task Added_members_without_state_are_allowed(string type)
    {
        var run = Run(ProjectOptions.Build, Attribute, type, Programs.Dog("""
            [Event("TrickAdded")]
            public partial void AddTrick(Trick trick);
            private void Apply(TrickAdded e) => _ = e.Trick;
            """));

        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(await Analysis.Run(run.Output, Analysis.Analyzers, ProjectOptions.Build));
    }

    [Fact]
    public async Task In_an_editor_generated_code_that_is_older_than_a_type_is_no_error()
    {
        var trick = "public sealed record Trick(string Name);";
        var dog = Programs.Dog("[Event(\"TrickAdded\")] public partial void AddTrick(Trick trick); private void Apply(TrickAdded e) => _ = e.Trick;");
        var run = Run(ProjectOptions.Editor, trick, dog);
        var old = run.Output.SyntaxTrees.First();
        var typed = run.Output.ReplaceSyntaxTree(old, old.WithChangedText(Microsoft.CodeAnalysis.Text.SourceText.From(trick.Replace("Name", "Name, int Level", StringComparison.Ordinal))));

        Assert.DoesNotContain(await Analysis.Run(typed, Analysis.Analyzers, ProjectOptions.Editor), d => d.Id == "ESG0037");
        Assert.Contains(await Analysis.Run(typed, Analysis.Analyzers, ProjectOptions.Build), d => d.Id == "ESG0037");
    }

    /// <summary>
    /// The name or header of a file shows that another generator wrote a part of a type. A part that the user is typing is not in the
    /// generated code yet, which is no error.
    /// </summary>
    [Theory]
    [InlineData("Other.g.cs", "", true)]
    [InlineData("Other.G.cs", "", true)]
    [InlineData("Other.generated.cs", "", true)]
    [InlineData("Other.cs", "// <auto-generated/>\n", true)]
    [InlineData("Other.cs", "// By hand.\n", false)]
    [InlineData("generated/Other.cs", "", false)]
    public async Task In_an_editor_only_a_part_that_was_generated_is_an_error(string file, string header, bool isGenerated)
    {
        var run = GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator()], ProjectOptions.Editor, "namespace School { public sealed partial record Trick(string Name); }", Programs.Dog(
            "[Event(\"TrickAdded\")] public partial void AddTrick(List<School.Trick?[]> tricks); private void Apply(TrickAdded e) => _ = e.Tricks;"));
        var part = CSharpSyntaxTree.ParseText(
            header + "namespace School { public sealed partial record Trick { public int Level { get; set; } } }", (CSharpParseOptions)run.Output.SyntaxTrees.First().Options, file, cancellationToken: TestContext.Current.CancellationToken);

        var found = await Analysis.Run(run.Output.AddSyntaxTrees(part), Analysis.Analyzers, ProjectOptions.Editor);

        Assert.Equal(isGenerated ? ["ESG0037"] : [], found.Select(d => d.Id));
    }

    private static GeneratorRun Run(ProjectOptions? options, params string[] sources) =>
        GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator(), new Completing()], options, sources);

    /// <summary>Adds members to partial types, as Vogen, StronglyTypedId or the MVVM toolkit do. Here the attribute contains the members.</summary>
    private sealed class Completing : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterSourceOutput(
            context.SyntaxProvider.ForAttributeWithMetadataName(
                "CompletedAttribute",
                static (node, _) => node is TypeDeclarationSyntax,
                static (source, _) => Complete((INamedTypeSymbol)source.TargetSymbol, (string)source.Attributes[0].ConstructorArguments[0].Value!)),
            static (output, text) => output.AddSource($"Completed{text.GetHashCode(StringComparison.Ordinal)}.g.cs", text));

        private static string Complete(INamedTypeSymbol type, string members)
        {
            var text = $"{Heading(type)} {{ {members} }}";
            for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
            {
                text = $"{Heading(outer)} {{ {text} }}";
            }

            return "// <auto-generated/>\nusing System;\n#nullable enable\n" + text;
        }

        private static string Heading(INamedTypeSymbol type) => $"partial {(type.IsRecord ? "record" : type.IsValueType ? "struct" : "class")} {type.Name}";
    }
}
