using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>Looks up the versions of saves: which saves conflict, and which were committed.</summary>
internal static class StoredVersions
{
    // Queried before the lookup, on the same connection: a server that has left recovery doesn't return to it.
    private const string IsInRecovery = "SELECT pg_catalog.pg_is_in_recovery()";

    /// <param name="connection">The open connection.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="saves">The saves.</param>
    /// <param name="lockTimeout">
    /// In milliseconds, to look up under the lock of the store, when every transaction that was begun has ended; null to look up without it.
    /// </param>
    /// <param name="timeout">In seconds; 0 for none.</param>
    /// <returns>The result for each save.</returns>
    /// <exception cref="ReadOnlyServerException">The server is a standby, which may not yet show committed events.</exception>
    public static async Task<List<SaveLook>> ReadAsync<TKey>(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, List<QueuedSave<TKey>> saves, string? lockTimeout, int timeout = 0)
        where TKey : notnull
    {
        var select = new NpgsqlBatchCommand(sql.SelectStored);
        Ask(select.Parameters, saves.SelectMany(s => s.Events));
        var batch = new NpgsqlBatch(connection) { Timeout = timeout, BatchCommands = { new NpgsqlBatchCommand(IsInRecovery) } };
        await using (batch.ConfigureAwait(false))
        {
            if (lockTimeout is not null)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Lock)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout, NpgsqlDbType = NpgsqlDbType.Text } },
                });
            }

            batch.BatchCommands.Add(select);
            var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync().ConfigureAwait(false);
                if (reader.GetBoolean(0))
                {
                    throw new ReadOnlyServerException();
                }

                for (var i = lockTimeout is null ? 1 : 2; i > 0; i--)
                {
                    await reader.NextResultAsync().ConfigureAwait(false);
                }

                var states = new List<SaveLook>(saves.Count);
                foreach (var save in saves)
                {
                    states.Add(await ReadAsync(reader, save).ConfigureAwait(false));
                }

                while (await reader.NextResultAsync().ConfigureAwait(false))
                {
                }

                return states;
            }
        }
    }

    /// <summary>Whether the first event of each save is stored, as that save wrote it.</summary>
    /// <param name="connection">The open connection.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="saves">The saves.</param>
    /// <param name="timeout">In seconds; 0 for none.</param>
    public static async Task<bool> AreStoredAsync<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, List<QueuedSave<TKey>> saves, int timeout)
        where TKey : notnull
    {
        var command = new NpgsqlCommand(sql.SelectStored, connection) { CommandTimeout = timeout };
        Ask(command.Parameters, saves.Select(s => s.Events[0]));
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                foreach (var save in saves)
                {
                    await reader.ReadAsync().ConfigureAwait(false);
                    if (await reader.IsDBNullAsync(2).ConfigureAwait(false) || reader.GetGuid(2) != save.AppendId)
                    {
                        return false;
                    }
                }

                return true;
            }
        }
    }

    /// <summary>Adds the keys and versions of the events to look up.</summary>
    private static void Ask<TKey>(NpgsqlParameterCollection parameters, IEnumerable<StoredEvent<TKey>> events)
        where TKey : notnull
    {
        parameters.Add(new NpgsqlParameter<TKey[]> { TypedValue = [.. events.Select(e => e.OriginatorId)] });
        parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. events.Select(e => e.OriginatorVersion)] });
    }

    private static async Task<SaveLook> ReadAsync<TKey>(NpgsqlDataReader reader, QueuedSave<TKey> save)
        where TKey : notnull
    {
        var rows = new (long? Head, long? Position, Guid? AppendId)[save.Events.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            await reader.ReadAsync().ConfigureAwait(false);
            rows[i] = (await ReadAsync<long>(reader, 0).ConfigureAwait(false), await ReadAsync<long>(reader, 1).ConfigureAwait(false), await ReadAsync<Guid>(reader, 2).ConfigureAwait(false));
        }

        return SaveLook.Of(save, rows);
    }

    private static async Task<T?> ReadAsync<T>(NpgsqlDataReader reader, int column)
        where T : struct => await reader.IsDBNullAsync(column).ConfigureAwait(false) ? null : reader.GetFieldValue<T>(column);
}
