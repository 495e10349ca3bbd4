using System.Buffers;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Runs the queries of readers and gives their rows to a sink, through one buffer that is used again for each row.</summary>
internal static class RowReader
{
    /// <summary>Reads rows of the columns id, originator_id, originator_version, topic, state, metadata.</summary>
    /// <returns>How many.</returns>
    internal static async Task<int> ReadAsync<TKey>(NpgsqlCommand command, EventSink<TKey> sink, Action onRow, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        var rows = 0;
        try
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    onRow();
                    Give(reader, sink, ref buffer);
                    rows++;
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
        var hasMetadata = !reader.IsDBNull(5);
        var topic = (int)reader.GetBytes(3, 0, null, 0, 0);
        var state = (int)reader.GetBytes(4, 0, null, 0, 0);
        var metadata = hasMetadata ? (int)reader.GetBytes(5, 0, null, 0, 0) : 0;
        if (buffer.Length < topic + state + metadata)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
            buffer = ArrayPool<byte>.Shared.Rent(topic + state + metadata);
        }

        reader.GetBytes(3, 0, buffer, 0, topic);
        reader.GetBytes(4, 0, buffer, topic, state);
        if (hasMetadata)
        {
            reader.GetBytes(5, 0, buffer, topic + state, metadata);
        }

        sink.Add(new EventRow<TKey>
        {
            Position = reader.GetInt64(0),
            OriginatorId = reader.GetFieldValue<TKey>(1),
            OriginatorVersion = reader.GetInt64(2),
            Topic = buffer.AsSpan(0, topic),
            State = buffer.AsSpan(topic, state),
            Metadata = buffer.AsSpan(topic + state, metadata),
        });
    }
}
