using System.Collections.Immutable;
using EventSourcing.Generators.Applications;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Reports in an editor why the generator refuses an application or one of the classes that it names.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ApplicationAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.TypeMustBePartial, Rules.TypeMustNotBeGeneric, Rules.TypeKindNotSupported, Rules.KeyKindsMixed, Rules.NotAnAggregate,
        Rules.ApplicationConstructor, Rules.ReservedMember, Rules.TablePrefixInvalid, Rules.SchemaInvalid,
        Rules.ScopedSessionShape, Rules.TopicDuplicate, Rules.ConnectionCreatorShape, Rules.SettingsOutsideApplication,
        Rules.ViewDuplicate, Rules.ViewShape, Rules.ViewEvent,
    ];

    protected override void Register(AnalysisContext context) => context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);

    private static void Analyze(SymbolAnalysisContext context)
    {
        if (BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions))
        {
            return; // the generator reports it
        }

        var type = (INamedTypeSymbol)context.Symbol;
        if (type.FindAttribute(KnownNames.EventSourcedApplication) is not null)
        {
            ApplicationParser.Parse(type, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
        }
        else
        {
            AdapterRules.CheckOutsideApplication(type, type.GetAttributes(), context.ReportDiagnostic);
        }
    }
}
