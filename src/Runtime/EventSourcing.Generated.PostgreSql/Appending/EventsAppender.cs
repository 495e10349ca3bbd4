using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Appends groups of saves, and stays with them until each has ended: written, refused, or, at its deadline, in doubt. Used by
/// one group at a time.
/// </summary>
/// <remarks>
/// What the server rolled back is sent again, at most five times. What may have been committed is never sent again before it was
/// looked for, by its append id and under the lock of the store; even then a copy that is still on its way can't get in, as the
/// unique index has room for one.
/// <para>What each save goes through takes its state machines from a pool: they are most of what a save would leave behind.</para>
/// </remarks>
internal sealed class EventsAppender<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private const int MaxReplays = 5;

    // What has less time left than this is not sent any more: the answer would come too late to be waited for, and half of it must be
    // enough for the server to say that a lock is held.
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(200);

    private readonly PostgreSqlConnections _connections;
    private readonly PostgreSqlEventsSql _sql;
    private readonly LogPositions _positions;
    private readonly SaveTimes _times;
    private readonly Action _onAppended;
    private readonly AppendIds _ids = new();
    private WriterConnection<TKey>? _connection;
    private (EventsSave<TKey> Save, long[] Positions)? _alone;
    private Dictionary<TKey, long>? _heads;

    public EventsAppender(PostgreSqlConnections connections, PostgreSqlEventsSql sql, LogPositions positions, SaveTimes times, Action onAppended) =>
        (_connections, _sql, _positions, _times, _onAppended) = (connections, sql, positions, times, onAppended);

    public TimeProvider Time => _times.Time;

    /// <summary>Ends every save, one way or another. Throws nothing.</summary>
    /// <param name="saves">The saves, of which no two touch the same aggregate.</param>
    /// <param name="heads">Is told how far the aggregates go by what was written or refused; null when that is of no interest.</param>
    /// <param name="maxReplays">How often a batch that the server rolled back is sent again.</param>
    /// <returns>
    /// A save that was alone and is written, with its positions: the caller tells it so, when it has nothing else to do any more.
    /// </returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(EventsSave<TKey> Save, long[] Positions)?> AppendAsync(
        List<EventsSave<TKey>> saves, Dictionary<TKey, long>? heads, int maxReplays = MaxReplays)
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
            // Not foreseen. No caller may wait for ever all the same.
            await DropAsync().ConfigureAwait(false);
            FailAll(saves, exception is StoreException ? exception : new StoreException("A save failed in a way that was not foreseen.", exception));
        }

        return _alone;
    }

    public ValueTask DisposeAsync() => DropAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AppendAllAsync(List<EventsSave<TKey>> saves, int maxReplays)
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

                // Refused, but perhaps by what it wrote itself, or by something that isn't told.
                await EndKnownAsync(saves, isUnderLock: true).ConfigureAwait(false);
                tells = true;
                continue;
            }
            catch (Exception exception)
            {
                last = exception;
            }

            // Whatever it was: a sequence that is behind may have been the reason.
            var wasRaised = raises;
            raises = true;
            var isLockHeld = PostgreSqlErrors.IsLockHeld(last);
            if (isLockHeld)
            {
                busyFor += Time.GetElapsedTime(began);
            }

            switch (PostgreSqlErrors.Classify(last))
            {
                case AppendFailure.Deterministic when !wasRaised && PostgreSqlErrors.IsPositionPassed(last):
                    break;
                case AppendFailure.Deterministic when isLockHeld && busyFor < _times.LockTimeout:
                    // The server waits for a part of SaveTimeout each time, so that there is time left to find out what became of a save.
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

                    // A look may come too early to see what the insert met. That can't go on for ever, unless it isn't about versions.
                    if (++looks > MaxReplays + saves.Count)
                    {
                        FailAll(saves, PostgreSqlErrors.ToException(last));
                    }

                    break;
                case AppendFailure.RolledBack when PostgreSqlErrors.IsReadOnly(last):
                    // An address may lead to a standby until that is promoted, or another server is behind it.
                    await DropAsync(isLost: true).ConfigureAwait(false);
                    await PauseAsync(SaveTimes.Min(TimeSpan.FromMilliseconds(Random.Shared.Next(20, 200)), Remaining(saves))).ConfigureAwait(false);
                    break;
                case AppendFailure.RolledBack when PostgreSqlErrors.IsStalePlan(last) && replays++ < MaxReplays:
                    await DropAsync(isLost: true).ConfigureAwait(false);
                    break;
                case AppendFailure.RolledBack when replays++ < maxReplays:
                    if (!_connection!.IsOpen)
                    {
                        // The driver closes it after some states.
                        await DropAsync().ConfigureAwait(false);
                    }

                    await PauseAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 200))).ConfigureAwait(false);
                    break;
                case AppendFailure.Unknown when last is not StoreException:
                    await DropAsync().ConfigureAwait(false);
                    saves.ForEach(save => save.IsInDoubt = true);
                    await EndKnownAsync(saves, isUnderLock: true).ConfigureAwait(false);
                    break;
                case var failure when (failure != AppendFailure.Unknown || last is EventsWithheldException) && saves.Count > 1 && !isLockHeld:
                    // It may be about one of them only.
                    await AppendOneByOneAsync(saves).ConfigureAwait(false);
                    return;
                default:
                    FailAll(saves, PostgreSqlErrors.ToException(last));
                    return;
            }
        }
    }

    /// <summary>
    /// One transaction. When it returns, it is committed, and every save has succeeded or met a conflict. Those stay that were refused and are
    /// in doubt, or of which isn't known what they met.
    /// </summary>
    /// <param name="saves">The saves.</param>
    /// <param name="raises">Whether a sequence that is behind is raised; otherwise the transaction fails then.</param>
    /// <param name="tells">Whether it is told what a save that is refused has met.</param>
    /// <param name="busyFor">How long locks were waited for before.</param>
    /// <returns>False when nothing was written, because the lock was held or no save fits: the next attempt waits for it, and tells.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryAppendAsync(List<EventsSave<TKey>> saves, bool raises, bool tells, TimeSpan busyFor)
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

        List<EventsSave<TKey>>? undecided = null;
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

    private void EndWritten(List<EventsSave<TKey>> saves, long[][] positions, bool isUnreplicated)
    {
        _positions.Saw(positions[^1][^1]);
        _onAppended();
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

    /// <summary>Ends the saves that were left out, and leaves in the list those that were written.</summary>
    /// <returns>The positions of those, and the saves of which isn't known what they met, or that it isn't their own events.</returns>
    private (long[][] Positions, List<EventsSave<TKey>> Undecided) EndRefused(
        List<EventsSave<TKey>> saves, long[][] positions, List<(int Save, int Event, long? Head)> refused)
    {
        List<EventsSave<TKey>> undecided = [];
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
    /// Waits for what the connection does, and gives up on both after a while: it isn't cancelled, as whatever the server does
    /// with a commit, it does as a whole.
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
    /// Looks what is stored, and ends the saves of which it then is known what becomes of them. The others stay, to be sent again.
    /// </summary>
    private async Task EndKnownAsync(List<EventsSave<TKey>> saves, bool isUnderLock)
    {
        Exception? last = null;
        while (RemoveExpired(saves, last) && (_connection is not null || await TryConnectAsync(saves, last).ConfigureAwait(false)))
        {
            try
            {
                // A copy is asked about, as the question may outlive the patience.
                var patience = SaveTimes.Min(_times.Patience, Remaining(saves));
                var looking = _connection!.LookAsync([.. saves], isUnderLock ? _times.CommitLockTimeoutWithin(patience) : null);
                await WaitAsync(looking, patience).ConfigureAwait(false);
                End(saves, await looking.ConfigureAwait(false));
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                // An invalid operation is what Npgsql calls the use of a connection that broke after its last answer.
                last = exception;
                if (PostgreSqlErrors.IsConnectionLost(exception))
                {
                    await DropAsync(PostgreSqlErrors.IsReadOnly(exception) || PostgreSqlErrors.IsStalePlan(exception)).ConfigureAwait(false);
                }
                else if (!PostgreSqlErrors.IsTransient(exception))
                {
                    FailAll(saves, PostgreSqlErrors.ToException(exception));
                    return;
                }
            }

            await PauseAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 100))).ConfigureAwait(false);
        }
    }

    private void End(List<EventsSave<TKey>> saves, List<(SaveState State, long[]? Positions, Exception? Error)> states)
    {
        if (states.Exists(static s => s.State == SaveState.Stored))
        {
            _onAppended();
        }

        for (var i = 0; i < saves.Count; i++)
        {
            switch (states[i].State)
            {
                case SaveState.Stored:
                    _positions.Saw(states[i].Positions![^1]);
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

    /// <summary>Opens the connection that writes; goes on trying until the saves' time is over. False when none is left.</summary>
    private async Task<bool> TryConnectAsync(List<EventsSave<TKey>> saves, Exception? last)
    {
        var pause = TimeSpan.FromMilliseconds(10);
        while (RemoveExpired(saves, last))
        {
            try
            {
                _connection = await ConnectAsync(SaveTimes.Min(_times.Patience, Remaining(saves))).ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or OperationCanceledException
                or System.Net.Sockets.SocketException)
            {
                last = exception;
                if (PostgreSqlErrors.IsLockHeld(exception) || (exception is PostgresException && !PostgreSqlErrors.IsTransient(exception)))
                {
                    FailAll(saves, PostgreSqlErrors.ToException(exception));
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

    private async Task<WriterConnection<TKey>> ConnectAsync(TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit, Time);
        var connecting = WriterConnection<TKey>.OpenAsync(_connections, _sql, _positions, _times, cancellation.Token);
        try
        {
            // The driver may need a while to end what is cancelled, on a connection that says nothing.
            return await connecting.WaitAsync(limit, Time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!connecting.IsCompletedSuccessfully)
        {
            _ = ConnectionSource.DropWhenOpenedAsync(connecting);
            throw;
        }
    }

    /// <summary>Nothing was written. Each save gets a transaction of its own, so that only the guilty one fails.</summary>
    private async Task AppendOneByOneAsync(List<EventsSave<TKey>> saves)
    {
        var all = saves.ToList();
        saves.Clear();
        foreach (var save in all)
        {
            List<EventsSave<TKey>> alone = [save];
            if (await AppendAsync(alone, _heads, maxReplays: 0).ConfigureAwait(false) is { } written)
            {
                written.Save.Succeed(written.Positions);
            }

            _alone = null;
        }
    }

    /// <summary>Saves whose own versions contradict each other can't be written; what is stored is looked up for their exceptions.</summary>
    private async Task FailDisorderedAsync(List<EventsSave<TKey>> saves)
    {
        if (saves.TrueForAll(static save => save.HasOrder))
        {
            return;
        }

        var disordered = saves.FindAll(static save => !save.HasOrder);
        saves.RemoveAll(static save => !save.HasOrder);
        await EndKnownAsync(disordered, isUnderLock: false).ConfigureAwait(false);
    }

    /// <summary>Ends the saves whose time is over; false when none is left.</summary>
    private bool RemoveExpired(List<EventsSave<TKey>> saves, Exception? last)
    {
        var now = Time.GetTimestamp() + (long)(LeastTime.TotalSeconds * Time.TimestampFrequency);
        for (var i = saves.Count - 1; i >= 0; i--)
        {
            if (saves[i].Deadline <= now)
            {
                saves[i].Expire(last);
                saves.RemoveAt(i);
            }
        }

        return saves.Count > 0;
    }

    /// <summary>Ends those that aren't taken and whose time is over.</summary>
    public void Expire(List<EventsSave<TKey>> waiting)
    {
        var now = Time.GetTimestamp();
        waiting.RemoveAll(save =>
        {
            var isOver = save.Deadline <= now;
            if (isOver && save.TryTake())
            {
                save.Expire(null);
            }

            return isOver;
        });
    }

    /// <summary>The time that the one has that has least.</summary>
    public TimeSpan Remaining(List<EventsSave<TKey>> saves)
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

    /// <param name="isLost">Whether the pool must not give it again, although it is open.</param>
    private async ValueTask DropAsync(bool isLost = false)
    {
        if (_connection is { } connection)
        {
            _connection = null;
            if (isLost)
            {
                connection.Clear();
            }

            await ConnectionSource.DropAsync(connection).ConfigureAwait(false);
        }
    }

    private static async Task DisposeWhenEndedAsync(Task work, IAsyncDisposable connection)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ConnectionSource.DropAsync(connection).ConfigureAwait(false);
    }

    private static void FailAll(List<EventsSave<TKey>> saves, Exception exception)
    {
        foreach (var save in saves)
        {
            save.FailUnlessInDoubt(exception);
        }

        saves.Clear();
    }
}
