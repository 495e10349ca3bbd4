using System.Data.Common;
using EventSourcing.CompilerServices;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>A session that may keep others from writing to a database.</summary>
internal interface IHolder
{
    /// <summary>Whether only its own connection can write to the database before its end.</summary>
    bool Holds(SqliteDatabase database, SqliteConnection? except);
}

/// <summary>An outer transaction, as the core uses it. When it is forgotten, the garbage collector ends it.</summary>
internal sealed class SqliteTransactionSession<TKey>(SqliteRecorder<TKey> recorder, OuterTransaction transaction) : TransactionSession<TKey>, IHolder
    where TKey : notnull
{
    /// <summary>A forgotten transaction must not hold the file for ever.</summary>
    ~SqliteTransactionSession() => ThreadPool.UnsafeQueueUserWorkItem(static transaction => transaction.End(), transaction, preferLocal: false);

    public override DbConnection Connection => transaction.Connection;

    public override DbTransaction DbTransaction => transaction.Transaction;

    public override bool IsUsable => transaction.IsUsable;

    /// <summary>For tests.</summary>
    public OuterTransaction Transaction => transaction;

    /// <summary>To wait for a transaction that is around the caller would be in vain.</summary>
    public static void ThrowIfHeldByThisFlow(SqliteDatabase database, SqliteConnection? except = null)
    {
        foreach (var session in OfThisFlow)
        {
            if (session is IHolder holder && holder.Holds(database, except))
            {
                throw new TransactionException(
                    "The transaction that this is called in holds the database file, so no other connection can write to it before its end. Save after it, or in the same transaction.");
            }
        }
    }

    public bool Holds(SqliteDatabase database, SqliteConnection? except) =>
        transaction.HoldsGate && transaction.Database == database && (except is null || !transaction.IsOn(except));

    public override ValueTask ReadEventsAsync(
        TKey originatorId, EventSink<TKey> sink, long? after, long? upTo, bool descending, int? limit, CancellationToken cancellationToken)
    {
        var query = SqliteRecorder<TKey>.EventsQuery.Of(originatorId, after, upTo, descending, limit);
        transaction.Read(session => recorder.ReadEvents(session, query, sink, cancellationToken));
        return default;
    }

    public override ValueTask ReadNotificationsAsync(
        EventSink<TKey> sink, int limit, long? start, long? stop, IReadOnlyCollection<string>? topics, bool inclusiveOfStart,
        CancellationToken cancellationToken)
    {
        if (SqliteRecorder<TKey>.LogQuery.Of(limit, start, stop, topics, inclusiveOfStart) is { } query)
        {
            transaction.Read(session => recorder.ReadLog(session, query, sink, cancellationToken));
        }

        return default;
    }

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => new(transaction.Read(recorder.ReadMaxPosition));

    public override ValueTask<IReadOnlyList<long>> WriteAsync(IReadOnlyList<StoredEvent<TKey>> events, bool contiguous, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Write(events, contiguous));
    }

    public override ValueTask<IReadOnlyList<long>> CommitAsync(IReadOnlyList<StoredEvent<TKey>> events, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        transaction.ThrowIfUndone(Undone);
        var positions = events.Count == 0 ? [] : Write(events, contiguous: true);
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

    private IReadOnlyList<long> Write(IReadOnlyList<StoredEvent<TKey>> events, bool contiguous)
    {
        var save = new EventsSave<TKey>(recorder, events, contiguous);
        transaction.Write(save);
        return save.Positions;
    }
}
