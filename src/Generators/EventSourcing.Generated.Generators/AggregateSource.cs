using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Refusals;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators;

/// <summary>How an aggregate is parsed.</summary>
internal delegate AggregateModel? ParseAggregate(INamedTypeSymbol type, Compilation compilation, Action<Diagnostic>? report, CancellationToken cancellation);

/// <summary>The result of reading a class with [EventSourced], or with [Event] on members.</summary>
/// <param name="Model">The model of the generated code; null when nothing is generated.</param>
/// <param name="Refusal">The bodies and records that replace members which can't raise an event.</param>
/// <param name="Diagnostics">The diagnostics of the class.</param>
internal sealed record AggregateSource(AggregateModel? Model, RefusalModel? Refusal, EquatableArray<DiagnosticModel> Diagnostics)
{
    public static readonly AggregateSource None = new(null, null, EquatableArray<DiagnosticModel>.Empty);

    public static AggregateSource Read(INamedTypeSymbol type, Compilation compilation, ParseAggregate parse, CancellationToken cancellation)
    {
        var found = new List<Diagnostic>();
        var model = Guard.Read(type, found.Add, () => parse(type, compilation, found.Add, cancellation));
        var refusal = Guard.Read(type, found.Add, () => RefusalParser.Parse(type, model, found, compilation, cancellation));
        return new AggregateSource(model, refusal, found.Select(DiagnosticModel.Of).ToEquatableArray());
    }

    /// <summary>Reads a member, or a record, with [Event] that may be outside an aggregate.</summary>
    public static AggregateSource ReadOutside(ISymbol symbol, Compilation compilation, CancellationToken cancellation)
    {
        var found = new List<Diagnostic>();
        var refusal = Guard.Read(symbol, found.Add, () =>
        {
            // A class whose name isn't typed yet can't be checked.
            var type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
            if (type.Name.Length > 0 || type.IsExtension)
            {
                EventRules.CheckOutside(symbol, found.Add);
            }

            return found.Count > 0 && symbol is IMethodSymbol { MethodKind: not MethodKind.LocalFunction, ContainingType.IsExtension: false } ? RefusalParser.Parse(symbol.ContainingType, null, found, compilation, cancellation) : null;
        });
        return new AggregateSource(null, refusal, found.Select(DiagnosticModel.Of).ToEquatableArray());
    }
}
