namespace EventSourcing.Recording;

/// <summary>The stored state of the versions of a save.</summary>
internal enum SaveState
{
    /// <summary>Its versions are free, and the next ones.</summary>
    Free,

    /// <summary>Events of another save are stored there, or a version is missing.</summary>
    Conflicting,

    /// <summary>Its own events are stored there: it was committed.</summary>
    Stored,
}

/// <summary>The result of looking up the versions of a save, whose outcome or conflict is unknown.</summary>
/// <param name="State">What is stored there.</param>
/// <param name="Positions">The positions of its events, when it is stored.</param>
/// <param name="Error">The exception for its caller, when it conflicts.</param>
internal readonly record struct SaveLook(SaveState State, long[]? Positions, Exception? Error)
{
    /// <summary>Judges what is stored at the versions of a save.</summary>
    /// <param name="save">The save.</param>
    /// <param name="rows">For each of its events the greatest version of the aggregate, and the row at the event's own version.</param>
    public static SaveLook Of<TKey>(QueuedSave<TKey> save, ReadOnlySpan<(long? Head, long? Position, Guid? AppendId)> rows)
        where TKey : notnull
    {
        var positions = new long[rows.Length];
        var (mine, conflicting, head) = (0, -1, rows[0].Head);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (row.Position is { } position && row.AppendId == save.AppendId)
            {
                positions[i] = position;
                mine++;
            }
            else if (conflicting < 0 && (row.Position is not null || (save.IsFirst(i) && save.Events[i].OriginatorVersion - 1 != (row.Head ?? 0))))
            {
                (conflicting, head) = (i, row.Head);
            }
        }

        if (mine == rows.Length)
        {
            return new(SaveState.Stored, positions, null);
        }

        if (mine > 0)
        {
            var first = save.Events[0];
            return new(SaveState.Conflicting, null, new StreamCorruptedException(
                "only a part of a save is stored", first.Topic, first.OriginatorId, first.OriginatorVersion, null));
        }

        return conflicting < 0 && save.HasOrder
            ? new(SaveState.Free, null, null)
            : new(SaveState.Conflicting, null, save.Conflict(Math.Max(0, conflicting), head));
    }
}
