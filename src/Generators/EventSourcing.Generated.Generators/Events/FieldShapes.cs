using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>The shapes of the fields of an aggregate's events. Events and aggregates themselves can't be fields.</summary>
internal static class FieldShapes
{
    public static ShapeParser Of(INamedTypeSymbol aggregate, Compilation compilation) => new(compilation, aggregate, type => WhyNot(type, compilation));

    /// <summary>Why an event can't be a field of another one.</summary>
    public static string EventAsField(ITypeSymbol type) =>
        $"'{Names.Show(type)}' is an event, and an event can't be a field of another event: use its values instead, or a type of your own that both events contain";

    private static string? WhyNot(INamedTypeSymbol type, Compilation compilation)
    {
        if (Coverage.Chain(type).Any(t => TopicReader.IsEvent(t.Name, t.ContainingType)))
        {
            return EventAsField(type);
        }

        return type.IsEventSourced()
            ? $"'{Names.Show(type)}' is an aggregate, and its state comes from its own events: store its id instead{(IdParser.FindType(type, compilation) is { } id ? $", which has the type '{Names.Show(id)}'" : "")}"
            : null;
    }
}
