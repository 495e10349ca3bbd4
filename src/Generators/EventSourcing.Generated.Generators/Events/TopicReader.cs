using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>An event and its topics, the current one first.</summary>
internal sealed record EventTopics(INamedTypeSymbol Aggregate, string EventName, string TypeName, IReadOnlyList<string> Topics, AttributeData Attribute, ISymbol Member);

/// <summary>Finds the topics of aggregates: in source by their attributes, in references by the generated code.</summary>
internal static class TopicReader
{
    /// <summary>The events that the aggregate declares itself.</summary>
    public static IEnumerable<EventTopics> Declared(INamedTypeSymbol aggregate) => aggregate.DeclaringSyntaxReferences.IsEmpty
        ? aggregate.GetTypeMembers().SelectMany(e => Marked(aggregate, e))
        : aggregate.GetMembers()
            .SelectMany(m => Attributed(aggregate, m));

    /// <summary>The members that raise the events which the aggregate declares itself, in a reference, too.</summary>
    public static IEnumerable<EventTopics> Raising(INamedTypeSymbol aggregate) => aggregate.DeclaringSyntaxReferences.IsEmpty
        ? aggregate.GetMembers().SelectMany(m => Attributed(aggregate, m))
        : Declared(aggregate);

    /// <summary>The events of the aggregate and of its bases.</summary>
    public static IEnumerable<EventTopics> All(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseAggregate())
        {
            foreach (var e in Declared(current))
            {
                yield return e;
            }
        }
    }

    /// <summary>Whether a type in a class is that of an event, generated or not.</summary>
    public static bool IsEvent(string typeName, INamedTypeSymbol? aggregate) =>
        aggregate is not null && aggregate.IsEventSourced() && All(aggregate).Any(e => e.TypeName == typeName);

    /// <summary>The topics, without those that can't be written in generated code, which have their own error.</summary>
    public static IReadOnlyList<string> TopicsOf(INamedTypeSymbol aggregate, AttributeData attribute, string eventName) =>
        [.. Given(aggregate, attribute, eventName).Select(t => WhyNotStorable(t) is null ? t : $"refused.{aggregate.ToDisplayString()}.{eventName}").Distinct()];

    /// <summary>Why a topic can't be stored; null when it can.</summary>
    public static string? WhyNotStorable(string topic)
    {
        const string Remedy = "which some databases can't store: use another text";
        if (topic.Length == 0)
        {
            return "is empty: specify a text, or omit it";
        }

        for (var i = 0; i < topic.Length; i++)
        {
            if (topic[i] == '\0')
            {
                return $"contains the character NUL, {Remedy}";
            }

            if (i + 1 < topic.Length && char.IsSurrogatePair(topic[i], topic[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(topic[i]))
            {
                return $"contains half of a surrogate pair, {Remedy}";
            }
        }

        return null;
    }

    /// <summary>The error in the topics that [EventSourced] or [Event] gives; null when there is none.</summary>
    public static string? Problem(AttributeData attribute)
    {
        var former = attribute.NamedArguments.FirstOrDefault(a => a.Key == "FormerTopics").Value is { Kind: TypedConstantKind.Array, IsNull: false } array ? array.Values : [];
        if (former.Any(v => v.IsWrittenNull()))
        {
            return "is null in FormerTopics: remove it";
        }
        // The argument of [EventSourced] is a topic; the argument of [Event] is a name, which has its own rule.
        var current = attribute.AttributeClass!.IsNamed(KnownNames.Event) ? attribute.Named<string>("Topic")
            : attribute.ConstructorArguments is [{ Value: string given }] ? given
            : null;
        string[] topics = [.. current is null ? [] : new[] { current }, .. attribute.NamedStrings("FormerTopics")];
        return topics.Select(WhyNotStorable).FirstOrDefault(r => r is not null)
            ?? (topics.GroupBy(t => t, StringComparer.Ordinal).Any(g => g.Count() > 1) ? "is specified twice: remove one of them" : null);
    }

    /// <summary>The first part of the topics: as the attribute says, or the names of the class and its outer classes.</summary>
    public static string TopicOf(INamedTypeSymbol type)
    {
        if (type.FindAttribute(KnownNames.EventSourced) is { ConstructorArguments: [{ Value: string { Length: > 0 } given }] })
        {
            return given;
        }

        var name = type.Name;
        for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            name = outer.Name + "." + name;
        }

        return name;
    }

    private static IReadOnlyList<string> Given(INamedTypeSymbol aggregate, AttributeData attribute, string eventName)
    {
        var own = attribute.Named<string>("Topic");
        var former = aggregate.FindAttribute(KnownNames.EventSourced)!.NamedStrings("FormerTopics");
        return [.. new[] { own ?? $"{TopicOf(aggregate)}.{eventName}" }
            .Concat(attribute.NamedStrings("FormerTopics"))
            .Concat(own is null ? former.Select(f => $"{f}.{eventName}") : [])
            .Distinct()];
    }

    private static IEnumerable<EventTopics> Attributed(INamedTypeSymbol aggregate, ISymbol member)
    {
        if (member.FindAttribute(KnownNames.Event) is { ConstructorArguments: [{ Value: string { Length: > 0 } name }] } attribute)
        {
            yield return new(aggregate, name, TypeNameOf(member, attribute, name), TopicsOf(aggregate, attribute, name), attribute, member);
        }
    }

    public static string TypeNameOf(ISymbol member, AttributeData attribute, string eventName) =>
        attribute.Named<string>("TypeName") ?? (member is INamedTypeSymbol record ? record.Name : eventName);

    private static IEnumerable<EventTopics> Marked(INamedTypeSymbol aggregate, INamedTypeSymbol record)
    {
        if (record.FindAttribute(KnownNames.EventTopic) is { ConstructorArguments: [{ Kind: TypedConstantKind.Array } topics] } attribute)
        {
            yield return new(aggregate, record.Name, record.Name, [.. topics.Values.Select(v => v.Value).OfType<string>()], attribute, record);
        }
    }
}
