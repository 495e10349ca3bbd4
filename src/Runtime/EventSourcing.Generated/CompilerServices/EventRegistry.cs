using System.ComponentModel;
using System.Text;
using System.Text.Json;

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

    /// <summary>Whether the application names this type of aggregate.</summary>
    public abstract bool IsRegistered(Type aggregate);

    /// <summary>Reads the state of one event of any aggregate of the application.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    /// <param name="written">The state, if it is to be read as the library writes it; empty if <paramref name="reader"/> is to read it.</param>
    /// <param name="reader">The state, before its first token. It is left on the last token.</param>
    /// <param name="timestamp">The event's time.</param>
    /// <returns>The event, or null when the application has no such topic, or the library didn't write <paramref name="written"/>.</returns>
    public abstract IEvent? ReadEvent(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> written, ref Utf8JsonReader reader, out DateTimeOffset timestamp);

    /// <summary>A topic as text. Known topics cost nothing.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    public virtual string GetTopic(ReadOnlySpan<byte> topic) => Encoding.UTF8.GetString(topic);

    /// <summary>A topic as text, by the aggregate that may know it.</summary>
    protected static string GetTopic<TAggregate, TId>(ReadOnlySpan<byte> topic)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> => TAggregate.GetTopic(topic) ?? Encoding.UTF8.GetString(topic);

    /// <summary>Reads an event by the aggregate that may know its topic.</summary>
    protected static IEvent? Read<TAggregate, TId>(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> written, ref Utf8JsonReader reader, out DateTimeOffset timestamp)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> => TAggregate.ReadEvent(topic, written, ref reader, out timestamp);
}
