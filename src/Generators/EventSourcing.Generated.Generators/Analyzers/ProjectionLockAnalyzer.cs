using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Compares the projections of a project with its <c>projections.lock</c>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProjectionLockAnalyzer : UserCodeAnalyzer
{
    /// <summary>The property of ESG0071 with the version that the projection needs.</summary>
    internal const string NextVersion = "Version";

    /// <summary>The property of ESG0071 with the line for the same version; it is missing if the version is lower.</summary>
    internal const string NewLine = "Line";

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.ProjectionChanged, Rules.LockFileInvalid, Rules.ProjectionNotLocked];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterAdditionalFileAction(ReportFaults);
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Options.AdditionalFiles.FirstOrDefault(ProjectionLock.IsOne) is not { } file)
            {
                return;
            }

            var recorded = ProjectionLock.Read(file, start.CancellationToken);
            var isOnlyCompared = LockOutput.IsOnlyCompared(start.Options.AnalyzerConfigOptionsProvider.GlobalOptions);
            var repeated = new Lazy<HashSet<string>>(() => ProjectionLock.RepeatedNames(start.Compilation, start.CancellationToken));
            start.RegisterSymbolAction(symbol => Compare(symbol, recorded, isOnlyCompared, repeated), SymbolKind.NamedType);
        });
    }

    private static void ReportFaults(AdditionalFileAnalysisContext context)
    {
        if (!ProjectionLock.IsOne(context.AdditionalFile) || context.AdditionalFile.GetText(context.CancellationToken) is not { } text)
        {
            return;
        }

        foreach (var fault in ProjectionLock.Read(context.AdditionalFile, context.CancellationToken).Faults)
        {
            var span = text.Lines[fault.Line].Span;
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.LockFileInvalid, Location.Create(context.AdditionalFile.Path, span, text.Lines.GetLinePositionSpan(span)), fault.Line + 1, ProjectionLock.File, fault.Reason));
        }
    }

    private static void Compare(SymbolAnalysisContext context, LockFile recorded, bool isOnlyCompared, Lazy<HashSet<string>> repeated)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.FindAttribute(KnownNames.Projection) is not { } attribute
            || ProjectionEntryModel.Of(type, context.Compilation, context.CancellationToken) is not { } entry
            || repeated.Value.Contains(entry.Name))
        {
            return;
        }

        var latest = recorded.Latest(entry.Name);
        if (latest is null || latest.Version < entry.Version)
        {
            if (isOnlyCompared && recorded.Faults.Count == 0)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.ProjectionNotLocked, attribute.LocationOf(type), type.Name, entry.Version, ProjectionLock.File));
            }
        }
        else if (ProjectionLock.Difference(latest, entry) is { } difference)
        {
            var next = latest.Version + 1;
            var properties = ImmutableDictionary<string, string?>.Empty.Add(NextVersion, next.ToString(System.Globalization.CultureInfo.InvariantCulture));
            properties = latest.Version == entry.Version ? properties.Add(NewLine, entry.Line.ToString()) : properties;
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.ProjectionChanged, attribute.LocationOf(type), properties, type.Name, latest.Version, ProjectionLock.File, difference, next, entry.Name));
        }
    }
}
