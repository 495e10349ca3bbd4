using System.ComponentModel;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

/// <summary>An aggregate as the repository needs it. The generator implements it.</summary>
/// <typeparam name="TSelf">The aggregate.</typeparam>
/// <typeparam name="TId">The type of its id: <typeparamref name="TKey"/> or a struct around it.</typeparam>
/// <typeparam name="TKey">The stored type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public interface IAggregate<TSelf, TId, TKey> : IAggregate<TKey>, ITopics
    where TSelf : class, IAggregate<TSelf, TId, TKey>
    where TKey : notnull
{
    /// <summary>Converts an id to its stored form.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract TKey ToKey(TId id);

    /// <summary>Creates an aggregate without events, to which its stored events will be applied.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract TSelf Rehydrate(TKey key);

    /// <summary>Returns a topic of the aggregate as text, without an allocation; null for any other.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract string? GetTopic(ReadOnlySpan<byte> topic);

    /// <summary>Returns the topics of each event of the aggregate and its bases: the current one, then the former ones.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract IReadOnlyList<IReadOnlyList<string>> GetTopics();

    static IReadOnlyList<string> ITopics.All => [.. TSelf.GetTopics().SelectMany(topics => topics)];

    /// <summary>Reads the state of one event.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    /// <param name="written">The state, if it is to be read as the library writes it; empty if <paramref name="reader"/> is to read it.</param>
    /// <param name="reader">The state, before its first token. It is left on the last token.</param>
    /// <param name="timestamp">The event's time.</param>
    /// <returns>The event, or null when the topic isn't one of the aggregate's, or the library didn't write <paramref name="written"/>.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract IEvent? ReadEvent(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> written, ref Utf8JsonReader reader, out DateTimeOffset timestamp);
}
