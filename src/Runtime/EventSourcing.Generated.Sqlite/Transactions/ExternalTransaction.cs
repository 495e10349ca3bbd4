using System.Data;
using System.Data.Common;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// A transaction that the user began and will end, on the user's own connection. It doesn't take the gate of the file: SQLite's write lock is
/// taken with the first write, and the user releases it. Statements are prepared for each call, because the connection isn't ours.
/// </summary>
internal sealed class ExternalTransaction<TKey>(
    IDatabaseSource source, RowReader<TKey> reader, OtherTables tables, int lockTimeout, SqliteTransaction transaction) : RecorderTransaction<TKey>, IHolder
    where TKey : notnull
{
    private SqliteDatabase? _database;
    private bool _hasWritten;
    private bool _hasTracked;
    private bool _isDisposed;

    public override DbConnection Connection => OpenConnection();

    public override DbTransaction DbTransaction
    {
        get
        {
            OpenConnection();
            return transaction;
        }
    }

    public override bool IsUsable => !_isDisposed && IsOpen(out var connection) && (connection as TransactionConnection)?.Log?.Failure is null;

    public bool Holds(SqliteDatabase database, SqliteConnection? except) =>
        _hasWritten && _database == database && IsOpen(out var connection) && connection != except;

    public override ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        return ReadAsync(session => reader.ReadStream(session, query, sink, cancellationToken), cancellationToken);
    }

    public override ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        query.IsEmpty ? default : ReadAsync(session => reader.ReadLog(session, query, sink, cancellationToken), cancellationToken);

    public override async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken)
    {
        long? position = null;
        await ReadAsync(session => position = reader.ReadMaxPosition(session), cancellationToken).ConfigureAwait(false);
        return position;
    }

    public override async ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken)
    {
        long? position = null;
        await ReadAsync(session => position = tables.Tracking.Find(session, name), cancellationToken).ConfigureAwait(false);
        return position;
    }

    public override ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken) =>
        ReadAsync(session => ViewReader.Read(session, tables.Views.Of(query.Table), query, sink, cancellationToken), cancellationToken);

    public override async ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OwnTransaction<TKey>.ThrowIfHeldByThisFlow(_database!, OpenConnection());

            // The lock first: after a read, SQLite would refuse it as soon as another connection has written.
            await LockWait.RunAsync(() => TryLock(session), lockTimeout, cancellationToken).ConfigureAwait(false);
            var save = request.Events.Count == 0 ? null : EventsSave<TKey>.Create(reader.Sql, lockTimeout, request, tables.Projections, tables.Views);
            lock (session.Sync)
            {
                _database!.File?.ThrowIfCut(session.Handle);
                SavepointWrite.Run(session, tables, request, save, session.Log);
                session.Log?.NoteWrite();
            }

            _hasWritten = true;
            _hasTracked |= request.Trackings.Count + request.Projections.Count > 0 || request.Inline is not null;
            return save?.Positions ?? [];
        }
        finally
        {
            session.Close();
        }
    }

    public override ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken) =>
        throw new TransactionException("The code that began the transaction must commit it.");

    public override void Committed()
    {
        source.Opened?.NoteCommit();
        if (_hasTracked)
        {
            source.Opened?.Tracked.Set();
        }
    }

    public override ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return default;
    }

    public void ThrowIfElsewhere()
    {
        if (!source.IsReachedBy(OpenConnection()))
        {
            throw new TransactionException("The transaction uses a different database file than the store.");
        }
    }

    private bool TryLock(StoreConnection session)
    {
        int result;
        lock (session.Sync)
        {
            ThrowIfEnded();
            result = session.TryRun($"DELETE FROM \"{reader.Sql.Table.Replace("\"", "\"\"", StringComparison.Ordinal)}\" WHERE 0");
        }

        if (result == raw.SQLITE_BUSY_SNAPSHOT)
        {
            throw new TransientStoreException(
                "Another connection has written since the first read of the transaction, so the transaction can't write any more. Roll it back and begin it again. With deferred: false it can always write.",
                SqliteErrors.ToException(result, session.Handle).InnerException);
        }

        if (LockWait.IsBusy(result))
        {
            return false;
        }

        SqliteErrors.Check(result, session.Handle);
        return true;
    }

    private async ValueTask ReadAsync<TResult>(Func<StoreConnection, TResult> read, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (session.Sync)
            {
                read(session);
            }
        }
        finally
        {
            session.Close();
        }
    }

    /// <summary>Returns a session on the user's connection, and opens the store if needed.</summary>
    private async ValueTask<StoreConnection> OpenAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        _database = await source.OpenedAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfEnded();
        _database.File?.ThrowIfAnother(OpenConnection().Handle!);
        return _database.On(OpenConnection());
    }

    private void ThrowIfEnded()
    {
        if (_isDisposed || !IsOpen(out var connection))
        {
            throw new TransactionException("The transaction has ended, or was rolled back by SQLite.");
        }

        if ((connection as TransactionConnection)?.Log?.Failure is { } failure)
        {
            throw new TransactionException("A SQL statement in the transaction has failed.", failure);
        }
    }

    private SqliteConnection OpenConnection() => IsOpen(out var connection) ? connection! : throw new TransactionException("The transaction has ended.");

    private bool IsOpen(out SqliteConnection? connection)
    {
        connection = transaction.Connection;
        return connection is { State: ConnectionState.Open, Handle: { } handle } && raw.sqlite3_get_autocommit(handle) == 0;
    }
}
