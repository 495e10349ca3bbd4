using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>The result of reading a view.</summary>
/// <param name="Model">The model of the generated code; null when nothing is generated.</param>
/// <param name="Diagnostics">The diagnostics of the view.</param>
internal sealed record ViewSource(ViewModel? Model, EquatableArray<DiagnosticModel> Diagnostics)
{
    public static readonly ViewSource None = new(null, EquatableArray<DiagnosticModel>.Empty);

    public static ViewSource Read(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        var found = new List<Diagnostic>();
        var model = Guard.Read(type, found.Add, () => ViewParser.Parse(type, compilation, found.Add, cancellation));
        return new ViewSource(model, found.Select(DiagnosticModel.Of).ToEquatableArray());
    }
}
