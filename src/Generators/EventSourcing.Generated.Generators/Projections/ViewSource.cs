using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>The result of reading a type with <c>[Projection]</c>.</summary>
/// <param name="Model">The model of a view; null when nothing is generated.</param>
/// <param name="Handlers">The model of a class with handlers; null when nothing is generated.</param>
/// <param name="Entry">What the lock file keeps of it; null when nothing is generated.</param>
/// <param name="Diagnostics">The diagnostics of the type.</param>
internal sealed record ViewSource(ViewModel? Model, HandlerClassModel? Handlers, ProjectionEntryModel? Entry, EquatableArray<DiagnosticModel> Diagnostics)
{
    public static readonly ViewSource None = new(null, null, null, EquatableArray<DiagnosticModel>.Empty);

    public static ViewSource Read(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        var found = new List<Diagnostic>();
        var (model, handlers) = HandlerClassParser.IsOne(type)
            ? (default(ViewModel), Guard.Read(type, found.Add, () => HandlerClassParser.Parse(type, compilation, found.Add, cancellation)))
            : (Guard.Read(type, found.Add, () => ViewParser.Parse(type, compilation, found.Add, cancellation)), null);
        var entry = Guard.Read(type, found.Add, () => model is not null ? ProjectionEntryModel.Of(model, type, cancellation)
            : handlers is not null ? ProjectionEntryModel.Of(handlers, type, cancellation)
            : null);
        return new ViewSource(model, handlers, entry, found.Select(DiagnosticModel.Of).ToEquatableArray());
    }
}
