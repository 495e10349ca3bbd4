using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Selects events of one aggregate, and their order. For authors of recorders.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct StreamQuery<TKey>
    where TKey : notnull
{
    /// <summary>Creates a query.</summary>
    /// <param name="originatorId">The key of the aggregate.</param>
    /// <param name="after">Only greater versions; null for all.</param>
    /// <param name="upTo">Only this version and smaller ones; null for all.</param>
    /// <param name="descending">Greatest version first.</param>
    /// <param name="limit">The maximum number of events, at least 1; null for all.</param>
    /// <exception cref="ArgumentNullException">The key is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is less than 1.</exception>
    public StreamQuery(TKey originatorId, long? after = null, long? upTo = null, bool descending = false, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(originatorId);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit ?? 1, 1, nameof(limit));
        (OriginatorId, After, UpTo, Descending, Limit) = (originatorId, after ?? long.MinValue, upTo ?? long.MaxValue, descending, limit);
    }

    /// <summary>The key of the aggregate.</summary>
    public TKey OriginatorId { get; }

    /// <summary>The version after which the events begin; <see cref="long.MinValue"/> for all.</summary>
    public long After { get; }

    /// <summary>The last version to read; <see cref="long.MaxValue"/> for all.</summary>
    public long UpTo { get; }

    /// <summary>Whether the greatest version comes first.</summary>
    public bool Descending { get; }

    /// <summary>The maximum number of events; null for all.</summary>
    public int? Limit { get; private init; }

    /// <summary>Whether the query includes an event with this version.</summary>
    /// <param name="version">The version.</param>
    public bool Includes(long version) => version > After && version <= UpTo;

    /// <summary>Returns the same query with another limit.</summary>
    /// <param name="limit">The maximum number of events, at least 1; null for all.</param>
    internal StreamQuery<TKey> Take(int? limit) => this with { Limit = limit };
}
