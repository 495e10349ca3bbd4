namespace EventSourcing;

/// <summary>
/// Where a subscription is in the log, and what tells whether the log is still the one that it was: the event that was seen last is
/// compared with the one that is there now, and where it is missing, it is found out whether it was only deleted.
/// </summary>
internal sealed class LogPlace<TKey>(SharedLog<TKey> log, long position)
    where TKey : notnull
{
    private LogMark<TKey>? _mark;
    private string? _identity;

    public long Position { get; private set; } = position;

    /// <summary>Moves on.</summary>
    /// <param name="to">The position up to which the log was seen.</param>
    /// <param name="mark">The last event that was seen; null where none was, so that the one before still serves.</param>
    public void Move(long to, LogMark<TKey>? mark)
    {
        Position = to;
        _mark = mark ?? _mark;
    }

    /// <summary>The greatest position, 0 when there is none; at least our own.</summary>
    /// <exception cref="PositionAheadOfStoreException">The store isn't the one that we knew.</exception>
    public async ValueTask<long> GetHeadAsync(CancellationToken cancellationToken)
    {
        var head = await log.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) ?? 0;
        if (head < Position)
        {
            await ExplainMissingAsync(cancellationToken).ConfigureAwait(false);
        }

        return Math.Max(head, Position);
    }

    /// <summary>To be called before the first reading and after failures, when another server may answer than before.</summary>
    /// <exception cref="PositionAheadOfStoreException">The store isn't the one that we knew.</exception>
    public async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        var state = await log.GetLogStateAsync(cancellationToken).ConfigureAwait(false);
        if ((state.GreatestPosition ?? 0) < Position)
        {
            Explain(state);
        }
        else if (_mark is { } mark)
        {
            var found = await FindAsync(mark.Position, cancellationToken).ConfigureAwait(false);
            if (found != mark)
            {
                Refuse(found, state);
            }
        }

        // It has our event, or we have none: it is that log from here on.
        _identity = state.Identity;
    }

    /// <summary>Compares the event that was seen last with what is there now.</summary>
    /// <param name="wasRead">Whether a reading has looked at our position already.</param>
    /// <param name="own">What it has found there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PositionAheadOfStoreException">The store isn't the one that we knew.</exception>
    public async ValueTask CompareAsync(bool wasRead, LogMark<TKey>? own, CancellationToken cancellationToken)
    {
        if (_mark is not { } mark)
        {
            return;
        }

        var found = wasRead && mark.Position == Position ? own : await FindAsync(mark.Position, cancellationToken).ConfigureAwait(false);
        if (found != mark)
        {
            Refuse(found, await log.GetLogStateAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>The event at a position; null when there is none.</summary>
    public async ValueTask<LogMark<TKey>?> FindAsync(long at, CancellationToken cancellationToken)
    {
        var sink = new LogMarks<TKey>();
        await log.ReadAsync(new(int.MaxValue, at, at), sink, cancellationToken).ConfigureAwait(false);
        return sink.First;
    }

    /// <summary>Another event is where ours was, or none.</summary>
    private void Refuse(LogMark<TKey>? found, LogState state)
    {
        if (found is not null)
        {
            throw new PositionAheadOfStoreException(Position, state.GreatestPosition, isOther: true);
        }

        Explain(state);
    }

    private async ValueTask ExplainMissingAsync(CancellationToken cancellationToken) =>
        Explain(await log.GetLogStateAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>What we have seen is missing. It was deleted, if this log has given our position, and lost nothing since.</summary>
    private void Explain(LogState state)
    {
        if ((state.GivenPosition ?? state.GreatestPosition ?? 0) < Position)
        {
            throw new PositionAheadOfStoreException(Position, state.GreatestPosition);
        }

        // Where positions were about to be given once more, others may have been: the log is no longer the one that gave ours.
        if ((Position > 0 && Position <= state.RaisedPosition) || (_identity is not null && _identity != state.Identity))
        {
            throw new PositionAheadOfStoreException(Position, state.GreatestPosition, isOther: true);
        }

        _mark = null;
    }
}
