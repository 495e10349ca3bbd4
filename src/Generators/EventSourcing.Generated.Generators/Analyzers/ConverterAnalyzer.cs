using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0029 and ESG0045 in an editor: a converter that the assembly names lacks the required methods, or isn't the only one for its type.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ConverterAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.ConverterShape, Rules.ConverterDuplicate];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterCompilationAction(static end =>
        {
            if (!BuildKind.IsBuild(end.Options.AnalyzerConfigOptionsProvider.GlobalOptions))
            {
                Converters.CheckAssembly(end.Compilation, end.ReportDiagnostic);
            }
        });
    }
}
