using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The table of tracked positions. Its shape is looked up once, and again after an error that tells of another shape. A missing table is created
/// in the transaction that tracks the first position. Thread safe.
/// </summary>
/// <param name="sql">The SQL of the table.</param>
internal sealed class TrackingTable(PostgreSqlTrackingSql sql)
{
    /// <summary>
    /// The shape of the table; schema and name of the table are parameters. The number of our columns with our types, the columns of the primary
    /// key, its name, the length of a name, and whether the table survives a crash of the server.
    /// </summary>
    private const string SelectShape = """
        SELECT
            (SELECT count(*) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
                    AND (a.attname = 'application_name' AND a.atttypid IN ('text'::pg_catalog.regtype, 'varchar'::pg_catalog.regtype)
                        OR a.attname = 'notification_id' AND a.atttypid = 'bigint'::pg_catalog.regtype)),
            (SELECT pg_catalog.string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
            pg_catalog.quote_ident(k.conname),
            (SELECT a.atttypmod - 4 FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'application_name' AND NOT a.attisdropped AND a.atttypmod > 4),
            c.relpersistence = 'p'
        FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
        WHERE c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2))
        """;

    /// <summary>Sets how long the statements of the transaction wait for each lock.</summary>
    public const string SetLockTimeout = "SELECT pg_catalog.set_config('lock_timeout', $1, true)";

    private volatile TableShape? _shape;

    private enum Rows
    {
        PerName,
        PerPosition,
        Other,
    }

    private string Name => $"{sql.Schema}.{sql.Table}";

    private string Unfit =>
        $"{Name} isn't a table of tracked positions: it must have the columns application_name (text) and notification_id (bigint), and the first or both as its primary key, and must not be unlogged or temporary.";

