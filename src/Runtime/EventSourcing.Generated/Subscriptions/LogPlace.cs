using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The place of a subscription in the log. It checks that the log is still the same: the last event that was read is compared with the
/// event that is now at its position. If there is none, the state of the log tells whether it was only deleted.
/// </summary>
internal sealed class LogPlace<TKey>(SharedLog<TKey> log, long position)
    where TKey : notnull
{
    private LogMark<TKey>? _mark;
    private string? _identity;

    public long Position { get; private set; } = position;

    /// <summary>Moves forward.</summary>
    /// <param name="to">The position up to which the log was read.</param>
    /// <param name="mark">The last event that was read; null for none, so that the earlier one still serves.</param>
    public void Move(long to, LogMark<TKey>? mark)
    {
        Position = to;
        _mark = mark ?? _mark;
    }

    /// <summary>Returns the greatest position, 0 when there is none; at least the position of the subscription.</summary>
    /// <exception cref="PositionAheadOfStoreException">The log isn't the same.</exception>
    public async ValueTask<long> GetHeadAsync(CancellationToken cancellationToken)
    {
        var head = await log.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) ?? 0;
        if (head < Position)
        {
            await ExplainMissingAsync(cancellationToken).ConfigureAwait(false);
        }

        return Math.Max(head, Position);
    }

    /// <summary>Checks which log it is. Called before the first read and after failures, when another server may answer than before.</summary>
    /// <exception cref="PositionAheadOfStoreException">The log isn't the same.</exception>
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

        // The log has our event, or we have none: it is our log from here on.
        _identity = state.Identity;
    }

    /// <summary>Compares the last event that was read with the event that is there now.</summary>
    /// <param name="wasRead">Whether a read has already covered our position.</param>
    /// <param name="own">The event that it found there.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="PositionAheadOfStoreException">The log isn't the same.</exception>
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

    /// <summary>Finds the event at a position; null when there is none.</summary>
    public async ValueTask<LogMark<TKey>?> FindAsync(long at, CancellationToken cancellationToken)
    {
        var sink = new LogMarks<TKey>();
        await log.ReadAsync(new(int.MaxValue, at, at), sink, cancellationToken).ConfigureAwait(false);
        return sink.First;
    }

    /// <summary>Handles another event, or none, in the place of ours.</summary>
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

    /// <summary>Checks why our event is missing. It was deleted, if this log has assigned our position, and has lost nothing since.</summary>
    private void Explain(LogState state)
    {
        if ((state.GivenPosition ?? state.GreatestPosition ?? 0) < Position)
        {
            throw new PositionAheadOfStoreException(Position, state.GreatestPosition);
        }

        // If positions were about to be assigned twice, other positions may have been: the log isn't the one that assigned ours.
        if ((Position > 0 && Position <= state.RaisedPosition) || (_identity is not null && _identity != state.Identity))
        {
            throw new PositionAheadOfStoreException(Position, state.GreatestPosition, isOther: true);
        }

        _mark = null;
    }
}
