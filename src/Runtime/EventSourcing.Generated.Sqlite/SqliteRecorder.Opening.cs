using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

public partial class SqliteRecorder<TKey>
{
    // Guards the registration of our signal with the database, which lasts only while a subscription watches.
    private readonly Lock _watching = new();
    private readonly AppendSignal _appended;
    private bool _isWatched;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IReadOnlyList<string> OtherTables { get; private set; } = [];

    /// <inheritdoc/>
    public AppendWatch Watch()
    {
        _opening.ThrowIfClosed();
        return _appended.Watch();
    }

    /// <inheritdoc/>
    public async ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default)
    {
        _opening.ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        var open = _database ?? await OpenDatabaseAsync(create: true, cancellationToken).ConfigureAwait(false);
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        await open.Writer.RunAsync(EnsureTable, LockTimeout).ConfigureAwait(false);

        void EnsureTable(StoreConnection session)
        {
            session.SetBusyTimeout(_address.LockTimeout);
            OtherTables = _table.Ensure(session, create: true);
            ViewTables.Ensure(session, create: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default)
    {
        _opening.ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return _database is null
            ? VerifyClosed()
            : await ReadAsync(static (recorder, session, _, _, _) => recorder.Compare(session), default(ValueTuple), null, cancellationToken).ConfigureAwait(false);
    }

    private List<string> Compare(StoreConnection session) => [.. _table.Compare(session), .. _tracking.Compare(session), .. ViewTables.Compare(session), .. ViewTables.CompareVersions(session)];

    /// <summary>Compares the tables without opening the store, which would create missing parts.</summary>
    private List<string> VerifyClosed()
    {
        if (_address.Path is not { } path)
        {
            return ["The database in memory isn't open yet, and has no tables."];
        }

        if (Directory.Exists(path))
        {
            return ["The path of the database is a folder."];
        }

        if (!File.Exists(path))
        {
            return ["The database file is missing."];
        }

        var session = StoreConnection.OpenReader(new StoreFile(CanonicalPath.Of(path)), _address.LockTimeout, _address.Creator);
        try
        {
            return session.Pragma("encoding") == "UTF-8" ? Compare(session) : ["The encoding of the database is UTF-16 instead of UTF-8."];
        }
        finally
        {
            session.Close();
        }
    }

    private ValueTask<SqliteDatabase> GetDatabaseAsync(CancellationToken cancellationToken)
    {
        _opening.ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return _database is { } open ? new ValueTask<SqliteDatabase>(open) : OpenDatabaseAsync(Sql.CreateTables, cancellationToken);
    }

    private async ValueTask<SqliteDatabase> OpenDatabaseAsync(bool create, CancellationToken cancellationToken)
    {
        await _opening.OpenAsync(() => OpenNowAsync(create, cancellationToken), cancellationToken).ConfigureAwait(false);

        // Null only if the store was closed meanwhile.
        var open = _database;
        _opening.ThrowIfClosed();
        return open!;
    }

    private async ValueTask OpenNowAsync(bool create, CancellationToken cancellationToken)
    {
        var open = await SqliteDatabase.AcquireAsync(_address).ConfigureAwait(false);
        try
        {
            if (!open.Gate.IsTaken || !await FitsAsync(open, cancellationToken).ConfigureAwait(false))
            {
                OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
                await open.Writer.RunAsync(
                    session =>
                    {
                        session.SetBusyTimeout(_address.LockTimeout);
                        OtherTables = _table.Ensure(session, create);
                        ViewTables.Ensure(session, create);
                    },
                    LockTimeout).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            // The writer may wait for another process. A caller that has cancelled doesn't wait for the writer.
            var releasing = open.ReleaseAsync().AsTask();
            if (!cancellationToken.IsCancellationRequested)
            {
                await releasing.ConfigureAwait(false);
            }

            throw;
        }

        SetDatabase(open);
    }

    private async ValueTask CloseNowAsync()
    {
        // First, because the saves that were begun may wait for one of them.
        var (transactions, allEnded) = await _transactions.CloseAsync().ConfigureAwait(false);
        foreach (var transaction in transactions)
        {
            transaction.Close();
        }

        await allEnded.ConfigureAwait(false);
        if (_database is { } open)
        {
            SetDatabase(null);
            await open.Writer.RunAsync(null).ConfigureAwait(false);
            await open.ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether nothing has to be created, so that the opening needn't wait for a store transaction on the file.</summary>
    private async ValueTask<bool> FitsAsync(SqliteDatabase open, CancellationToken cancellationToken)
    {
        StoreConnection? session = null;
        try
        {
            session = await open.Readers.RentAsync(cancellationToken).ConfigureAwait(false);
            lock (session.Sync)
            {
                return _table.Compare(session).Count + ViewTables.Compare(session).Count == 0;
            }
        }
        catch (StoreException)
        {
            // The file may not exist yet.
            return false;
        }
        finally
        {
            if (session is not null)
            {
                open.Readers.Return(session);
            }
        }
    }

    /// <summary>Takes the database, or releases it.</summary>
    private void SetDatabase(SqliteDatabase? database)
    {
        lock (_watching)
        {
            if (_isWatched)
            {
                _database?.Appends.Remove(_appended);
                database?.Appends.Add(_appended);
            }

            _database = database;
        }

        // Subscriptions poll again: for events that were written before we were registered, or to find that the store is closed.
        _appended.Set();
    }

    /// <summary>Called when the first watch begins, and when the last one ends.</summary>
    private void SetWatched(bool isWatched)
    {
        lock (_watching)
        {
            _isWatched = isWatched;
            if (isWatched)
            {
                _database?.Appends.Add(_appended);
            }
            else
            {
                _database?.Appends.Remove(_appended);
            }
        }
    }
}
