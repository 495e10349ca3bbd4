using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Refuses servers that can't keep the guarantees of the store, when a store is opened.</summary>
internal static class ServerCheck
{
    private const string SelectSettings = """
        SELECT
            pg_catalog.current_setting('fsync'), pg_catalog.current_setting('synchronous_commit'),
            pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only') = 'on',
            pg_catalog.pg_backend_pid()
        """;

    private const string IsReadOnly =
        "The PostgreSQL server accepts no writes, because default_transaction_read_only is on. Turn it off for the server, the database or the user";

    // Queried while the lock of the store is held: an engine without real locks shows none here.
    private const string SelectAdvisoryLocks = """
        SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_catalog.pg_backend_pid()
        """;

    // The greatest position that was assigned, null for none.
    private const string SelectLastPosition = """
        SELECT pg_catalog.pg_sequence_last_value(
            CAST(pg_catalog.pg_get_serial_sequence(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2), 'id') AS pg_catalog.regclass))
        """;

    /// <summary>Checks that the server keeps what it acknowledges, and accepts writes; returns the differences of the table.</summary>
    /// <param name="connection">The open connection.</param>
    /// <param name="connections">The source of the connection.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="isPatient">Whether the caller waits for a server that accepts writes: then a server that doesn't is a transient failure.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public static async Task<List<string>> CheckAsync<TKey>(
        NpgsqlConnection connection, PostgreSqlConnections connections, PostgreSqlEventsSql sql, bool isPatient, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(SelectSettings) } };
        EventsTable.AddQuestions(batch, sql);
        await using (batch.ConfigureAwait(false))
        {
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                CheckSettings(reader, connections.Address, isPatient);
                if (reader.GetInt32(4) != connection.ProcessID && !connections.IsPooledByServer && !connections.TryBePooled())
                {
                    throw Pooled(null);
                }

                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                return await EventsTable.ReadDifferencesAsync<TKey>(reader, sql, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Checks that the lock of the store works, and that the sequence isn't behind the table. Runs under the lock of the store.</summary>
    public static async Task CheckOrderAsync(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, string lockTimeout, CancellationToken cancellationToken)
    {
        await positions.FindAsync(connection, cancellationToken).ConfigureAwait(false);
        var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(sql.Lock) { Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout } } },
                new NpgsqlBatchCommand(SelectAdvisoryLocks),
                new NpgsqlBatchCommand(sql.SelectMaxPosition),
                new NpgsqlBatchCommand(SelectLastPosition)
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = sql.Schema }, new NpgsqlParameter<string> { TypedValue = sql.Table } },
                },
            },
        };
        long stored, given;
        await using (batch.ConfigureAwait(false))
        {
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (reader.GetInt64(0) == 0)
                {
                    throw new StoreConfigurationException(
                        "The advisory locks of this server don't work, so it can't preserve the order of events. PostgreSQL 13 or later is required.");
                }

                stored = await ReadNextAsync(reader, cancellationToken).ConfigureAwait(false);
                given = await ReadNextAsync(reader, cancellationToken).ConfigureAwait(false);
            }
        }

        // Positions that any server has assigned in this table are not assigned again.
        positions.Saw(stored);
        positions.Saw(given);
        if (given < stored)
        {
            await RaiseSequenceAsync(connection, sql, positions, lockTimeout, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Checks that a data source of the user's can send what groups of saves need. The driver would report that only with the first group.
    /// </summary>
    public static async Task CheckTypesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var command = new NpgsqlCommand("SELECT pg_catalog.cardinality($1)", connection) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = [1] } } };
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is InvalidCastException or NotSupportedException)
        {
            throw new StoreConfigurationException("The data source can't send arrays, which a store needs. Call EnableArrays() on its NpgsqlSlimDataSourceBuilder.", exception);
        }
    }

    /// <summary>Creates the exception for a pgbouncer that the address doesn't declare.</summary>
    public static StoreConfigurationException Pooled(Exception? exception) => new(
        "PgBouncer or another pooler is between the store and the PostgreSQL server, and shares its connections with other clients, " +
        "so the prepared statements and settings of the store would apply to them, too. Set the option pgbouncer=true, and set listen=host:port to the address of the server itself.",
        exception);

    private static void CheckSettings(NpgsqlDataReader reader, PostgreSqlAddress address, bool isPatient)
    {
        if (reader.GetBoolean(2) || reader.GetBoolean(3))
        {
            var text = reader.GetBoolean(2) ? ReadOnlyServerException.Text : IsReadOnly;
            throw isPatient ? new TransientStoreException($"{text}.") : new StoreConfigurationException($"{text}.");
        }

        foreach (var (index, name) in new[] { (0, "fsync"), (1, "synchronous_commit") })
        {
            if (reader.GetString(index) == "off" && !address.AllowsUnsafeSettings)
            {
                throw new StoreConfigurationException(
                    $"The PostgreSQL server runs with {name}=off: it loses acknowledged saves when the power fails. " +
                    "Turn it on, or accept the loss with the option allow_unsafe_settings=true.");
            }
        }
    }

    /// <summary>Reads the single number of the next result; 0 for none.</summary>
    private static async Task<long> ReadNextAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? 0 : reader.GetInt64(0);
    }

    private static async Task RaiseSequenceAsync(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, string lockTimeout, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(sql.Lock) { Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout } } },
                new NpgsqlBatchCommand(positions.Raise) { Parameters = { positions.Parameter() } },
            },
        };
        await using (batch.ConfigureAwait(false))
        {
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
