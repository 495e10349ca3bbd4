using System.Runtime.CompilerServices;

namespace EventSourcing.Recording;

/// <summary>
/// Appends groups of saves, and continues until each save has ended: written, refused, or, at its deadline, in doubt. Used by one group at a time.
/// </summary>
/// <remarks>
/// Saves that the database rolled back are sent again, at most five times. Saves that may be committed are never sent again before they were
/// looked up, by their append id and under the lock of the store. Even then a copy that is still under way can't be stored, because the unique
/// index has room for one only.
/// <para>The methods that each save runs through take their state machines from a pool: those are most of what a save would allocate.</para>
/// </remarks>
internal sealed partial class GroupAppender<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private const int MaxReplays = 5;

    // Saves with less time left than this are not sent any more: the answer would come too late. Half of it must be enough for the database to
    // report that a lock is held.
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(200);

    private readonly AppendEngine<TKey> _engine;
    private readonly SaveTimes _times;
    private readonly AppendIds _ids = new();
    private AppendConnection<TKey>? _connection;
    private (QueuedSave<TKey> Save, long[] Positions)? _alone;
    private Dictionary<TKey, long>? _heads;

    public GroupAppender(AppendEngine<TKey> engine, SaveTimes times) => (_engine, _times) = (engine, times);

    public TimeProvider Time => _times.Time;

    /// <summary>Writes the saves, and ends each of them. Throws nothing.</summary>
    /// <param name="saves">The saves, of which no two touch the same aggregate.</param>
    /// <param name="heads">Receives the heads of the aggregates, from the saves that were written or refused; null if not needed.</param>
    /// <param name="maxReplays">How often a batch that the database rolled back is sent again.</param>
    /// <returns>
    /// A single save that is written, with its positions. The caller tells it so after all of its other work.
    /// </returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(QueuedSave<TKey> Save, long[] Positions)?> AppendAsync(
        List<QueuedSave<TKey>> saves, Dictionary<TKey, long>? heads, int maxReplays = MaxReplays)
    {
        (_alone, _heads) = (null, heads);
        foreach (var save in saves)
        {
            save.Identify(_ids);
        }

        try
        {
            await AppendAllAsync(saves, maxReplays).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // An unexpected failure. Even then, no caller may wait for ever.
            await DropAsync().ConfigureAwait(false);
            FailAll(saves, exception is StoreException ? exception : new StoreException("A save failed unexpectedly.", exception));
        }

        return _alone;
    }

    public ValueTask DisposeAsync() => DropAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AppendAllAsync(List<QueuedSave<TKey>> saves, int maxReplays)
    {
        var (replays, looks, raises, tells) = (0, 0, false, _heads is not null);
        var busyFor = TimeSpan.Zero;
        Exception? last = null;
        await FailDisorderedAsync(saves).ConfigureAwait(false);
        while (RemoveExpired(saves, last))
        {
            if (_connection is null && !await TryConnectAsync(saves, last).ConfigureAwait(false))
            {
                return;
            }

            var began = Time.GetTimestamp();
            try
            {
                if (!await TryAppendAsync(saves, raises, tells, busyFor).ConfigureAwait(false))
                {
                    continue;
                }

                if (saves.Count == 0)
                {
                    return;
                }

                // Refused, but perhaps because of its own events, or of something that isn't reported.
                await EndKnownAsync(saves, isUnderLock: true).ConfigureAwait(false);
                tells = true;
                continue;
            }
            catch (ProjectionException exception)
            {
                // A view can't process an event of one of them. Nothing was written.
                if (saves.Count > 1)
                {
                    await AppendOneByOneAsync(saves).ConfigureAwait(false);
                }
                else
                {
                    FailAll(saves, exception);
                }

                return;
            }
            catch (Exception exception)
            {
                last = exception;
            }

            // For any failure: a sequence that is behind may be the reason.
            var wasRaised = raises;
            raises = true;
            var isLockHeld = _engine.IsLockHeld(last);
            if (isLockHeld)
            {
                busyFor += Time.GetElapsedTime(began);
            }

            // After a timeout of the wait, the batch may still be committed.
            switch (last is TimeoutException ? AppendFailure.Unknown : _engine.Classify(last))
            {
                case AppendFailure.Deterministic when !wasRaised && _engine.IsPositionPassed(last):
                    break;
                case AppendFailure.Deterministic when isLockHeld && busyFor < _times.LockTimeout:
                    // The database waits for a part of SaveTimeout each time, so that there is time left to find out the outcome of a save.
                    break;
                case AppendFailure.Conflict:
                    var before = saves.Count;
                    await EndKnownAsync(saves, isUnderLock: false).ConfigureAwait(false);
                    if (looks > 0 && before > 1 && saves.Count == before)
                    {
                        // A unique index of the user's refuses one of them.
                        await AppendOneByOneAsync(saves).ConfigureAwait(false);
                        return;
                    }

                    // The lookup may come too early to see the rows that the insert met. This can't last for ever, unless the conflict isn't about
                    // versions.
                    if (++looks > MaxReplays + saves.Count)
                    {
                        FailAll(saves, _engine.ToException(last));
                    }

                    break;
                case AppendFailure.RolledBack when _engine.IsReadOnly(last):
                    // An address may lead to a standby until the standby is promoted, or until the address leads to another server.
                    await DropAsync(isLost: true).ConfigureAwait(false);
                    await PauseAsync(SaveTimes.Min(TimeSpan.FromMilliseconds(Random.Shared.Next(20, 200)), Remaining(saves))).ConfigureAwait(false);
                    break;
                case AppendFailure.RolledBack when _engine.IsConnectionOutdated(last) && replays++ < MaxReplays:
                    await DropAsync(isLost: true).ConfigureAwait(false);
                    break;
                case AppendFailure.RolledBack when replays++ < maxReplays:
                    if (!_connection!.IsOpen)
                    {
                        // The driver closes the connection after some states.
                        await DropAsync().ConfigureAwait(false);
                    }

                    await PauseAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 200))).ConfigureAwait(false);
                    break;
                case AppendFailure.Unknown:
                    await DropAsync().ConfigureAwait(false);
                    saves.ForEach(save => save.IsInDoubt = true);
                    await EndKnownAsync(saves, isUnderLock: true).ConfigureAwait(false);
                    break;
                case not AppendFailure.Unusable when saves.Count > 1 && !isLockHeld:
                    // The failure may be about one of them only.
                    await AppendOneByOneAsync(saves).ConfigureAwait(false);
                    return;
                default:
                    FailAll(saves, _engine.ToException(last));
                    return;
            }
        }
    }

    /// <summary>
    /// Runs one transaction. When it returns, the transaction is committed, and every save has succeeded or met a conflict. Refused saves stay in
    /// the list if they are in doubt, or if the reason is unknown.
    /// </summary>
    /// <param name="saves">The saves.</param>
    /// <param name="raises">Whether a sequence that is behind is raised; otherwise the transaction fails then.</param>
    /// <param name="tells">Whether the database reports what a refused save has met.</param>
    /// <param name="busyFor">How long locks were already waited for.</param>
    /// <returns>
    /// False when nothing was written, because the lock was held or no save fits: the next attempt waits for the lock, and reports the reason.
    /// </returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryAppendAsync(List<QueuedSave<TKey>> saves, bool raises, bool tells, TimeSpan busyFor)
    {
        var connection = _connection!;
        var patience = SaveTimes.Min(_times.Patience, Remaining(saves) / 2);
        connection.Fill(saves, tells, raises, _times.CommitLockTimeoutWithin(patience, busyFor));
        var positions = new long[saves.Count][];
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = new long[saves[i].Events.Count];
        }

        await WaitAsync(connection.ExecuteAsync(positions), patience).ConfigureAwait(false);
        if (connection.WroteNothing)
        {
            return false;
        }

        List<QueuedSave<TKey>>? undecided = null;
        if (connection.Refused.Count > 0)
        {
            (positions, undecided) = EndRefused(saves, positions, connection.Refused);
        }

        if (positions.Length > 0)
        {
            EndWritten(saves, positions, connection.IsUnreplicated);
        }

        saves.Clear();
        if (undecided is not null)
        {
            saves.AddRange(undecided);
        }

        return true;
    }

    private void EndWritten(List<QueuedSave<TKey>> saves, long[][] positions, bool isUnreplicated)
    {
        _engine.Appended(positions[^1][^1]);
        if (isUnreplicated)
        {
            saves.ForEach(static save => save.FailInDoubt(null));
            return;
        }

        if (_heads is not null)
        {
            saves.ForEach(save => save.TellHeads(_heads));
        }

        if (saves.Count == 1)
        {
            _alone = (saves[0], positions[0]);
            return;
        }

        for (var i = 0; i < positions.Length; i++)
        {
            saves[i].Succeed(positions[i]);
        }
    }

    /// <summary>Ends the saves that were left out. The saves that were written stay in the list.</summary>
    /// <returns>The positions of the written saves, and the saves whose conflict is unknown or may be with their own events.</returns>
    private (long[][] Positions, List<QueuedSave<TKey>> Undecided) EndRefused(
        List<QueuedSave<TKey>> saves, long[][] positions, List<(int Save, int Event, long? Head)> refused)
    {
        List<QueuedSave<TKey>> undecided = [];
        foreach (var (number, index, head) in refused)
        {
            var save = saves[number];
            if (save.IsInDoubt || head is not { } version)
            {
                undecided.Add(save);
                continue;
            }

            _heads?[save.Events[index].OriginatorId] = version;
            save.Fail(save.Conflict(index, version));
        }

        var numbers = refused.ConvertAll(static r => r.Save).ToHashSet();
        var (ofSave, ofPositions) = (0, 0);
        saves.RemoveAll(_ => numbers.Contains(ofSave++));
        return (Array.FindAll(positions, _ => !numbers.Contains(ofPositions++)), undecided);
    }

    /// <summary>Retries saves of which nothing was written. Each gets a transaction of its own, so that only the failing one fails.</summary>
    private async Task AppendOneByOneAsync(List<QueuedSave<TKey>> saves)
    {
        var all = saves.ToList();
        saves.Clear();
        foreach (var save in all)
        {
            List<QueuedSave<TKey>> alone = [save];
            if (await AppendAsync(alone, _heads, maxReplays: 0).ConfigureAwait(false) is { } written)
            {
                written.Save.Succeed(written.Positions);
            }

            _alone = null;
        }
    }

    /// <summary>Fails saves whose own versions contradict each other. The stored versions are looked up for their exceptions.</summary>
    private async Task FailDisorderedAsync(List<QueuedSave<TKey>> saves)
    {
        if (saves.TrueForAll(static save => save.HasOrder))
        {
            return;
        }

        var disordered = saves.FindAll(static save => !save.HasOrder);
        saves.RemoveAll(static save => !save.HasOrder);
        await EndKnownAsync(disordered, isUnderLock: false).ConfigureAwait(false);
    }

    /// <summary>Ends the saves whose time is over; false when no save is left.</summary>
    private bool RemoveExpired(List<QueuedSave<TKey>> saves, Exception? last)
    {
        var now = Time.GetTimestamp() + (long)(LeastTime.TotalSeconds * Time.TimestampFrequency);
        for (var i = saves.Count - 1; i >= 0; i--)
        {
            if (saves[i].Deadline <= now)
            {
                saves[i].Expire(last, last is null ? "Nothing was written." : _engine.ToException(last).Message);
                saves.RemoveAt(i);
            }
        }

        return saves.Count > 0;
    }

    /// <summary>Ends the saves that aren't taken and whose time is over.</summary>
    public void Expire(List<QueuedSave<TKey>> waiting)
    {
        var now = Time.GetTimestamp();
        waiting.RemoveAll(save =>
        {
            var isOver = save.Deadline <= now;
            if (isOver && save.TryTake())
            {
                save.Expire(null, "Nothing was written.");
            }

            return isOver;
        });
    }

    /// <summary>Returns the least time that a save has left.</summary>
    public TimeSpan Remaining(List<QueuedSave<TKey>> saves)
    {
        var least = long.MaxValue;
        foreach (var save in saves)
        {
            least = Math.Min(least, save.Deadline);
        }

        var remaining = Time.GetElapsedTime(Time.GetTimestamp(), least);
        return remaining > TimeSpan.FromMilliseconds(1) ? remaining : TimeSpan.FromMilliseconds(1);
    }

    private Task PauseAsync(TimeSpan pause) => Task.Delay(pause, Time);

    private static void FailAll(List<QueuedSave<TKey>> saves, Exception exception)
    {
        foreach (var save in saves)
        {
            save.FailUnlessInDoubt(exception);
        }

        saves.Clear();
    }
}
