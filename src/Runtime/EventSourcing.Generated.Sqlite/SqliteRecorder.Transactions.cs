using System.ComponentModel;
using System.Data;
using System.Data.Common;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

public partial class SqliteRecorder<TKey> : IDatabaseSource
{
    private readonly OpenTransactions<OpenTransaction> _transactions = new();

    private OtherTables Writes => field ??= new(_tracking, _projections, ViewTables);

    /// <inheritdoc/>
    /// <remarks>SQLite's transactions are all serializable, whatever isolation level is requested.</remarks>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public async ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        if (!readOnly || open.Path is null)
        {
            OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        }

        var transaction = new OpenTransaction(open, LockTimeout, readOnly, _options);
        await BeginAsync(transaction, cancellationToken).ConfigureAwait(false);
        return new OwnTransaction<TKey>(_reader, Writes, LockTimeout, transaction);
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public RecorderTransaction<TKey> Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        _opening.ThrowIfClosed();
        if (transaction is not SqliteTransaction ofSqlite)
        {
            throw new TransactionException($"The transaction is a {transaction.GetType().Name}, but the store uses SQLite and needs a SqliteTransaction.");
        }

        var session = new ExternalTransaction<TKey>(this, _reader, Writes, LockTimeout, ofSqlite);
        session.ThrowIfElsewhere();
        return session;
    }

    /// <summary>Begins a transaction that the closing of the store will end if it is still open.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed, or was closed meanwhile.</exception>
    private async ValueTask BeginAsync(OpenTransaction transaction, CancellationToken cancellationToken)
    {
        _transactions.Enter(transaction);
        transaction.Ended = ended => _transactions.Leave(ended);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _transactions.Closing);
            await transaction.BeginAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _transactions.ThrowIfClosed();
            throw;
        }
    }

    bool IDatabaseSource.IsReachedBy(SqliteConnection connection) =>
        _database is { } open ? open.IsReachedBy(connection)
        : _address.Path is { } path && SqliteAddress.PathOf(connection) is { } other && CanonicalPath.Comparer.Equals(CanonicalPath.Of(path), other);

    ValueTask<SqliteDatabase> IDatabaseSource.OpenedAsync(CancellationToken cancellationToken) => GetDatabaseAsync(cancellationToken);

    SqliteDatabase? IDatabaseSource.Opened => _database;
}
