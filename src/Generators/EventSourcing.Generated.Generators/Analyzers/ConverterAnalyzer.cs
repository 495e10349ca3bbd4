using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Serializers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0029 and ESG0045: a converter that the assembly names has the wrong shape, or isn't the only one for its type.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ConverterAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.ConverterShape, Rules.ConverterDuplicate];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationAction(Analyze);
    }

    private static void Analyze(CompilationAnalysisContext context)
    {
        var known = new Dictionary<ITypeSymbol, ITypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var (attribute, type, converter) in Converters.OfAssembly(context.Compilation.Assembly))
        {
            var at = attribute.ApplicationSyntaxReference is { } reference ? reference.SyntaxTree.GetLocation(reference.Span) : Location.None;
            if (known.TryGetValue(type, out var other))
                context.ReportDiagnostic(Diagnostic.Create(Rules.ConverterDuplicate, at, Show(type), Show(other)));
            else if (!Converters.Fits(converter, type, context.Compilation, context.Compilation.Assembly))
                context.ReportDiagnostic(Diagnostic.Create(Rules.ConverterShape, at, Show(converter), Show(type)));
            known[type] = converter;
        }
    }

    private static string Show(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);
}
