using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>The result of reading an application.</summary>
/// <param name="Model">The model of the generated code; null when nothing is generated.</param>
/// <param name="Diagnostics">The diagnostics of the application.</param>
internal sealed record ApplicationSource(ApplicationModel? Model, EquatableArray<DiagnosticModel> Diagnostics)
{
    public static readonly ApplicationSource None = new(null, EquatableArray<DiagnosticModel>.Empty);

    public static ApplicationSource Read(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        var found = new List<Diagnostic>();
        var model = Guard.Read(type, found.Add, () => ApplicationParser.Parse(type, compilation, found.Add, cancellation));
        return new ApplicationSource(model, found.Select(DiagnosticModel.Of).ToEquatableArray());
    }
}
