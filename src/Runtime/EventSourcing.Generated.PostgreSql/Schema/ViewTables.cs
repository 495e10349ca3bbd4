using System.Collections.Concurrent;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The tables of the views of an application, and the one of the owners and positions of their projections. Thread safe.</summary>
internal sealed class ViewTables(TableNames names, ProjectionsTable projections, IReadOnlyList<ViewSql> views, bool createTables)
{
    /// <summary>
    /// The columns of tables of a schema: table, column, type, whether a value is required, whether it is the primary key, whether the table
    /// survives a crash of the server.
    /// </summary>
    private const string SelectColumns = """
        SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
            EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'p' AND k.conkey = ARRAY[a.attnum]),
            c.relkind = 'r' AND c.relpersistence = 'p'
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        ORDER BY c.relname, a.attnum
        """;

    private const string SelectIndexes = """
        SELECT i.relname
        FROM pg_catalog.pg_class AS i
        JOIN pg_catalog.pg_namespace AS n ON n.oid = i.relnamespace
        WHERE n.nspname = $1 AND i.relname = ANY ($2) AND i.relkind = 'i'
        """;

    /// <summary>The privileges on tables of a schema: privilege, role in quotes, whether the role may grant it. Those of the owner aren't among them.</summary>
    private const string SelectPrivileges = """
        SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, a.is_grantable
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        CROSS JOIN pg_catalog.aclexplode(c.relacl) AS a
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind = 'r' AND a.grantee <> c.relowner
        """;

    // In seconds, for statements whose time doesn't depend on the size of a table.
    private const int ShortTimeout = 30;

    private string Prefix => $"{names.Schema}.";

    // An application with projections also has the table of the events that they couldn't process. Those with handlers have no other table.
    private readonly IReadOnlyList<ViewSql> _tables = views.Count == 0 ? [] : [.. views.Where(view => view.Table.Exists), SqlOf(names, FailedEvents.Table)];

    // Those of rows that are built beside those in use.
    private readonly ConcurrentDictionary<ViewTable, ViewSql> _next = [];

    /// <summary>Whether the application has no projections.</summary>
    public bool IsEmpty => views.Count == 0;

    /// <summary>Returns the SQL of a view.</summary>
    public ViewSql Of(ViewTable table) => table.Replaces is null ? ViewSql.Of(_tables, table) : _next.GetOrAdd(table, SqlOf(names, table));

    /// <summary>Returns the statements that put the rows that were built into the place of those in use.</summary>
    /// <param name="swap">The tables.</param>
    /// <param name="number">The number of the step, for its error.</param>
    public IEnumerable<NpgsqlBatchCommand> Swap(ViewSwap swap, int number) =>
    [
        .. projections.Swap(swap, number),
        .. PostgreSqlDialect.Replace(names, swap.Live.Projection, swap.Table.Projection, swap.Table.Columns).Select(static text => new NpgsqlBatchCommand(text)),
    ];

    /// <summary>Returns the statement that takes many rows for the empty table of a view.</summary>
    public string Copy(ViewTable table) => PostgreSqlDialect.Copy(names, table.Projection, table.Columns);

    private static ViewSql SqlOf(TableNames names, ViewTable table)
    {
        var dialect = new PostgreSqlDialect();
        return ViewSql.Of(table, dialect.View(names, table.Projection, table.Columns), column => dialect.ViewIndex(names, table.Projection, table.Columns, column));
    }

    /// <summary>Returns the differences from what the views need, one sentence each.</summary>
    public async Task<List<string>> CompareAsync(NpgsqlConnection connection, CancellationToken cancellationToken, bool withIndexes = true)
    {
        List<string> differences = [];
        if (IsEmpty)
        {
            return differences;
        }

        var columns = await ReadColumnsAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!columns.Contains(names.ProjectionsTable))
        {
            differences.Add($"The table {Prefix}{names.ProjectionsTable} is missing.");
        }

