using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>The stored state of the versions of a save.</summary>
internal enum SaveState
{
    /// <summary>Its versions are free, and the next ones.</summary>
    Free,

    /// <summary>Events of another save are stored there, or a version is missing.</summary>
    Conflicting,

    /// <summary>Its own events are stored there: it was committed.</summary>
    Stored,
}

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
    /// <returns>For each save its state, with its positions when it is stored and its error when it conflicts.</returns>
    /// <exception cref="ReadOnlyServerException">The server is a standby, which may not yet show committed events.</exception>
    public static async Task<List<(SaveState State, long[]? Positions, Exception? Error)>> ReadAsync<TKey>(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, List<EventsSave<TKey>> saves, string? lockTimeout, int timeout = 0)
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

                var states = new List<(SaveState, long[]?, Exception?)>(saves.Count);
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
    public static async Task<bool> AreStoredAsync<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, List<EventsSave<TKey>> saves, int timeout)
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

    private static async Task<(SaveState, long[]?, Exception?)> ReadAsync<TKey>(NpgsqlDataReader reader, EventsSave<TKey> save)
        where TKey : notnull
    {
        var positions = new long[save.Events.Count];
        var (mine, conflicting, head) = (0, -1, (long?)null);
        for (var i = 0; i < positions.Length; i++)
        {
            await reader.ReadAsync().ConfigureAwait(false);
            var headOfThis = await reader.IsDBNullAsync(0).ConfigureAwait(false) ? (long?)null : reader.GetInt64(0);
            if (i == 0)
            {
                head = headOfThis;
            }

            if (!await reader.IsDBNullAsync(1).ConfigureAwait(false))
            {
                if (!await reader.IsDBNullAsync(2).ConfigureAwait(false) && reader.GetGuid(2) == save.AppendId)
                {
                    positions[i] = reader.GetInt64(1);
                    mine++;
                    continue;
                }
            }
            else if (!save.IsFirst(i) || save.Events[i].OriginatorVersion - 1 == (headOfThis ?? 0))
            {
                continue;
            }

            if (conflicting < 0)
            {
                (conflicting, head) = (i, headOfThis);
            }
        }

        if (mine == positions.Length)
        {
            return (SaveState.Stored, positions, null);
        }

        if (mine > 0)
        {
            var first = save.Events[0];
            return (SaveState.Conflicting, null, new StreamCorruptedException(
                "only a part of a save is stored", first.Topic, first.OriginatorId, first.OriginatorVersion, null));
        }

        if (conflicting < 0 && save.HasOrder)
        {
            return (SaveState.Free, null, null);
        }

        return (SaveState.Conflicting, null, save.Conflict(Math.Max(0, conflicting), head));
    }
}
