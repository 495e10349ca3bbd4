namespace EventSourcing.Recording;

/// <summary>Creates the exception for an event whose version is taken or not the next.</summary>
internal static class VersionConflict
{
    /// <summary>Creates the exception.</summary>
    /// <param name="events">The events of the request.</param>
    /// <param name="index">The event that conflicts.</param>
    /// <param name="stored">The last stored version of its aggregate; 0 for none.</param>
    public static ConcurrencyException Of<TKey>(IReadOnlyList<StoredEvent<TKey>> events, int index, long stored)
        where TKey : notnull
    {
        // The caller expected the version before the first event of the aggregate.
        var id = events[index].OriginatorId;
        var first = 0;
        while (!EqualityComparer<TKey>.Default.Equals(events[first].OriginatorId, id))
        {
            first++;
        }

        return new ConcurrencyException(id, events[first].OriginatorVersion - 1, stored);
    }
}
