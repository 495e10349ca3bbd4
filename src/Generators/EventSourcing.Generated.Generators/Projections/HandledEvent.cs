using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Projections;

/// <summary>An event that a method of a projection takes.</summary>
/// <param name="Aggregate">The aggregate by which the event is named.</param>
/// <param name="Name">The name of the event.</param>
/// <param name="FullName">The full name of its record.</param>
/// <param name="Written">The type as the user wrote it.</param>
/// <param name="Topics">Its topics, the current one first.</param>
internal sealed record HandledEvent(INamedTypeSymbol Aggregate, string Name, string FullName, string Written, IReadOnlyList<string> Topics)
{
    /// <summary>Finds the event of a parameter; null if its type isn't one.</summary>
    /// <remarks>The record of an event is generated, and while the generator runs only its name is known.</remarks>
    public static HandledEvent? Find(IParameterSymbol parameter, INamedTypeSymbol projection)
    {
        var around = parameter.Type.ContainingType;
        if (around is null && parameter.Type.TypeKind == TypeKind.Error)
        {
            for (around = projection.ContainingType; around is not null && !TopicReader.IsEvent(parameter.Type.Name, around); around = around.ContainingType)
            {
            }
        }

        if (around is null || !around.IsEventSourced() || TopicReader.All(around).FirstOrDefault(e => e.TypeName == parameter.Type.Name) is not { } declared)
        {
            return null;
        }

        return new(
            around, parameter.Type.Name, $"{declared.Aggregate.ToDisplayString(Names.FullyQualified)}.{Names.Escape(declared.TypeName)}", WrittenType(parameter), declared.Topics);
    }

    /// <summary>Why a parameter isn't an event.</summary>
    public static string ReasonAgainst(IParameterSymbol parameter) =>
        // While the name is typed, the compiler reports it.
        parameter.Type is { TypeKind: TypeKind.Error, ContainingType: null }
            ? $"takes '{WrittenType(parameter)}', which isn't known as an event: write the name of its aggregate before it, as in 'Dog.Registered'"
            : $"takes '{WrittenType(parameter)}', which isn't an event of an aggregate";

    /// <summary>The methods that can't be called, because an earlier one takes the same event, with the reason.</summary>
    public static IEnumerable<(IMethodSymbol Method, string Reason)> Repeated(IEnumerable<(IMethodSymbol Method, HandledEvent? Event)> methods) =>
        methods.GroupBy(m => m.Event!.FullName).SelectMany(g => g.Skip(1))
            .Select(m => (m.Method, $"is the second for '{m.Event!.FullName.Replace("global::", "")}', and only one can be called; remove one of them"));

    /// <summary>A method as messages show it.</summary>
    public static string Show(IMethodSymbol method) => $"{method.Name}({string.Join(", ", method.Parameters.Select(WrittenType))})";

    public static bool IsHeader(ITypeSymbol type) => type.IsNamed("EventSourcing.EventHeader");

    public static string WrittenType(IParameterSymbol parameter) =>
        (parameter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() as ParameterSyntax)?.Type?.ToString() ?? parameter.Type.Name;
}
