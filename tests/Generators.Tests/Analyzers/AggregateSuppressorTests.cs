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
