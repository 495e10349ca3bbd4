#pragma warning disable RS1001, RS1017, RS1036, RS1041, RS2008 // an analyzer for this test only
using System.Collections.Immutable;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>Warnings that don't consider the generated code are suppressed, and no others.</summary>
public sealed class AggregateSuppressorTests
{
    [Theory]
    [InlineData("CA1822")]
    [InlineData("IDE0051")]
    [InlineData("IDE0060")]
    [InlineData("CA1801")]
    [InlineData("CA1811")]
    public async Task Warnings_about_Apply_methods_are_suppressed(string id)
    {
        var output = GeneratorRun.Of(Dog("private void Bark(string volume) { }"), "public class Other { private void Apply(string e) { } }").Output;
        var reported = await Analysis.Run(output, [new Complainer(id), new AggregateSuppressor()]);
        Assert.Equal(["Bark", "Apply"], reported.Where(d => d.Id == id).OrderBy(d => d.Location.SourceTree!.FilePath, StringComparer.Ordinal).Select(d => d.GetMessage()));
    }

    [Theory]
    [InlineData("CA1822")]
    [InlineData("IDE0051")]
    [InlineData("IDE0060")]
    [InlineData("CA1801")]
    [InlineData("CA1811")]
    public async Task Warnings_about_methods_of_views_are_suppressed(string id)
    {
        var output = GeneratorRun.Of(
            Dog(),
            "[Projection(\"v\")] public sealed partial record V([property: Key] Guid Id) { static Guid KeyOf(Dog.Registered e) => Guid.Empty; static V When(V? row, Guid key, Dog.Registered e) => new(key); void Bark(string volume) { } }",
            "public record Other { private void When(string e) { } private void KeyOf(string e) { } }").Output;
        var reported = await Analysis.Run(output, [new Complainer(id), new AggregateSuppressor()]);
        Assert.Equal(["Bark", "KeyOf", "When"], reported.Where(d => d.Id == id).Select(d => d.GetMessage()).Order(StringComparer.Ordinal));
    }

    /// <summary>The same with the analyzers of the SDK, in a build.</summary>
    [Fact]
    public async Task The_style_rules_of_the_SDK_accept_Apply_and_When()
    {
        var reported = await CommandLine.CommandLine.CompileAsync(
            ["""
            using EventSourcing;

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e, EventHeader header) { }

                [Event("Petted")]
                public partial void Pet();
                private void Apply(Petted e) { }
            }

            [Projection("v")]
            public sealed partial record V([property: Key] Guid Id)
            {
                private static Guid KeyOf(Dog.Registered e, EventHeader header) => Guid.Empty;
                private static V When(V? row, Guid key, Dog.Registered e) => new(Guid.Empty);
                private V? When(Dog.Petted e) => null;
            }
            """,
            """
            public sealed class Other
            {
                private void Unused() { }
                private static int Twice(int number) => 1;
                private int Once() => 1;
                public static int Number => Twice(1) + new Other().Once();
            }
            """],
            styleRules: ["CA1822", "IDE0051", "IDE0060", "CA1801", "CA1811"]);

        var warnings = reported.Where(r => r.Severity == "warning").ToList();
        Assert.All(warnings, r => Assert.Equal("Source1.cs", r.File));
        Assert.Equal(["CA1822", "IDE0051", "IDE0060"], warnings.Select(r => r.Id).Distinct().Order(StringComparer.Ordinal));
        // The compiler lists what was suppressed.
        var suppressed = string.Join('\n', reported.Where(r => r.Severity == "info").Select(r => r.Text));
        Assert.Contains("'CA1822: Member 'When'", suppressed, StringComparison.Ordinal);
        Assert.Contains("'IDE0060: Remove unused parameter 'row''", suppressed, StringComparison.Ordinal);
    }

    [Fact]
    public Task State_that_Apply_sets_needs_no_initial_value() => Analysis.Verify("""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
            public string Name { get; private set; }
        }

        [EventSourced]
        public abstract partial class Animal
        {
            protected {|ESG0050:Animal|}() { }
            public string Name { get; protected set; }
        }

        public class Other
        {
            public string {|CS8618:Name|} { get; set; }
        }
        """);

    /// <summary>Reports every private method that the user wrote, as another analyzer might.</summary>
    private sealed class Complainer(string id) : DiagnosticAnalyzer
    {
        private readonly DiagnosticDescriptor _rule = new(id, "Complaint", "{0}", "Test", DiagnosticSeverity.Warning, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [_rule];

        public override void Initialize(AnalysisContext context)
        {
            context.EnableConcurrentExecution();
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSymbolAction(
                symbol =>
                {
                    if (symbol.Symbol is IMethodSymbol { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private, IsImplicitlyDeclared: false } method)
                    {
                        symbol.ReportDiagnostic(Diagnostic.Create(_rule, method.Locations[0], method.Name));
                    }
                },
                SymbolKind.Method);
        }
    }
}
