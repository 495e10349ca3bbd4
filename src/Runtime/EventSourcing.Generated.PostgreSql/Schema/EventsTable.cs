using EventSourcing.Generators.Recorders.Sql;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Creates the events table, or finds the differences of the existing one.</summary>
internal static class EventsTable
{
    // Only one process at a time creates or changes tables of the library in a database.
    public static readonly string LockSchema =
        $"SELECT pg_catalog.set_config('lock_timeout', $1, true), pg_catalog.pg_advisory_xact_lock({PostgreSqlDialect.SchemaLockTag}, 0)";

    private const string SelectSchema = "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1";

    // Queried when a store is opened, mostly in a session that has read no catalog yet: by the table's number, which needs the fewest catalogs.
    private const string Table = "pg_catalog.to_regclass(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2))";

    private const string SelectColumns = $"""
        SELECT a.attname::text, pg_catalog.format_type(a.atttypid, NULL), a.attnotnull,
            EXISTS (SELECT FROM pg_catalog.pg_collation AS k WHERE k.oid = a.attcollation AND NOT k.collisdeterministic),
            c.relpersistence <> 'p', c.relkind IN ('r', 'p')
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        WHERE a.attrelid = {Table} AND a.attnum > 0 AND NOT a.attisdropped
        """;

    // A unique index over exactly these two columns, with any name, that is checked at once.
    private const string SelectUniqueIndexes = $"""
        SELECT count(*)
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = {Table}
            AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = 2
            AND (SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) = 'originator_id'
            AND (SELECT a.attname FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[1]) = 'originator_version'
            AND (SELECT a.attcollation FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) = i.indcollation[0]
        """;

    // Unique indexes that would refuse events, because their columns include neither the position nor aggregate and version, or because they treat
    // different keys as equal.
    private const string SelectHarmfulIndexes = $"""
        SELECT x.relname::text
        FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
        WHERE i.indrelid = {Table} AND i.indisunique
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = i.indrelid AND a.attname = 'id' AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]))
            AND ((SELECT count(*) FROM pg_catalog.pg_attribute AS a
                    WHERE a.attrelid = i.indrelid AND a.attname IN ('originator_id', 'originator_version')
                        AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])) < 2
                OR EXISTS (SELECT FROM pg_catalog.pg_collation AS k WHERE k.oid = ANY (i.indcollation) AND NOT k.collisdeterministic
                    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attcollation = k.oid)))
        """;

    private const string SelectOthers = """
        SELECT c.relname::text
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname <> $2 AND c.relname LIKE '%\_events' AND c.relkind IN ('r', 'p')
            AND (SELECT count(*) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND a.attname IN ('id', 'originator_id', 'originator_version', 'topic', 'state')) = 5
        ORDER BY 1
        """;

    // The sequence behind the column id, if there is one. pg_get_serial_sequence would fail if there is no such table or column.
    private const string SelectSequence = $"""
        SELECT s.seqcache, s.seqincrement, s.seqcycle
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
        WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = {Table} AND a.attname = 'id'
            AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
        """;

