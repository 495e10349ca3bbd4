using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>ESG0011: no two events have the same topic, here or in a reference. ESG0055: each topic can be stored.</summary>
internal static class TopicRules
{
    public static void CheckAggregate(INamedTypeSymbol aggregate, TopicIndex topics, Action<Diagnostic> report)
    {
        var isSource = !aggregate.DeclaringSyntaxReferences.IsEmpty;
        if (isSource)
        {
            CheckStorable(aggregate.FindAttribute(KnownNames.EventSourced)!, aggregate, aggregate.Name, report);
        }

        foreach (var mine in TopicReader.Declared(aggregate))
        {
            if (isSource)
            {
                CheckStorable(mine.Attribute, mine.Member, mine.EventName, report);
            }

            foreach (var topic in mine.Topics)
            {
                if (topics.EarlierWith(topic, mine) is { } other)
                {
                    report(Clash(mine.Attribute.LocationOf(mine.Member), topic, mine, other));
                }
            }
        }
    }

    /// <summary>Checks the topics of references that don't know each other: they may clash in the application that uses both.</summary>
    public static void CheckApplication(INamedTypeSymbol application, Action<Diagnostic> report)
    {
        var seen = new Dictionary<string, EventTopics>(StringComparer.Ordinal);
        var referenced = application.NamedAggregates().OfType<INamedTypeSymbol>()
            .Where(a => !SymbolEqualityComparer.Default.Equals(a.ContainingAssembly, application.ContainingAssembly));
        foreach (var mine in referenced.SelectMany(TopicReader.All))
        {
            foreach (var topic in mine.Topics)
            {
                if (!seen.TryGetValue(topic, out var other))
                {
                    seen.Add(topic, mine);
                }
                else if (!SymbolEqualityComparer.Default.Equals(other.Member, mine.Member)) // events of a common base appear twice
                {
                    report(Clash(application.FindAttribute(KnownNames.EventSourcedApplication)!.LocationOf(application), topic, mine, other));
                }
            }
        }
    }

    private static void CheckStorable(AttributeData attribute, ISymbol member, string name, Action<Diagnostic> report)
    {
        if (TopicReader.Problem(attribute) is { } reason)
        {
            report(Diagnostic.Create(Rules.TopicNotStorable, attribute.LocationOf(member), name, reason));
        }
    }

    private static Diagnostic Clash(Location location, string topic, EventTopics mine, EventTopics other) =>
        Diagnostic.Create(Rules.TopicDuplicate, location, topic, Show(mine), Show(other));

    private static string Show(EventTopics declared) =>
        $"{declared.Aggregate.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat)}.{declared.TypeName}";
}
