using System.ComponentModel;

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

    /// <summary>Returns the topics of each event of the aggregate and its bases: the current one, then the former ones.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract string[][] GetTopics();

    static string[] ITopics.All => [.. TSelf.GetTopics().SelectMany(topics => topics)];

    /// <summary>Reads the state of one event.</summary>
    /// <param name="topic">The stored topic, in UTF-8.</param>
    /// <param name="state">The state, before its first field.</param>
    /// <returns>The event, or null when the topic isn't one of the aggregate's, or <paramref name="state"/> has given up.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    static abstract IEvent? ReadEvent(ReadOnlySpan<byte> topic, ref StateReader state);
}
