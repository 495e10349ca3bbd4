using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>What the generator finds out about an application.</summary>
/// <param name="Model">What is generated; null when nothing is.</param>
/// <param name="Diagnostics">What is wrong.</param>
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
