using System.Data;
using System.Data.Common;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>A transaction of the user's on its connection: begun by the recorder, or an external one.</summary>
internal sealed partial class PostgreSqlTransaction<TKey> : RecorderTransaction<TKey>
    where TKey : notnull
{
    private const string HasFailedText = "A SQL statement in the transaction has failed, so it can only be rolled back, or rolled back to a savepoint.";

    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(5);

    private readonly TransactionFactory<TKey> _context;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly IsolationLevel _isolationLevel;
    private readonly OpenTransaction? _open;
    private readonly List<QueuedSave<TKey>> _written = [];
    private bool _hasTracked;
    private bool _createsTracking;
    private bool _hasFailed;
    private bool _hasEnded;

    /// <param name="context">The factory that created it.</param>
    /// <param name="connection">The open connection.</param>
    /// <param name="transaction">The transaction on it.</param>
    /// <param name="isolationLevel">The level of the transaction.</param>
    /// <param name="open">The recorder's data of it; null for an external transaction.</param>
    public PostgreSqlTransaction(
        TransactionFactory<TKey> context, NpgsqlConnection connection, NpgsqlTransaction transaction, IsolationLevel isolationLevel, OpenTransaction? open = null)
    {
        (_context, _connection, _transaction, _isolationLevel, _open) = (context, connection, transaction, isolationLevel, open);
        if (open is null)
        {
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Ends a forgotten transaction, which must not hold the store for ever.</summary>
    ~PostgreSqlTransaction()
    {
        if (_open is { } open && open.TryEnd())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static end => _ = end.Context.ReturnAsync(end.Open), (Context: _context, Open: open), preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public override DbConnection Connection => _connection;

    /// <inheritdoc/>
    public override DbTransaction DbTransaction => _transaction;

    /// <inheritdoc/>
    public override bool IsUsable => !_hasFailed && !_hasEnded && !IsStoreClosed && IsOpen;

    /// <inheritdoc/>
    public override bool IsStoreClosed => _open is { IsClosed: true };

    private bool IsOwner => _open is not null;

    /// <summary>Whether the transaction continues, as far as the driver knows: it alone notices when the user ends or loses it.</summary>
    private bool IsOpen
    {
        get
        {
            try
            {
                // Npgsql returns the level only of a transaction that hasn't ended.
                return (_connection.FullState & ConnectionState.Open) != 0 && _transaction.IsolationLevel != IsolationLevel.Unspecified
                    && _transaction.Connection == _connection;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }

    private bool HasSnapshot => _isolationLevel is IsolationLevel.RepeatableRead or IsolationLevel.Snapshot or IsolationLevel.Serializable;

    /// <inheritdoc/>
    public override ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        ReadAsync(EventsQuery.OfStream(_context.Sql, query), sink, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        query.IsEmpty ? default : ReadAsync(EventsQuery.OfLog(_context.Sql, query), sink, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => await QueryAsync(
        new EventsQuery(_context.Sql.SelectMaxPosition, []),
        async command => await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long position ? (long?)position : null,
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken) => await ReadAsync(
        () => ExplainAsync(_context.Tracking.FindAsync(_connection, name, IsOwner ? _context.ReadTimeout : null, MayBeNew, cancellationToken)),
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken) => await QueryAsync(
        ViewReader.Create(_context.Others.Views().Of(query.Table), query),
        command => ViewReader.ReadAsync(command, query, sink, new Reading(_context.Times.Time), cancellationToken), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken) =>
        AppendAsync(request, isLast: false, cancellationToken);

    /// <param name="request">What to write.</param>
    /// <param name="isLast">Whether the commit follows at once.</param>
    /// <param name="cancellationToken">Cancels the call before the writing has begun.</param>
    private async ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, bool isLast, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        using var use = Use();
        var save = request.Events.Count == 0 ? null : await CreateSaveAsync(request).ConfigureAwait(false);
        var others = OtherWrites.Of(request);

        // The owner of an external transaction doesn't report its end, so the transaction itself notifies other processes.
        var notifies = !IsOwner || _context.Sql.NotifyInTransaction;
        var statements = await PrepareAsync(others, _context.WriteLockTimeout, notifies).ConfigureAwait(false);
        if (isLast)
        {
            statements = [InlineBatch.LimitPause(_context.Times), .. statements];
        }

        var batch = TransactionBatch<TKey>.ToWrite(
            _connection, _context.Sql, _context.Positions, statements, save, _context.WriteLockTimeout, notifies, _context.WriteTimeout, continues: request.Inline is not null);
        await using (batch.ConfigureAwait(false))
        {
            try
            {
                var positions = await batch.ExecuteAsync().ConfigureAwait(false);
                if (request.Inline is { } views)
                {
                    await WriteViewsAsync(views, positions).ConfigureAwait(false);
                }

                _hasTracked |= !others.IsEmpty || request.Inline is not null;
                if (save is not null)
                {
                    _written.Add(save);
                    _context.Positions.Saw(positions[^1]);
                }

                return positions;
            }
            catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
            {
                throw await UndoAsync(save, others, exception).ConfigureAwait(false);
            }
            catch
            {
                // A view can't process an event.
                _hasFailed |= !IsOpen || !await TransactionBatch<TKey>.TryUndoAsync(_connection, _context.WriteTimeout).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        if (request.Inline is not null)
        {
            // The commit can't be sent with the events, because rows have to be read and folded in between.
            var written = await AppendAsync(request, isLast: true, cancellationToken).ConfigureAwait(false);
            await CommitAsync(new([], AppendCondition.VersionsNext), cancellationToken).ConfigureAwait(false);
            return written;
        }

        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        using var use = Use();
        await ThrowIfUndoneAsync().ConfigureAwait(false);
        var save = request.Events.Count == 0 ? null : await CreateSaveAsync(request).ConfigureAwait(false);
        var others = OtherWrites.Of(request);

        // A row for each position or step, the lock of the store, and perhaps the lock to create the table.
        var lockTimeout = _context.CommitLockTimeoutOf(others.IsEmpty ? 1 : others.Count + (save is null ? 1 : 2));
        var statements = await PrepareAsync(others, lockTimeout, _context.Sql.NotifyInTransaction).ConfigureAwait(false);
        if (!_context.Leave(_open!))
        {
            throw ClosedStore.Exception();
        }

        var batch = save is null && statements.Length == 0
            ? TransactionBatch<TKey>.ToCommit(_connection)
            : TransactionBatch<TKey>.ToCommit(_connection, _context.Sql, _context.Positions, statements, save, lockTimeout);
        var positions = await CommitAsync(batch, save, others).ConfigureAwait(false);
        _hasEnded = true;
        if (save is not null)
        {
            _context.Positions.Saw(positions[^1]);
        }

        if (save is not null || _written.Count > 0)
        {
            _context.OnAppended();
        }

        if (_hasTracked || !others.IsEmpty)
        {
            _context.OnTracked();
        }

        return _open!.IsUnreplicated ? throw new InDoubtException(save?.AppendId ?? default) : save is null ? [] : positions;
    }

    /// <inheritdoc/>
    public override void Committed()
    {
        _context.OnAppended();
        _context.OnTracked();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _hasEnded = true;
        if (IsOwner)
        {
            GC.SuppressFinalize(this);
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether the write conflicts with that of another writer. For a serializable transaction, this may be a serialization failure.
    /// </summary>
    private static bool IsConflict(Exception exception) => PostgreSqlErrors.Classify(exception) == AppendFailure.Conflict
        || exception is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure };

    /// <summary>Begins a use of the connection, which the closing of the store must not touch before its end.</summary>
    private OpenUse Use() => _open is null || _open.TryUse() ? new OpenUse(_open)
        : throw (IsStoreClosed ? ClosedStore.Exception() : new TransactionException("The transaction has ended."));

    private async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _context.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (IsUsable)
        {
            return;
        }

        if (IsStoreClosed)
        {
            // The store was closed after the check above.
            throw ClosedStore.Exception();
        }

        throw !_hasFailed && !_hasEnded && (_connection.FullState & ConnectionState.Open) == 0
            ? new TransientStoreException("The connection of the transaction is lost, so the transaction is rolled back.")
            : new TransactionException(_hasFailed ? HasFailedText : "The transaction has ended.");
    }

    // Another object for the same external transaction may have created the table in it.
    private bool MayBeNew => _createsTracking || !IsOwner;

    /// <summary>
    /// Returns the statements that track positions and write steps of projections. A failure of the look-up leaves a transaction that can only be
    /// rolled back.
    /// </summary>
    private async ValueTask<NpgsqlBatchCommand[]> PrepareAsync(OtherWrites others, string lockTimeout, bool notifies)
    {
        List<NpgsqlBatchCommand> statements = [];
        if (others.Trackings.Count > 0)
        {
            var (tracking, creates) = await AttemptReadAsync(() => ExplainAsync(_context.Tracking.PrepareAsync(
                _connection, others.Trackings, HasSnapshot, lockTimeout, _context.WriteTimeout, MayBeNew))).ConfigureAwait(false);
            _createsTracking |= creates;
            statements.AddRange(tracking);
        }

        if (others.Projections.Count > 0)
        {
            if (statements.Count == 0)
            {
                statements.Add(new(TrackingTable.SetLockTimeout) { Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout } } });
            }

            statements.AddRange(ProjectionStatements.Create(_context.Others.Projections, _context.Others.Views(), others.Projections));
        }

        if (notifies && statements.Count > 0)
        {
            statements.Add(new(_context.Tracking.Notify));
        }

        return [.. statements];
    }

    /// <summary>Returns the exception for a failed write if a position or a step is the reason; otherwise null.</summary>
    private async Task<Exception?> ExplainAsync(OtherWrites others, Exception exception)
    {
        if (exception is PostgresException refused && PostgreSqlErrors.IsNotAdvanced(refused, out var step))
        {
            return new ProjectionFencedException(others.Projections[step].Lease.Projection);
        }

        if (others.Trackings.Count == 0)
        {
            return null;
        }

        if (exception is PostgresException { MessageText: { } text } && text.Contains(_context.Sql.Table, StringComparison.Ordinal))
        {
            return null; // It is about the events.
        }

        if (exception is not PostgresException error || !PostgreSqlErrors.IsNotTracked(error, out var number, out var tracked))
        {
            return _context.Tracking.Explain(exception) is var explained && explained != exception ? explained : null;
        }

        var tracking = others.Trackings[number];
        if (!(tracked >= tracking.Position) && !_hasFailed)
        {
            // The statement saw the table as of its start, and has waited for another runner since.
            try
            {
                tracked = await _context.Tracking.FindAsync(_connection, tracking.Name, _context.WriteTimeout, mayBeNew: true, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception failure) when (PostgreSqlErrors.IsOfOpenConnection(failure))
            {
                _hasFailed = true;
            }
        }

        return _context.Tracking.Refused(tracking, tracked, exception);
    }

    /// <summary>Awaits a query of the table of tracked positions.</summary>
    private async Task<TResult> ExplainAsync<TResult>(Task<TResult> query)
    {
        try
        {
            return await query.ConfigureAwait(false);
        }
        catch (PostgresException exception) when (_context.Tracking.Explain(exception) is StoreException explained)
        {
            _hasFailed = true;
            throw explained;
        }
    }

    private async ValueTask<QueuedSave<TKey>> CreateSaveAsync(AppendRequest<TKey> request)
    {
        var save = QueuedSave<TKey>.Create(request, _context.Times.Deadline());
        return save.HasOrder ? save : throw await FindConflictAsync(save, null).ConfigureAwait(false);
    }

    private async Task<long[]> CommitAsync(TransactionBatch<TKey> batch, QueuedSave<TKey>? save, OtherWrites others)
    {
        var committing = batch.ExecuteAsync();
        try
        {
            // It isn't cancelled, because the server handles a commit as a whole in any case. But the wait is limited.
            var positions = await committing.WaitAsync(_context.Times.Patience, _context.Times.Time).ConfigureAwait(false);
            await batch.DisposeAsync().ConfigureAwait(false);
            return positions;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            if (!committing.IsCompleted)
            {
                if (_open!.TryEnd())
                {
                    _ = CloseWhenEndedAsync(committing);
                }
            }
            else if (exception is NpgsqlOperationInProgressException || IsOpen)
            {
                _context.Enter(_open!);
                throw await UndoAsync(save, others, exception).ConfigureAwait(false);
            }

            _hasEnded = true;
            await CloseAsync().ConfigureAwait(false);
            if (IsRolledBack(exception, batch))
            {
                throw save is not null && !batch.IsPastWriting && IsConflict(exception)
                    ? await FindConflictAsync(save, exception).ConfigureAwait(false)
                    : PostgreSqlErrors.ToException(exception);
            }

            return (save ?? _written.LastOrDefault()) is { } written
                ? await _context.Outcome.FindAsync(written, _open!.ProcessId, exception).ConfigureAwait(false)
                : throw new InDoubtException(default, exception);
        }
    }

    /// <summary>
    /// Whether it is certain that nothing was committed: after an error at the commit itself; or if the server ended the connection while it was
    /// still writing, because its answers come in their order. A pgbouncer may send an error of its own in between.
    /// </summary>
    private bool IsRolledBack(Exception exception, TransactionBatch<TKey> batch) => exception is PostgresException
        && (PostgreSqlErrors.Classify(exception) != AppendFailure.Unknown || (!batch.IsPastWriting && !_context.IsPooledByServer));

    /// <summary>Undoes a failed write, and nothing else.</summary>
    /// <returns>The exception for the caller.</returns>
    private async Task<Exception> UndoAsync(QueuedSave<TKey>? save, OtherWrites others, Exception exception)
    {
        if (IsStoreClosed)
        {
            _hasFailed = true;
            return ClosedStore.Exception(exception);
        }

        if (IsOwner && PostgreSqlErrors.IsReadOnly(exception))
        {
            // The next transaction may use another server.
            _context.Clear(_connection);
        }

        switch (exception)
        {
            case NpgsqlOperationInProgressException:
                return new TransactionException("A data reader on the connection of the transaction is still open. Nothing was written.", exception);
            case PostgresException { SqlState: PostgresErrorCodes.InFailedSqlTransaction }:
                _hasFailed = true;
                return new TransactionException(HasFailedText, exception);
        }

        _hasFailed |= (save is null && others.IsEmpty) || !IsOpen || !await TransactionBatch<TKey>.TryUndoAsync(_connection, _context.WriteTimeout).ConfigureAwait(false);
        if (!others.IsEmpty && await ExplainAsync(others, exception).ConfigureAwait(false) is { } explained)
        {
            return explained;
        }

        return save is not null && IsConflict(exception)
            ? await FindConflictAsync(save, exception).ConfigureAwait(false)
            : PostgreSqlErrors.ToException(exception);
    }

    /// <summary>
    /// Throws if earlier writes were undone by a rollback to a savepoint, or by a ROLLBACK of the user's followed by another BEGIN. The server
    /// doesn't report this, so it is queried for a row of each write; each was written as a whole.
    /// </summary>
    private async Task ThrowIfUndoneAsync()
    {
        if (_written.Count == 0)
        {
            return;
        }

        bool isThere;
        try
        {
            isThere = await StoredVersions.AreStoredAsync(_connection, _context.Sql, _written, _context.WriteTimeout).ConfigureAwait(false);
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            throw await UndoAsync(null, OtherWrites.None, exception).ConfigureAwait(false);
        }

        if (!isThere)
        {
            _hasFailed = true;
            throw Undone();
        }
    }

    private Task<Exception> FindConflictAsync(QueuedSave<TKey> save, Exception? reason) =>
        _context.Outcome.FindConflictAsync(save, HasSnapshot, LookInsideAsync, reason);

    private async Task<Exception?> LookInsideAsync(QueuedSave<TKey> save)
    {
        if (!IsUsable)
        {
            return null;
        }

        try
        {
            return (await StoredVersions.ReadAsync(_connection, _context.Sql, [save], null, _context.WriteTimeout).ConfigureAwait(false))[0].Error;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            _hasFailed = true;
            return null;
        }
    }

    private async ValueTask ReadAsync(EventsQuery query, EventSink<TKey> sink, CancellationToken cancellationToken) => await QueryAsync(
        query, command => RowReader.ReadAsync(command, sink, new Reading(_context.Times.Time), cancellationToken), cancellationToken).ConfigureAwait(false);

    private Task<TResult> QueryAsync<TResult>(EventsQuery query, Func<NpgsqlCommand, Task<TResult>> run, CancellationToken cancellationToken) => ReadAsync(
        async () =>
        {
            var command = new NpgsqlCommand(query.Text, _connection);
            if (IsOwner)
            {
                command.CommandTimeout = _context.ReadTimeout;
            }

            await using (command.ConfigureAwait(false))
            {
                command.Parameters.AddRange(query.Parameters);
                return await run(command).ConfigureAwait(false);
            }
        },
        cancellationToken);

    private async Task<TResult> ReadAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken).ConfigureAwait(false);
        using var use = Use();
        return await AttemptReadAsync(read).ConfigureAwait(false);
    }

    /// <summary>Reads on the connection. If that fails, the transaction can only be rolled back.</summary>
    private async Task<TResult> AttemptReadAsync<TResult>(Func<Task<TResult>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (NpgsqlOperationInProgressException exception)
        {
            throw new TransactionException("A data reader on the connection of the transaction is still open.", exception);
        }
        catch (OperationCanceledException)
        {
            _hasFailed = true;
            throw;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            _hasFailed = true;
            throw IsStoreClosed ? ClosedStore.Exception(exception)
                : exception is PostgresException { SqlState: PostgresErrorCodes.InFailedSqlTransaction }
                ? new TransactionException(HasFailedText, exception)
                : PostgreSqlErrors.ToReadException(exception);
        }
    }

    /// <summary>Rolls back open work and returns the connection. The wait is limited, because the connection may be dead.</summary>
    private async Task CloseAsync()
    {
        if (!_open!.TryEnd())
        {
            return;
        }

        try
        {
            await _context.ReturnAsync(_open).WaitAsync(LongestClosing, _context.Times.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The work continues by itself.
        }
    }

    private async Task CloseWhenEndedAsync(Task work)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _context.ReturnAsync(_open!).ConfigureAwait(false);
    }

    private readonly struct OpenUse(OpenTransaction? open) : IDisposable
    {
        public void Dispose() => open?.EndUse();
    }
}