        // Rows of another version have other columns, until the projection is built again.
        var fitting = await FindFittingAsync(connection, columns.Contains(names.ProjectionsTable), cancellationToken).ConfigureAwait(false);
        var indexes = withIndexes ? await ReadIndexesAsync(connection, cancellationToken).ConfigureAwait(false) : null;
        foreach (var view in fitting)
        {
            Compare(view.Table, columns, indexes, differences);
        }

        return differences;
    }

    /// <summary>Returns the views whose rows are of another version, one sentence each.</summary>
    public async Task<IEnumerable<string>> CompareVersionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (IsEmpty || !(await ReadColumnsAsync(connection, cancellationToken).ConfigureAwait(false)).Contains(names.ProjectionsTable))
        {
            return [];
        }

        var rows = await ReadRowsAsync(connection, cancellationToken).ConfigureAwait(false);
        return views.Select(view => rows.Find(row => row.Projection == view.Table.Projection)?.Differs(view.Table)).OfType<string>();
    }

    /// <summary>Creates missing tables and indexes.</summary>
    /// <exception cref="StoreConfigurationException">A table exists and differs.</exception>
    public async Task EnsureAsync(NpgsqlConnection connection, string lockTimeout, CancellationToken cancellationToken)
    {
        var differences = await CompareAsync(connection, cancellationToken).ConfigureAwait(false);
        if (differences.Count == 0)
        {
            return;
        }

        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await EventsTable.ExecuteAsync(connection, EventsTable.LockSchema, cancellationToken, lockTimeout).ConfigureAwait(false);
            await EventsTable.ExecuteAsync(connection, projections.CreateTable, cancellationToken).ConfigureAwait(false);
            var columns = await ReadColumnsAsync(connection, cancellationToken).ConfigureAwait(false);
            var fitting = await FindFittingAsync(connection, hasTable: true, cancellationToken).ConfigureAwait(false);
            foreach (var view in fitting.Where(view => !columns.Contains(names.ViewTable(view.Table.Projection))))
            {
                // With the version, so that a later one is recognized even if the projection has never run. If the table was dropped, the rows are
                // built again, so the position must not stay.
                await ExecuteAsync(connection, view.CreateTable, cancellationToken).ConfigureAwait(false);
                foreach (var built in view.IsOfFailedEvents ? views : [view])
                {
                    // Without the failed events, the rows lack what was parked.
                    await projections.AddAsync(connection, built.Table, cancellationToken).ConfigureAwait(false);
                    await projections.ResetAsync(connection, built.Table, cancellationToken).ConfigureAwait(false);
                }
            }

            // Indexes need the columns.
            await ThrowIfDifferentAsync(connection, isOfColumns: true, cancellationToken).ConfigureAwait(false);
            await CreateIndexesAsync(connection, fitting, cancellationToken).ConfigureAwait(false);
            await ThrowIfDifferentAsync(connection, isOfColumns: false, cancellationToken).ConfigureAwait(false);

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a projection, in a transaction of its own.</summary>
    public async Task<ProjectionRow> ClaimAsync(NpgsqlConnection connection, ProjectionClaim claim, string lockTimeout, CancellationToken cancellationToken)
    {
        var hasTable = claim.Table.Exists;
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await EventsTable.ExecuteAsync(connection, TrackingTable.SetLockTimeout, cancellationToken, lockTimeout).ConfigureAwait(false);
            var row = await projections.LockAsync(connection, claim, cancellationToken).ConfigureAwait(false);
            var decision = claim.Decide(row);
            if (decision == ClaimDecision.Leave)
            {
                return row;
            }

            var begins = decision == ClaimDecision.Rebuild || row.Position == 0 || claim.BeginsAgain;
            if (claim.Table.Replaces is { } live && (begins || !await HasColumnsAsync(connection, claim.Table, cancellationToken).ConfigureAwait(false)))
            {
                if (!createTables)
                {
                    var rows = await ReadRowsAsync(connection, cancellationToken).ConfigureAwait(false);
                    throw ProjectionRow.CannotRebuild(
                        live, rows.Find(one => one.Projection == live.Projection), $"{Prefix}{names.ViewTable(live.Projection)}", $"{Prefix}{names.ProjectionsTable}");
                }

                // Without indexes: they are created when the rows are there.
                var view = Of(claim.Table);
                await ExecuteAsync(connection, view.DropTable, cancellationToken, ShortTimeout).ConfigureAwait(false);
                await ExecuteAsync(connection, view.CreateTable, cancellationToken, ShortTimeout).ConfigureAwait(false);
                await projections.ResetAsync(connection, claim.Table, cancellationToken).ConfigureAwait(false);
                begins = true;
            }
            else if (begins && hasTable)
            {
                // An administrator may have deleted the row of the projection, to build the rows again.
                await ExecuteAsync(
                    connection, $"DELETE FROM {Identifier.Quote(names.Schema)}.{Identifier.Quote(names.ViewTable(claim.Table.Projection))}", cancellationToken).ConfigureAwait(false);
            }

            if (begins)
            {
                await projections.DeleteFailedEventsAsync(connection, claim.Table, cancellationToken).ConfigureAwait(false);
            }

            row = await projections.ClaimAsync(connection, claim, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return row;
        }
    }

    /// <summary>Gives rows that were built the indexes and the privileges of those in use.</summary>
    public async Task<bool> CompleteAsync(NpgsqlConnection connection, ViewTable next, long rows, CancellationToken cancellationToken)
    {
        // A server creates an index of some million rows in a second. A lost connection must not hold up the rebuild for ever.
        var longest = (int)Math.Min(int.MaxValue / 1000, ShortTimeout + rows / 10_000);
        foreach (var index in Of(next).Indexes)
        {
            await ExecuteAsync(connection, index.Create, cancellationToken, longest).ConfigureAwait(false);
        }

        List<(string Privilege, string Role, bool IsGrantable)> privileges = [];
        await QueryAsync(
            connection, SelectPrivileges, [names.ViewTable(next.Replaces!.Projection)], reader => privileges.Add((reader.GetString(0), reader.GetString(1), reader.GetBoolean(2))),
            cancellationToken).ConfigureAwait(false);
        var table = $"{Identifier.Quote(names.Schema)}.{Identifier.Quote(names.ViewTable(next.Projection))}";
        foreach (var (privilege, role, isGrantable) in privileges)
        {
            await ExecuteAsync(connection, $"GRANT {privilege} ON {table} TO {role}{(isGrantable ? " WITH GRANT OPTION" : "")}", cancellationToken, ShortTimeout).ConfigureAwait(false);
        }

        return true;
    }

    private async Task ThrowIfDifferentAsync(NpgsqlConnection connection, bool isOfColumns, CancellationToken cancellationToken)
    {
        var differences = await CompareAsync(connection, cancellationToken, withIndexes: !isOfColumns).ConfigureAwait(false);
        if (differences.Count > 0)
        {
            throw new StoreConfigurationException($"The database has a table of a view with a different schema. {string.Join(' ', differences)}");
        }
    }

    /// <summary>Creates missing indexes. An index that is there needs no lock of its table.</summary>
    private async Task CreateIndexesAsync(NpgsqlConnection connection, IEnumerable<ViewSql> fitting, CancellationToken cancellationToken)
    {
        var indexes = await ReadIndexesAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (var view in fitting.OrderBy(view => view.Table.Projection, StringComparer.Ordinal))
        {
            foreach (var index in view.Indexes.Where(index => !indexes.Contains(names.ViewIndex(view.Table.Projection, view.Table.Columns[index.Column].Name))))
            {
                await ExecuteAsync(connection, index.Create, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs a statement that may take long, because of the size of a table.</summary>
    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken, int timeout = 0)
    {
        var command = new NpgsqlCommand(text, connection) { CommandTimeout = timeout };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Compare(ViewTable view, ILookup<string, ViewTableColumn> tables, HashSet<string>? indexes, List<string> differences)
    {
        var table = names.ViewTable(view.Projection);
        var columns = tables[table].ToList();
        if (columns.Count == 0)
        {
            differences.Add($"The table {Prefix}{table} is missing.");
            return;
        }

        if (!columns.SequenceEqual(ColumnsOf(view)))
        {
            differences.Add($"The table {Prefix}{table} doesn't have the columns of the view '{view.Projection}', version {view.Version}: raise the Version of its [Projection], so that it is built again.");
            return;
        }

        differences.AddRange(view.Columns.Where(column => column.IsIndexed).Select(column => names.ViewIndex(view.Projection, column.Name))
            .Where(index => indexes?.Contains(index) == false).Select(index => $"The index {Prefix}{index} is missing."));
    }

    private static IEnumerable<ViewTableColumn> ColumnsOf(ViewTable view) => view.Columns.Select((column, i) => new ViewTableColumn(
        column.Name, PostgreSqlDialect.TypeOf(column), !column.IsNullable, IsKey: i == 0, IsOfTable: true));

    private async Task<bool> HasColumnsAsync(NpgsqlConnection connection, ViewTable view, CancellationToken cancellationToken)
    {
        var table = names.ViewTable(view.Projection);
        var columns = await ReadColumnsAsync(connection, [table], cancellationToken).ConfigureAwait(false);
        return columns[table].SequenceEqual(ColumnsOf(view));
    }

    private async Task<List<ViewSql>> FindFittingAsync(NpgsqlConnection connection, bool hasTable, CancellationToken cancellationToken)
    {
        if (!hasTable)
        {
            return [.. _tables];
        }

        var rows = await ReadRowsAsync(connection, cancellationToken).ConfigureAwait(false);
        return [.. _tables.Where(view => !rows.Exists(row => row.Projection == view.Table.Projection && row.Version != view.Table.Version))];
    }

    private async Task<List<ProjectionRow>> ReadRowsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(projections.SelectRows, connection);
        await using (command.ConfigureAwait(false))
        {
            return await ProjectionsTable.ReadAsync(command, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<ILookup<string, ViewTableColumn>> ReadColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadColumnsAsync(connection, [names.ProjectionsTable, .. _tables.Select(view => names.ViewTable(view.Table.Projection))], cancellationToken);

    private async Task<ILookup<string, ViewTableColumn>> ReadColumnsAsync(NpgsqlConnection connection, string[] tables, CancellationToken cancellationToken)
    {
        List<(string Table, ViewTableColumn Column)> columns = [];
        await QueryAsync(connection, SelectColumns, tables, reader => columns.Add(
            (reader.GetString(0), new(reader.GetString(1), reader.GetString(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetBoolean(5)))), cancellationToken).ConfigureAwait(false);
        return columns.ToLookup(column => column.Table, column => column.Column, StringComparer.Ordinal);
    }

    private async Task<HashSet<string>> ReadIndexesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        HashSet<string> indexes = new(StringComparer.Ordinal);
        string[] wanted = [.. _tables.SelectMany(view => view.Table.Columns.Where(column => column.IsIndexed).Select(column => names.ViewIndex(view.Table.Projection, column.Name)))];
        await QueryAsync(connection, SelectIndexes, wanted, reader => indexes.Add(reader.GetString(0)), cancellationToken).ConfigureAwait(false);
        return indexes;
    }

    private async Task QueryAsync(NpgsqlConnection connection, string text, string[] wanted, Action<NpgsqlDataReader> read, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(text, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = names.Schema }, new NpgsqlParameter<string[]> { TypedValue = wanted } },
        };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    read(reader);
                }
            }
        }
    }

    private sealed record ViewTableColumn(string Name, string Type, bool IsRequired, bool IsKey, bool IsOfTable);
}