    /// <summary>Creates the exception for a statement of this class, or one that it has prepared, that has failed.</summary>
    /// <param name="exception">The exception of the driver.</param>
    /// <returns>An exception of the library; the given one if it says nothing about this table.</returns>
    public Exception Explain(Exception exception)
    {
        switch (exception)
        {
            case PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege }:
                return new StoreConfigurationException($"The user of the connection lacks a privilege: SELECT, INSERT and UPDATE on the table {Name}, or CREATE on its schema.", exception);
            case PostgresException { SqlState: PostgresErrorCodes.UndefinedColumn }:
                Forget();
                return new StoreConfigurationException(Unfit, exception);
            case PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidColumnReference }:
                // The last one: there is no such unique index for ON CONFLICT.
                Forget();
                return new TransientStoreException($"The table {Name} was dropped or changed meanwhile. Nothing was written. Begin the transaction again.", exception);
            default:
                return exception;
        }
    }

    /// <summary>Creates the exception for a position that was refused.</summary>
    /// <param name="tracking">The position that was to be tracked.</param>
    /// <param name="tracked">The tracked position; null for none.</param>
    /// <param name="exception">The error of the statement.</param>
    public EventSourcingException Refused(Tracking tracking, long? tracked, Exception exception)
    {
        // A table that was changed meanwhile refuses positions, too.
        Forget();
        return tracked >= tracking.Position
            ? new AlreadyTrackedException(tracking.Name, tracking.Position, tracked)
            : new TransientStoreException(
                $"The position was not tracked, although no greater one is: the table {Name} was changed meanwhile, or a trigger suppresses its rows. Nothing was written. Begin the transaction again.", exception);
    }

    /// <summary>Returns the difference from a table that can be used, as a sentence; none if the table is missing.</summary>
    public async Task<IEnumerable<string>> CompareAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ReadShapeAsync(connection, 0, cancellationToken).ConfigureAwait(false) is { Rows: Rows.Other } ? [Unfit] : [];

    /// <summary>Notifies listeners of a tracked position, or of a projection's step.</summary>
    public string Notify => sql.Notify;

    /// <summary>Whether <see cref="Notify"/> is part of each transaction that writes; otherwise only of an external one.</summary>
    public bool NotifiesInTransaction => sql.NotifyInTransaction;

    /// <summary>The query of the greatest position: name.</summary>
    public string SelectPosition => sql.SelectPosition;

    /// <summary>Reads the result of <see cref="SelectPosition"/>; null for none.</summary>
    /// <exception cref="StoreConfigurationException">The table can't be used.</exception>
    public async Task<long?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await FindShapeAsync(command.Connection!, command.CommandTimeout, mayBeNew: false, cancellationToken).ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long position ? position : null;
    }

    /// <summary>Returns the greatest tracked position, as seen by the connection; null for none.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="timeout">How long each of the two queries may take, in seconds; null for the default of the connection.</param>
    /// <param name="mayBeNew">Whether the transaction of the connection may have created the table, and may be rolled back.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    /// <exception cref="StoreConfigurationException">The table can't be used.</exception>
    public async Task<long?> FindAsync(NpgsqlConnection connection, string name, int? timeout, bool mayBeNew, CancellationToken cancellationToken)
    {
        if (await FindShapeAsync(connection, timeout, mayBeNew, cancellationToken).ConfigureAwait(false) is null)
        {
            return null;
        }

        var command = Command(connection, sql.SelectPosition, timeout, name);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long position ? position : null;
        }
    }

    /// <summary>
    /// Returns the statements that track positions. A missing table is created. Each statement fails if its position can't be tracked: give the
    /// error to <see cref="Explain"/>.
    /// </summary>
    /// <param name="connection">The connection of the transaction.</param>
    /// <param name="trackings">The positions.</param>
    /// <param name="hasSnapshot">Whether the transaction doesn't see what others have committed since its first statement.</param>
    /// <param name="lockTimeout">How long to wait for each lock, in milliseconds.</param>
    /// <param name="timeout">How long the look-up may take, in seconds.</param>
    /// <param name="mayBeNew">Whether the transaction may have created the table.</param>
    /// <returns>The statements, and whether they create the table.</returns>
    /// <exception cref="StoreConfigurationException">The table can't be used, or is missing and may not be created.</exception>
    /// <exception cref="TransactionException">The table has a row for each position, and the transaction a snapshot.</exception>
    public async Task<(NpgsqlBatchCommand[] Statements, bool Creates)> PrepareAsync(
        NpgsqlConnection connection, IReadOnlyList<Tracking> trackings, bool hasSnapshot, string lockTimeout, int timeout, bool mayBeNew)
    {
        var shape = await FindShapeAsync(connection, timeout, mayBeNew, CancellationToken.None).ConfigureAwait(false);
        List<NpgsqlBatchCommand> statements = [];
        if (shape is null)
        {
            if (!sql.CreateTables)
            {
                throw new StoreConfigurationException($"The table {Name} is missing, and the creation of tables is disabled. Create it with Tracking.EnsureSchemaAsync.");
            }

            statements.Add(Statement(EventsTable.LockSchema, Text(lockTimeout)));
            statements.Add(Statement(sql.CreateTable));
        }
        else
        {
            statements.Add(Statement(SetLockTimeout, Text(lockTimeout)));
        }

        if (shape is { Rows: Rows.PerPosition })
        {
            if (hasSnapshot)
            {
                throw new TransactionException(
                    $"The table {Name} has a row for each position. Under repeatable read and serializable, a greater position that another runner has tracked meanwhile would not be seen. Use read committed, or change the table with Tracking.MigrateAsync.");
            }

            statements.Add(Statement(sql.LockTable));
        }

        for (var number = 0; number < trackings.Count; number++)
        {
            var tracking = trackings[number];
            if (shape?.NameLength is { } length && tracking.Name.EnumerateRunes().Count() > length)
            {
                throw new StoreConfigurationException(
                    $"The column application_name of the table {Name} takes {length} characters, which are too few for the name '{MessageText.Show(tracking.Name)}'. Change it with ALTER COLUMN application_name TYPE text.");
            }

            statements.Add(Statement(
                shape is { Rows: Rows.PerPosition } ? sql.TrackRow : sql.Track,
                Text(tracking.Name), new NpgsqlParameter<long> { TypedValue = tracking.Position }, new NpgsqlParameter<int> { TypedValue = number }));
        }

        return ([.. statements], shape is null);
    }

    /// <summary>Creates the table if it is missing.</summary>
    public async Task EnsureAsync(NpgsqlConnection connection, string lockTimeout, CancellationToken cancellationToken) => await ChangeAsync(
        connection, lockTimeout, async () =>
        {
            Forget();
            if (await FindShapeAsync(connection, null, mayBeNew: false, cancellationToken).ConfigureAwait(false) is null)
            {
                await ExecuteAsync(connection, sql.CreateTable, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }, cancellationToken).ConfigureAwait(false);

    /// <summary>Changes a table with a row for each position.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> MigrateAsync(NpgsqlConnection connection, string lockTimeout, CancellationToken cancellationToken) => ChangeAsync(
        connection, lockTimeout, async () =>
        {
            Forget();
            if (await FindShapeAsync(connection, null, mayBeNew: false, cancellationToken).ConfigureAwait(false) is not { Rows: Rows.PerPosition })
            {
                return false;
            }

            // Another process may have changed it before this one got the lock.
            await ExecuteAsync(connection, sql.LockOldTable, cancellationToken).ConfigureAwait(false);
            Forget();
            if (await FindShapeAsync(connection, null, mayBeNew: false, cancellationToken).ConfigureAwait(false) is not { Rows: Rows.PerPosition } shape)
            {
                return false;
            }

            foreach (var text in new[] { sql.DeleteOldRows, sql.DropKey + shape.KeyName, sql.AddKey })
            {
                await ExecuteAsync(connection, text, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }, cancellationToken);

    private void Forget() => _shape = null;

    /// <summary>Returns the shape of the table; null if it is missing.</summary>
    /// <exception cref="StoreConfigurationException">The table can't be used.</exception>
    private async ValueTask<TableShape?> FindShapeAsync(NpgsqlConnection connection, int? timeout, bool mayBeNew, CancellationToken cancellationToken)
    {
        if (_shape is { } known)
        {
            return known;
        }

        var found = await ReadShapeAsync(connection, timeout, cancellationToken).ConfigureAwait(false);
        if (found is { Rows: Rows.Other })
        {
            throw new StoreConfigurationException(Unfit);
        }

        return mayBeNew ? found : _shape = found;
    }

    private async Task<TableShape?> ReadShapeAsync(NpgsqlConnection connection, int? timeout, CancellationToken cancellationToken)
    {
        var command = Command(connection, SelectShape, timeout, sql.Schema, sql.Table);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                var key = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? "" : reader.GetString(1);
                return new(
                    (reader.GetInt64(0), key, reader.GetBoolean(4)) switch
                    {
                        (2, "application_name", true) => Rows.PerName,
                        (2, "application_name,notification_id", true) => Rows.PerPosition,
                        _ => Rows.Other,
                    },
                    await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? "" : reader.GetString(2),
                    await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? null : reader.GetInt32(3));
            }
        }
    }

    private async Task<TResult> ChangeAsync<TResult>(NpgsqlConnection connection, string lockTimeout, Func<Task<TResult>> change, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                await ExecuteAsync(connection, EventsTable.LockSchema, cancellationToken, lockTimeout).ConfigureAwait(false);
                var result = await change().ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
            catch (PostgresException exception) when (Explain(exception) is StoreException explained)
            {
                throw explained;
            }
            finally
            {
                Forget();
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken, params string[] parameters)
    {
        var command = Command(connection, text, null, parameters);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string text, int? timeout, params string[] parameters)
    {
        var command = new NpgsqlCommand(text, connection);
        if (timeout is { } seconds)
        {
            command.CommandTimeout = seconds;
        }

        foreach (var parameter in parameters)
        {
            command.Parameters.Add(Text(parameter));
        }

        return command;
    }

    private static NpgsqlBatchCommand Statement(string text, params NpgsqlParameter[] parameters)
    {
        var statement = new NpgsqlBatchCommand(text);
        statement.Parameters.AddRange(parameters);
        return statement;
    }

    private static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value };

    /// <param name="Rows">What a row is for.</param>
    /// <param name="KeyName">The name of the primary key, quoted.</param>
    /// <param name="NameLength">The maximum length of a name, in characters; null for none.</param>
    private sealed record TableShape(Rows Rows, string KeyName, int? NameLength);
}
