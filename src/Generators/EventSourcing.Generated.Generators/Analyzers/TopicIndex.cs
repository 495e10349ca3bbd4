using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Which events have a topic, in a compilation and its references: all events carry <c>[EventTopic]</c>.</summary>
internal sealed class TopicIndex
{
    private readonly Dictionary<string, List<INamedTypeSymbol>> _events = new(StringComparer.Ordinal);
    private readonly CancellationToken _cancellation;

    private TopicIndex(CancellationToken cancellation) => _cancellation = cancellation;

    public static TopicIndex Of(Compilation compilation, CancellationToken cancellation)
    {
        var index = new TopicIndex(cancellation);
        if (compilation.GetTypeByMetadataName(KnownNames.EventTopic) is not { ContainingAssembly: var library })
            return index;
        // References first: the source is what can be mended.
        foreach (var assembly in compilation.SourceModule.ReferencedAssemblySymbols)
        {
            if (assembly.Modules.Any(m => m.ReferencedAssemblies.Any(r => r.Name == library.Name)))
                index.Add(assembly.GlobalNamespace);
        }

        index.Add(compilation.Assembly.GlobalNamespace);
        return index;
    }

    /// <summary>The current topic of an event and its former ones.</summary>
    public static IEnumerable<string> TopicsOf(INamedTypeSymbol record) =>
        record.FindAttribute(KnownNames.EventTopic) is { ConstructorArguments: [{ Kind: TypedConstantKind.Array, IsNull: false } topics] }
            ? topics.Values.Select(v => v.Value).OfType<string>()
            : [];

    /// <summary>An event of the same topic that comes before: only the later one is reported.</summary>
    public TopicClash? EarlierWith(string topic, INamedTypeSymbol record)
    {
        if (!_events.TryGetValue(topic, out var events) || events.Count < 2)
            return null;
        var others = events.Where(e => !SymbolEqualityComparer.Default.Equals(e, record) && Compare(e, record) < 0);
        return others.FirstOrDefault() is { } other ? new TopicClash(topic, record, other) : null;
    }

    private void Add(INamespaceOrTypeSymbol container)
    {
        _cancellation.ThrowIfCancellationRequested();
        foreach (var member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol { IsRecord: true } record)
            {
                foreach (var topic in TopicsOf(record))
                {
                    if (!_events.TryGetValue(topic, out var events))
                        _events.Add(topic, events = []);
                    events.Add(record);
                }
            }

            Add(member);
        }
    }

    // References come before sources; sources in the order of their aggregates' files and lines, then of the events' members.
    private static int Compare(INamedTypeSymbol left, INamedTypeSymbol right)
    {
        var (a, b) = (PlaceOf(left), PlaceOf(right));
        var byFile = string.CompareOrdinal(a.File, b.File);
        return byFile != 0 ? byFile : a.Position - b.Position;
    }

    private static (string File, int Position) PlaceOf(INamedTypeSymbol record)
    {
        if (record.ContainingType is not { } aggregate)
            return ("", -1);
        var member = AggregateEvents.Of(aggregate).FirstOrDefault(e => e.TypeName == record.Name).Member;
        var location = (member ?? aggregate).UserLocation();
        return location.SourceTree is { } tree ? (tree.FilePath + "/", location.SourceSpan.Start) : ("", -1);
    }
}

/// <summary>Two events of one topic.</summary>
internal sealed record TopicClash(string Topic, INamedTypeSymbol Event, INamedTypeSymbol Other);
