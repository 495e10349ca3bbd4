using System.Data.Common;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>A transaction that may keep others from writing to a database.</summary>
internal interface IHolder
{
    /// <summary>Whether only its own connection can write to the database before its end.</summary>
    bool Holds(SqliteDatabase database, SqliteConnection? except);
}

/// <summary>A store transaction, as the core uses it. If it is forgotten, the garbage collector ends it.</summary>
internal sealed class OwnTransaction<TKey>(RowReader<TKey> reader, OtherTables tables, int lockTimeout, OpenTransaction transaction) : RecorderTransaction<TKey>, IHolder
    where TKey : notnull
{
    /// <summary>Ends a forgotten transaction, which must not hold the file for ever.</summary>
    ~OwnTransaction() => ThreadPool.UnsafeQueueUserWorkItem(static transaction => transaction.End(), transaction, preferLocal: false);

    public override DbConnection Connection => transaction.Connection;

    public override DbTransaction DbTransaction => transaction.Transaction;

    internal override bool IsOfValues(DbException exception) =>
        exception is SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG };

    public override bool IsUsable => transaction.IsUsable;

    public override bool IsStoreClosed => transaction.IsClosed;

    /// <summary>For tests.</summary>
    public OpenTransaction Transaction => transaction;

    /// <summary>Throws if a transaction around the caller holds the database: a wait for it would never end.</summary>
    public static void ThrowIfHeldByThisFlow(SqliteDatabase database, SqliteConnection? except = null)
    {
        foreach (var session in OfThisFlow)
        {
            if (session is IHolder holder && holder.Holds(database, except))
            {
                throw new TransactionException(
                    "The current transaction holds the database file, so no other connection can write to the file before the transaction ends. Save after the transaction, or in it.");
            }
        }
    }

    public bool Holds(SqliteDatabase database, SqliteConnection? except) =>
        transaction.HoldsGate && transaction.Database == database && (except is null || !transaction.IsOn(except));

    public override ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        transaction.Read(session => reader.ReadStream(session, query, sink, cancellationToken));
        return default;
    }

    public override ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        if (!query.IsEmpty)
        {
            transaction.Read(session => reader.ReadLog(session, query, sink, cancellationToken));
        }

        return default;
    }

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => new(transaction.Read(reader.ReadMaxPosition));

    public override ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken) =>
        new(transaction.Read(session => tables.Tracking.Find(session, name)));

    public override ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        transaction.Read(session => ViewReader.Read(session, tables.Views.Of(query.Table), query, sink, cancellationToken));
        return default;
    }

    public override ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Append(request));
    }

    public override ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        transaction.ThrowIfUndone(Undone);
        var positions = request.IsEmpty ? [] : Append(request);
        transaction.Commit();
        return new(positions);
    }

    public override void Committed() => transaction.Database.NoteCommit();

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        transaction.End();
        return default;
    }

    private IReadOnlyList<long> Append(AppendRequest<TKey> request)
    {
        var save = request.Events.Count == 0 ? null : EventsSave<TKey>.Create(reader.Sql, lockTimeout, request, tables.Projections, tables.Views);
        transaction.Write(tables, request, save);
        return save?.Positions ?? [];
    }
}
