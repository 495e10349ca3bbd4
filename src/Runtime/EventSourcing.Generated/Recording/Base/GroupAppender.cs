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
internal sealed class GroupAppender<TKey> : IAsyncDisposable
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

            switch (_engine.Classify(last))
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

    /// <summary>
    /// Waits for work of the connection, and after a while abandons both. The work isn't cancelled, because the database handles a commit as a whole
    /// in any case.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(Task work, TimeSpan limit)
    {
        if (!work.IsCompleted)
        {
            try
            {
                await work.WaitAsync(limit, Time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                if (!work.IsCompleted)
                {
                    var connection = _connection!;
                    _connection = null;
                    _ = DisposeWhenEndedAsync(work, connection);
                    throw;
                }
            }
        }

        await work.ConfigureAwait(false);
    }

    /// <summary>
    /// Looks up what is stored, and ends the saves whose outcome is then known. The others stay, to be sent again.
    /// </summary>
    private async Task EndKnownAsync(List<QueuedSave<TKey>> saves, bool isUnderLock)
    {
        Exception? last = null;
        while (RemoveExpired(saves, last) && (_connection is not null || await TryConnectAsync(saves, last).ConfigureAwait(false)))
        {
            try
            {
                // A copy is passed, because the lookup may outlast the wait.
                var patience = SaveTimes.Min(_times.Patience, Remaining(saves));
                var looking = _connection!.LookAsync([.. saves], isUnderLock ? _times.CommitLockTimeoutWithin(patience) : null);
                await WaitAsync(looking, patience).ConfigureAwait(false);
                End(saves, await looking.ConfigureAwait(false));
                return;
            }
            catch (Exception exception) when (_engine.IsExpected(exception) || exception is InvalidOperationException)
            {
                // Npgsql throws an InvalidOperationException when a connection that broke after its last answer is used.
                last = exception;
                if (_engine.IsConnectionLost(exception))
                {
                    await DropAsync(_engine.IsConnectionOutdated(exception)).ConfigureAwait(false);
                }
                else if (!_engine.IsTransient(exception))
                {
                    FailAll(saves, _engine.ToException(exception));
                    return;
                }
            }

            await PauseAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 100))).ConfigureAwait(false);
        }
    }

    private void End(List<QueuedSave<TKey>> saves, List<SaveLook> states)
    {
        if (states.Exists(static s => s.State == SaveState.Stored))
        {
            _engine.Appended(states.Max(static s => s.Positions is { } positions ? positions[^1] : 0));
        }

        for (var i = 0; i < saves.Count; i++)
        {
            switch (states[i].State)
            {
                case SaveState.Stored:
                    saves[i].Succeed(states[i].Positions!);
                    break;
                case SaveState.Conflicting:
                    if (_heads is not null && states[i].Error is ConcurrencyException { ActualVersion: { } head } conflict)
                    {
                        _heads[(TKey)conflict.AggregateId] = head;
                    }

                    saves[i].Fail(states[i].Error!);
                    break;
            }
        }

        var index = 0;
        saves.RemoveAll(_ => states[index++].State != SaveState.Free);
    }

    /// <summary>Opens the connection that writes; retries until the saves' time is over. False when no save is left.</summary>
    private async Task<bool> TryConnectAsync(List<QueuedSave<TKey>> saves, Exception? last)
    {
        var pause = TimeSpan.FromMilliseconds(10);
        while (RemoveExpired(saves, last))
        {
            try
            {
                _connection = await ConnectAsync(SaveTimes.Min(_times.Patience, Remaining(saves))).ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is OperationCanceledException || _engine.IsExpected(exception))
            {
                last = exception;
                if (exception is not OperationCanceledException && (_engine.IsLockHeld(exception) || !_engine.IsTransient(exception)))
                {
                    FailAll(saves, _engine.ToException(exception));
                    return false;
                }
            }
            catch (CreatorFailure failure)
            {
                FailAll(saves, failure.Original);
                return false;
            }

            await PauseAsync(SaveTimes.Min(pause, Remaining(saves))).ConfigureAwait(false);
            pause = SaveTimes.Min(pause * 2, TimeSpan.FromMilliseconds(250));
        }

        return false;
    }

    private async Task<AppendConnection<TKey>> ConnectAsync(TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit, Time);
        var connecting = _engine.OpenAsync(cancellation.Token);
        try
        {
            // The driver may need a while to end cancelled work on a connection that doesn't answer.
            return await connecting.WaitAsync(limit, Time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!connecting.IsCompletedSuccessfully)
        {
            _ = DisposeWhenOpenedAsync(connecting);
            throw;
        }
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

    /// <param name="isLost">Whether the pool must not return it again, although it is open.</param>
    private async ValueTask DropAsync(bool isLost = false)
    {
        if (_connection is { } connection)
        {
            _connection = null;
            if (isLost)
            {
                connection.Clear();
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task DisposeWhenEndedAsync(Task work, IAsyncDisposable connection)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Returns a connection that no caller waits for any more, once it is open.</summary>
    private static async Task DisposeWhenOpenedAsync(Task<AppendConnection<TKey>> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void FailAll(List<QueuedSave<TKey>> saves, Exception exception)
    {
        foreach (var save in saves)
        {
            save.FailUnlessInDoubt(exception);
        }

        saves.Clear();
    }
}
