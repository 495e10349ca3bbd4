using System.ComponentModel;
using System.Data;
using System.Data.Common;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

public partial class SqliteRecorder<TKey> : IDatabaseSource
{
    private readonly OpenTransactions _transactions = new();

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
        await _transactions.BeginAsync(transaction, cancellationToken).ConfigureAwait(false);
        return new OwnTransaction<TKey>(_reader, LockTimeout, transaction);
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public RecorderTransaction<TKey> Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (transaction is not SqliteTransaction ofSqlite)
        {
            throw new TransactionException($"The transaction is a {transaction.GetType().Name}, but the store uses SQLite and needs a SqliteTransaction.");
        }

        var session = new ExternalTransaction<TKey>(this, _reader, LockTimeout, ofSqlite);
        session.ThrowIfElsewhere();
        return session;
    }

    bool IDatabaseSource.IsReachedBy(SqliteConnection connection) =>
        _database is { } open ? open.IsReachedBy(connection)
        : _address.Path is { } path && SqliteAddress.PathOf(connection) is { } other && CanonicalPath.Comparer.Equals(CanonicalPath.Of(path), other);

    ValueTask<SqliteDatabase> IDatabaseSource.OpenedAsync(CancellationToken cancellationToken) => GetDatabaseAsync(cancellationToken);

    SqliteDatabase? IDatabaseSource.Opened => _database;
}
