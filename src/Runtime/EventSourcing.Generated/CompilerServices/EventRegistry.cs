using System.ComponentModel;
using System.Text;

namespace EventSourcing.CompilerServices;

/// <summary>The events of an application, by topic. The generator writes one implementation for each application.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class EventRegistry<TKey>
    where TKey : notnull
{
    /// <summary>The name of the application, for messages and measurements.</summary>
    public abstract string ApplicationName { get; }

    /// <summary>Names the application in measurements.</summary>
    internal KeyValuePair<string, object?> Tag => new("eventsourcing.application", ApplicationName);

    // Created when a filter is first used.
    private Dictionary<string, string[]>? _topics;

    /// <summary>Whether the application names this type of aggregate.</summary>
    public abstract bool IsRegistered(Type aggregate);

    /// <exception cref="StoreConfigurationException">The application doesn't name this type of aggregate.</exception>
    internal void ThrowIfNotRegistered(Type aggregate)
    {
        if (!IsRegistered(aggregate))
        {
            throw new StoreConfigurationException(
                $"{aggregate.Name} isn't registered in the application: add typeof({aggregate.Name}) to its [EventSourcedApplication].");
        }
    }

    /// <summary>Reads the state of one event of any aggregate of the application.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    /// <param name="state">The state, before its first field.</param>
    /// <returns>The event, or null when the application has no such topic, or <paramref name="state"/> has given up.</returns>
    public abstract IEvent? ReadEvent(ReadOnlySpan<byte> topic, ref StateReader state);

    /// <summary>Converts a topic to text. Known topics cost nothing.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    public virtual string GetTopic(ReadOnlySpan<byte> topic) => Encoding.UTF8.GetString(topic);

    /// <summary>
    /// Returns the topics of each event of the application: the current one, then the former ones. Null where every topic is known.
    /// </summary>
    public virtual string[][]? GetTopics() => null;

    /// <summary>Returns the projections of the application.</summary>
    public virtual IReadOnlyList<ProjectionDefinition<TKey>> GetProjections() => [];

    /// <summary>Returns the topics of each event of an aggregate.</summary>
    protected static string[][] GetTopics<TAggregate, TId>()
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> => TAggregate.GetTopics();

    /// <summary>
    /// Expands a filter by topics: each event named by one of its topics is included under all of its topics. Null and empty filters stay as
    /// they are.
    /// </summary>
    /// <exception cref="ArgumentException">The application has no event of one of the topics.</exception>
    internal IReadOnlyCollection<string>? Filter(IReadOnlyCollection<string>? topics)
    {
        if (topics is null or { Count: 0 })
        {
            return topics;
        }

        if (_topics is null)
        {
            if (GetTopics() is not { } events)
            {
                return topics;
            }

            var known = new Dictionary<string, string[]>(StringComparer.Ordinal);
            foreach (var all in events)
            {
                foreach (var topic in all)
                {
                    known.TryAdd(topic, all); // events of a common base occur twice
                }
            }

            _topics = known;
        }

        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var topic in topics)
        {
            if (topic is null)
            {
                throw new ArgumentException("A topic is null.", nameof(topics));
            }

            if (!_topics.TryGetValue(topic, out var all))
            {
                throw new ArgumentException($"'{ApplicationName}' has no event with the topic '{MessageText.Show(topic)}', so no event would ever be found. Specify topics with Topics.Of<…>().", nameof(topics));
            }

            wanted.UnionWith(all);
        }

        return wanted;
    }

    /// <summary>Converts a topic to text, by the aggregate that may know it.</summary>
    protected static string GetTopic<TAggregate, TId>(ReadOnlySpan<byte> topic)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> => TopicTexts<TAggregate, TId, TKey>.Find(topic) ?? Encoding.UTF8.GetString(topic);

    /// <summary>Reads an event by the aggregate that may know its topic.</summary>
    protected static IEvent? Read<TAggregate, TId>(ReadOnlySpan<byte> topic, ref StateReader state)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> => TAggregate.ReadEvent(topic, ref state);
}
