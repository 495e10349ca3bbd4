using System.Buffers;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Runs the queries of readers and passes their rows to a sink, through one buffer that is reused for each row.</summary>
internal static class RowReader
{
    // Rows that have come together are passed together, because a lock and a look at the clock cost as much as a small row.
    private const int RowsAtOnce = 64;

    private static readonly string[] Columns = ["id", "originator_id", "originator_version", "topic", "state"];

    /// <summary>Reads rows of the columns id, originator_id, originator_version, topic, state, metadata.</summary>
    /// <returns>The number of rows.</returns>
    public static async Task<int> ReadAsync<TKey>(NpgsqlCommand command, EventSink<TKey> sink, Reading reading, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        var rows = 0;
        try
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var next = reader.ReadAsync(cancellationToken);
                while (await next.ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    lock (reading)
                    {
                        reading.OnRows();
                        do
                        {
                            Give(reader, sink, ref buffer);
                            rows++;
                            if (sink.IsFull)
                            {
                                return rows;
                            }

                            next = reader.ReadAsync(cancellationToken);
                        }
                        while (rows % RowsAtOnce != 0 && next.IsCompletedSuccessfully && next.Result);
                    }
                }
            }

            return rows;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Give<TKey>(NpgsqlDataReader reader, EventSink<TKey> sink, ref byte[] buffer)
        where TKey : notnull
    {
        long position, version;
        TKey originatorId;
        int topic, state, metadata;
        try
        {
            // In the order of the columns: for an earlier column the driver would return to the start of the row.
            position = reader.GetInt64(0);
            originatorId = reader.GetFieldValue<TKey>(1);
            version = reader.GetInt64(2);
            topic = Read(reader, 3, ref buffer, 0);
            state = Read(reader, 4, ref buffer, topic);
            metadata = reader.IsDBNull(5) ? 0 : Read(reader, 5, ref buffer, topic + state);
        }
        catch (InvalidCastException) when (FindNull(reader) is { } column)
        {
            throw NullIn<TKey>(reader, column);
        }

        sink.Add(new EventRow<TKey>
        {
            Position = position,
            OriginatorId = originatorId,
            OriginatorVersion = version,
            Topic = buffer.AsSpan(0, topic),
            State = buffer.AsSpan(topic, state),
            Metadata = buffer.AsSpan(topic + state, metadata),
        });
    }

    /// <summary>Finds the first null in a column that must not be null. A table that another program created may permit it.</summary>
    private static int? FindNull(NpgsqlDataReader reader)
    {
        for (var column = 0; column < Columns.Length; column++)
        {
            if (reader.IsDBNull(column))
            {
                return column;
            }
        }

        return null;
    }

    private static StreamCorruptedException NullIn<TKey>(NpgsqlDataReader reader, int column)
        where TKey : notnull => new(
            $"the column {Columns[column]} is null", reader.IsDBNull(3) ? "" : reader.GetString(3), reader.IsDBNull(1) ? null : reader.GetFieldValue<TKey>(1),
            reader.IsDBNull(2) ? 0 : reader.GetInt64(2), reader.IsDBNull(0) ? null : reader.GetInt64(0));

    /// <summary>Copies a value to the end of the one before it.</summary>
    /// <returns>Its length.</returns>
    private static int Read(NpgsqlDataReader reader, int column, ref byte[] buffer, int at)
    {
        var length = (int)reader.GetBytes(column, 0, buffer, at, buffer.Length - at);
        if (at + length < buffer.Length)
        {
            return length;
        }

        // The buffer is full, so there may be more.
        length = (int)reader.GetBytes(column, 0, null, 0, 0);
        if (buffer.Length < at + length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(at + length);
            buffer.AsSpan(0, at).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        return (int)reader.GetBytes(column, 0, buffer, at, length);
    }
}
