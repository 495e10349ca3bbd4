using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Runs the queries of one events table on a connection, and passes the rows to a sink directly from SQLite's memory.</summary>
/// <param name="sql">The queries.</param>
internal sealed class RowReader<TKey>(SqliteEventsSql sql)
    where TKey : notnull
{
    private const int LongestTopicShown = 1000; // bytes
    private const int NoLimit = -1;

    public SqliteEventsSql Sql => sql;

    /// <summary>Reads events of one aggregate.</summary>
    /// <returns>How many rows were read.</returns>
    public int ReadStream(StoreConnection session, in StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var statements = session.For(sql);
        var statement = query.Descending ? statements.SelectEventsDescending : statements.SelectEvents;
        KeyColumn<TKey>.Bind(statement, 1, query.OriginatorId);
        statement.BindInt64(2, query.After);
        statement.BindInt64(3, query.UpTo);
        statement.BindInt64(4, query.Limit ?? NoLimit);
        return ReadRows(session, statement, sink, cancellationToken);
    }

    /// <summary>Reads a part of the log.</summary>
    /// <returns>How many rows were read.</returns>
    public int ReadLog(StoreConnection session, in LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var statements = session.For(sql);
        var statement = query.Topics is null ? statements.SelectNotifications : statements.SelectNotificationsOfTopics;
        statement.BindInt64(1, query.First);
        statement.BindInt64(2, query.Last);
        statement.BindInt64(3, query.Limit);
        if (query.Topics is { } topics)
        {
            statement.BindUtf8(4, ToJson(topics));
        }

        return ReadRows(session, statement, sink, cancellationToken);
    }

    private static int ReadRows(StoreConnection session, SqliteStatement statement, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var rows = 0;
        try
        {
            while (statement.Step())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var id = ReadKeyOfRow(statement);
                var version = statement.IsInteger(2) ? statement.ReadInt64(2) : throw Damaged(statement, "its version isn't a whole number", id);
                Give(sink, statement.ReadInt64(0), id, version, statement.ReadBlob(3), statement.ReadBlob(4), statement.ReadBlob(5));
                rows++;
                if (sink.IsFull)
                {
                    break;
                }
            }

            if (rows == 0)
            {
                session.ThrowIfReplaced();
            }

            return rows;
        }
        finally
        {
            // A statement that is left open would prevent the log from being moved into the database.
            statement.Reset();
        }
    }

    // A row is large enough for the compiler to create and copy it in 256-bit registers. Code that does so must have returned before SQLite is
    // called again: their upper halves slow down SQLite's code, and the runtime's for the call, on some processors by 100 ns a call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Give(
        EventSink<TKey> sink, long position, TKey id, long version, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state, ReadOnlySpan<byte> metadata) =>
        sink.Add(new EventRow<TKey>
        {
            Position = position,
            OriginatorId = id,
            OriginatorVersion = version,
            Topic = topic,
            State = state,
            Metadata = metadata,
        });

    private static TKey ReadKeyOfRow(SqliteStatement statement)
    {
        try
        {
            var key = KeyColumn<TKey>.Read(statement, 1);
            return key is string { Length: 0 } && statement.IsNull(1) ? throw Damaged(statement, "the id of the aggregate is NULL", null) : key;
        }
        catch (StoreException exception)
        {
            throw Damaged(statement, $"the id of the aggregate can't be read. {exception.Message}", null);
        }
    }

    /// <summary>
    /// Creates the exception for a damaged row, which it names. A program other than the store has written the row: SQLite accepts values of
    /// any type in a column.
    /// </summary>
    private static StreamCorruptedException Damaged(SqliteStatement statement, string reason, object? key)
    {
        var topic = statement.ReadBlob(3);
        return new(reason, Encoding.UTF8.GetString(topic[..Math.Min(topic.Length, LongestTopicShown)]), key, statement.ReadInt64(2), statement.ReadInt64(0));
    }

    /// <summary>Reads the greatest position; null when there is none.</summary>
    public long? ReadMaxPosition(StoreConnection session)
    {
        session.ThrowIfReplaced();
        return ReadNumber(session.For(sql).SelectMaxPosition);
    }

    /// <summary>Reads the greatest position that was ever assigned; null if the table does not keep it.</summary>
    public long? ReadGivenPosition(StoreConnection session)
    {
        var statements = session.For(sql);
        if (ReadNumber(statements.SelectHasSequences) is null or 0)
        {
            return null;
        }

        statements.SelectGivenPosition.BindText(1, sql.Table);
        return ReadNumber(statements.SelectGivenPosition);
    }

    /// <summary>Reads the first column of the first row; null if there is none.</summary>
    private static long? ReadNumber(SqliteStatement statement)
    {
        try
        {
            return statement.Step() && !statement.IsNull(0) ? statement.ReadInt64(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static byte[] ToJson(IReadOnlyCollection<string> topics)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        foreach (var topic in topics)
        {
            writer.WriteStringValue(topic);
        }

        writer.WriteEndArray();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
