using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>The events of each topic, in a compilation and in its references.</summary>
internal sealed class TopicIndex
{
    private readonly Dictionary<string, List<EventTopics>> _events = new(StringComparer.Ordinal);

    // The aggregates of each application. Their bases are included, because aggregates have the events of their bases.
    private readonly List<HashSet<ISymbol>> _applications = [];

    private readonly List<INamedTypeSymbol> _ownAggregates = [];

    private readonly List<INamedTypeSymbol> _aggregates = [];

    private readonly List<INamedTypeSymbol> _derived = [];

    private readonly List<INamedTypeSymbol> _ownApplications = [];

    /// <summary>The aggregates of the compilation itself.</summary>
    public IReadOnlyList<INamedTypeSymbol> OwnAggregates => _ownAggregates;

    /// <summary>The aggregates of the compilation and of its references.</summary>
    public IReadOnlyList<INamedTypeSymbol> Aggregates => _aggregates;

    /// <summary>Classes of the compilation that derive from an aggregate, and aren't one.</summary>
    public IReadOnlyList<INamedTypeSymbol> Derived => _derived;

    /// <summary>The applications of the compilation.</summary>
    public IReadOnlyList<INamedTypeSymbol> Applications => _ownApplications;

    public static TopicIndex Of(Compilation compilation, CancellationToken cancellation)
    {
        var index = new TopicIndex();
        if (compilation.GetTypeByMetadataName(KnownNames.EventTopic) is not { ContainingAssembly: var library })
        {
            return index;
        }

        foreach (var assembly in compilation.SourceModule.ReferencedAssemblySymbols)
        {
            // Only assemblies that reference the library can have events; this skips the framework.
            if (assembly.Modules.Any(m => m.ReferencedAssemblies.Any(r => r.Name == library.Name)))
            {
                index.Add(assembly.GlobalNamespace, cancellation);
            }
        }

        index.Add(compilation.Assembly.GlobalNamespace, cancellation);
        return index;
    }

    /// <summary>An event of the same topic in a reference, or earlier in the source: only the later one of two is reported.</summary>
    public EventTopics? EarlierWith(string topic, EventTopics mine) =>
        _events.TryGetValue(topic, out var events) ? events.FirstOrDefault(e => IsOther(e, mine) && IsBefore(e, mine) && CanMeet(e.Aggregate, mine.Aggregate)) : null;

    // Two events of one name in one aggregate have their own error.
    private static bool IsOther(EventTopics other, EventTopics mine) =>
        !SymbolEqualityComparer.Default.Equals(other.Aggregate, mine.Aggregate) || other.EventName != mine.EventName;

    /// <summary>Whether an application has both, or may have both: an aggregate that no application here has may belong to any.</summary>
    private bool CanMeet(INamedTypeSymbol first, INamedTypeSymbol second)
    {
        if (Family(first).Contains(second, SymbolEqualityComparer.Default) || Family(second).Contains(first, SymbolEqualityComparer.Default))
        {
            return true;
        }

        return _applications.Any(a => a.Contains(first) && a.Contains(second)) || !_applications.Any(a => a.Contains(first)) || !_applications.Any(a => a.Contains(second));
    }

    private static IEnumerable<ISymbol> Family(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseAggregate())
        {
            yield return current;
        }
    }

    private static bool IsBefore(EventTopics other, EventTopics mine)
    {
        // In an editor a reference may have its source, too; only the event of this project can be changed here.
        if (!SymbolEqualityComparer.Default.Equals(other.Aggregate.ContainingAssembly, mine.Aggregate.ContainingAssembly))
        {
            return true;
        }

        var (first, second) = (other.Member.UserLocation(), mine.Member.UserLocation());
        var byFile = string.CompareOrdinal(first.SourceTree?.FilePath, second.SourceTree?.FilePath);
        return byFile < 0 || (byFile == 0 && first.SourceSpan.Start < second.SourceSpan.Start);
    }

    private void Add(INamespaceOrTypeSymbol container, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        foreach (var member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol aggregate && aggregate.IsEventSourced())
            {
                _aggregates.Add(aggregate);
                if (!aggregate.DeclaringSyntaxReferences.IsEmpty)
                {
                    _ownAggregates.Add(aggregate);
                }

                foreach (var declared in TopicReader.Declared(aggregate))
                {
                    foreach (var topic in declared.Topics)
                    {
                        Add(topic, declared);
                    }
                }
            }

            else if (member is INamedTypeSymbol { DeclaringSyntaxReferences.IsEmpty: false } derived && derived.BaseAggregate() is not null)
            {
                _derived.Add(derived);
            }

            if (member is INamedTypeSymbol application && application.FindAttribute(KnownNames.EventSourcedApplication) is not null)
            {
                if (!application.DeclaringSyntaxReferences.IsEmpty)
                {
                    _ownApplications.Add(application);
                }

                _applications.Add(new(application.NamedAggregates().OfType<INamedTypeSymbol>().SelectMany(Family), SymbolEqualityComparer.Default));
            }

            Add(member, cancellation);
        }
    }

    private void Add(string topic, EventTopics declared)
    {
        if (!_events.TryGetValue(topic, out var events))
        {
            _events.Add(topic, events = []);
        }

        events.Add(declared);
    }
}