    /// <summary>Creates missing parts.</summary>
    /// <returns>If the table was created: the other events tables of the schema.</returns>
    /// <exception cref="StoreConfigurationException">The table exists and can't be adapted.</exception>
    public static async Task<IReadOnlyList<string>> EnsureAsync<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, string lockTimeout, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, LockSchema, cancellationToken, lockTimeout).ConfigureAwait(false);

            // Another process may have created it meanwhile.
            if (await CountAsync(connection, SelectSchema, cancellationToken, sql.Schema).ConfigureAwait(false) == 0)
            {
                await ExecuteAsync(connection, sql.CreateSchema, cancellationToken).ConfigureAwait(false);
            }

            var columns = await ReadColumnsAsync(connection, sql, cancellationToken).ConfigureAwait(false);
            if (columns.Count == 0)
            {
                try
                {
                    await ExecuteAsync(connection, sql.CreateTable, cancellationToken).ConfigureAwait(false);
                }
                catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject)
                {
                    throw IsNoTable(sql, exception);
                }
            }
            else if (columns.Values.Any(c => !c.IsOfTable))
            {
                throw IsNoTable(sql, null);
            }
            else if (Differences<TKey>(columns, isAdded: false).ToList() is { Count: > 0 } differences)
            {
                throw Unfit(sql, differences);
            }
            else
            {
                await AddColumnAsync("append_id", sql.AddAppendId).ConfigureAwait(false);
                await AddColumnAsync("metadata", sql.AddMetadata).ConfigureAwait(false);
            }

            if (await CountAsync(connection, SelectUniqueIndexes, cancellationToken, sql.Schema, sql.Table).ConfigureAwait(false) == 0)
            {
                try
                {
                    await ExecuteAsync(connection, sql.CreateIndex, cancellationToken).ConfigureAwait(false);
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateTable)
                {
                    throw Unfit(sql, [$"The index {sql.Table}_aggregate_idx isn't the required unique index on originator_id and originator_version, which must not be partial or deferrable, and must have the collation of the column. Drop it or rename it."]);
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
                {
                    throw new StoreConfigurationException(
                        $"The unique index of the table {sql.Schema}.{sql.Table} can't be created: the table holds a version of an aggregate twice.", exception);
                }
            }

            var others = columns.Count == 0 ? await ReadOthersAsync(connection, sql, cancellationToken).ConfigureAwait(false) : [];
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return others;

            async Task AddColumnAsync(string name, string text)
            {
                if (!columns.ContainsKey(name))
                {
                    await ExecuteAsync(connection, text, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Returns the differences, one sentence each.</summary>
    public static async Task<List<string>> VerifyAsync<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            AddQuestions(batch, sql);
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await ReadDifferencesAsync<TKey>(reader, sql, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Adds the queries whose results <see cref="ReadDifferencesAsync"/> reads.</summary>
    public static void AddQuestions(NpgsqlBatch batch, PostgreSqlEventsSql sql)
    {
        foreach (var question in (ReadOnlySpan<string>)[SelectColumns, SelectUniqueIndexes, SelectHarmfulIndexes, SelectSequence])
        {
            var command = new NpgsqlBatchCommand(question);
            Add(command.Parameters, sql.Schema, sql.Table);
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Reads the differences, one sentence each. The reader is at the result of the first query.</summary>
    public static async Task<List<string>> ReadDifferencesAsync<TKey>(NpgsqlDataReader reader, PostgreSqlEventsSql sql, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var columns = await ReadColumnsAsync(reader, cancellationToken).ConfigureAwait(false);
        if (columns.Count == 0)
        {
            return [$"The table {sql.Schema}.{sql.Table} is missing."];
        }

        if (columns.Values.Any(c => !c.IsOfTable))
        {
            return [IsNoTable(sql, null).Message];
        }

        List<string> differences = [.. Differences<TKey>(columns, isAdded: false), .. Differences<TKey>(columns, isAdded: true)];
        if (columns.Values.Any(c => c.IsUnlogged))
        {
            differences.Add($"The table is unlogged or temporary: after a crash of the server it is empty. Change it with ALTER TABLE {sql.Schema}.{sql.Table} SET LOGGED.");
        }

        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.GetInt64(0) == 0)
        {
            differences.Add("A unique index on originator_id and originator_version is missing. It must not be partial or deferrable, and must have the collation of the column.");
        }

        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            differences.Add(
                $"The unique index {reader.GetString(0)} would refuse events: neither id nor originator_id with originator_version are among its columns, "
                + "or it has a nondeterministic collation, by which different texts are equal. Drop it.");
        }

        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            differences.Add("The column id doesn't get its values from a sequence.");
            return differences;
        }

        var (cache, increment, cycles) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetBoolean(2));
        if (cache != 1)
        {
            differences.Add($"The sequence of id has CACHE {cache}: sessions would assign positions out of order. Set CACHE 1.");
        }

        if (increment <= 0 || cycles)
        {
            differences.Add("The sequence of id must count upwards and not cycle.");
        }

        return differences;
    }

    /// <summary>Creates the exception for a table that doesn't fit.</summary>
    public static StoreConfigurationException Unfit(PostgreSqlEventsSql sql, IEnumerable<string> differences) => new(
        $"The table {sql.Schema}.{sql.Table} doesn't have the schema that the store requires: {string.Join(' ', differences)}");

    private static StoreConfigurationException IsNoTable(PostgreSqlEventsSql sql, Exception? exception) => new(
        $"{sql.Schema}.{sql.Table} isn't a table: a view or another object has this name. Drop it or rename it.", exception);

    /// <param name="columns">The existing columns.</param>
    /// <param name="isAdded">Whether to compare the columns that a table of Python lacks; otherwise the others are compared.</param>
    private static IEnumerable<string> Differences<TKey>(Dictionary<string, Column> columns, bool isAdded)
    {
        foreach (var wanted in PostgreSqlDialect.Columns(typeof(TKey) == typeof(string)).Where(c => c.IsAdded == isAdded))
        {
            // Python declares texts with a length.
            var (name, type) = (wanted.Name, wanted.Type);
            if (!columns.TryGetValue(name, out var column))
            {
                yield return $"The column {name} is missing.";
            }
            else if (column.Type != type && (type != "text" || column.Type != "character varying"))
            {
                yield return $"The column {name} is of the type {column.Type}, not {type}. Change it with ALTER COLUMN {name} TYPE {type}.";
            }
            else if (column.IsVague)
            {
                yield return $"The column {name} has a nondeterministic collation, by which different texts are equal. Change it with ALTER COLUMN {name} TYPE text COLLATE \"C\".";
            }
            else if (name == "originator_version" && !column.IsNotNull)
            {
                // Appending relies on it: a version that must not exist is sent as null.
                yield return $"The column {name} must be NOT NULL.";
            }
        }
    }

    private static async Task<Dictionary<string, Column>> ReadColumnsAsync(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, CancellationToken cancellationToken)
    {
        var command = Command(connection, SelectColumns, [sql.Schema, sql.Table]);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await ReadColumnsAsync(reader, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<Dictionary<string, Column>> ReadColumnsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            columns.Add(reader.GetString(0), new(reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5)));
        }

        return columns;
    }

    private static async Task<IReadOnlyList<string>> ReadOthersAsync(NpgsqlConnection connection, PostgreSqlEventsSql sql, CancellationToken cancellationToken)
    {
        var others = new List<string>();
        var command = Command(connection, SelectOthers, [sql.Schema, sql.Table]);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    others.Add(string.Concat(reader.GetString(0).Select(c => char.IsControl(c) ? '?' : c)));
                }
            }
        }

        return others;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params string[] parameters)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    /// <summary>Runs a statement without a result.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params string[] parameters)
    {
        var command = Command(connection, sql, parameters);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        Add(command.Parameters, parameters);
        return command;
    }

    private static void Add(NpgsqlParameterCollection collection, params ReadOnlySpan<string> parameters)
    {
        foreach (var parameter in parameters)
        {
            collection.Add(new NpgsqlParameter<string> { TypedValue = parameter });
        }
    }

    /// <summary>A column, as the server describes it.</summary>
    /// <param name="Type">Its type.</param>
    /// <param name="IsNotNull">Whether it refuses null.</param>
    /// <param name="IsVague">Whether its collation treats different texts as equal.</param>
    /// <param name="IsUnlogged">Whether it belongs to an unlogged relation, which is empty after a crash.</param>
    /// <param name="IsOfTable">Whether it belongs to a table, rather than to a view.</param>
    private readonly record struct Column(string Type, bool IsNotNull, bool IsVague, bool IsUnlogged, bool IsOfTable);
}
