using System.Collections.Concurrent;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>The tables of the views of an application, and the one of the owners and positions of their projections.</summary>
internal sealed class ViewTables(TableNames names, ProjectionsTable projections, IReadOnlyList<ViewSql> views, bool createTables)
{
    private const string SelectColumns = """SELECT name, upper(type), "notnull", pk FROM pragma_table_info(?1) ORDER BY cid""";
    private const string SelectIndex = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1";

    // An application with projections also has the table of the events that they couldn't process. Those with handlers have no other table.
    private readonly IReadOnlyList<ViewSql> _tables = views.Count == 0 ? [] : [.. views.Where(view => view.Table.Exists), SqlOf(names, FailedEvents.Table)];

    // Those of rows that are built beside those in use.
    private readonly ConcurrentDictionary<ViewTable, ViewSql> _next = [];

    /// <summary>Whether the application has no projections.</summary>
    public bool IsEmpty => views.Count == 0;

    /// <summary>Returns the SQL of a view.</summary>
    public ViewSql Of(ViewTable table) => table.Replaces is null ? ViewSql.Of(_tables, table) : _next.GetOrAdd(table, SqlOf(names, table));

    private static ViewSql SqlOf(TableNames names, ViewTable table)
    {
        var dialect = new SqliteDialect();
        return ViewSql.Of(table, dialect.View(names, table.Projection, table.Columns), column => dialect.ViewIndex(names, table.Projection, table.Columns, column));
    }

    /// <summary>Returns the differences from what the views need, one sentence each.</summary>
    public List<string> Compare(StoreConnection session, bool withIndexes = true)
    {
        List<string> differences = [];
        if (IsEmpty)
        {
            return differences;
        }

        var hasRows = Columns(session, names.ProjectionsTable).Count > 0;
        if (!hasRows)
        {
            differences.Add(Missing(names.ProjectionsTable));
        }

        foreach (var view in _tables)
        {
            // Rows of another version have other columns, until the projection is built again.
            var row = hasRows ? projections.Find(session, view.Table.Projection) : null;
            if (row is null || row.Version == view.Table.Version)
            {
                Compare(session, view.Table, withIndexes, differences);
            }
        }

        return differences;
    }

    /// <summary>Returns the views whose rows are of another version, one sentence each. The tables exist.</summary>
    public IEnumerable<string> CompareVersions(StoreConnection session)
    {
        if (IsEmpty || Columns(session, names.ProjectionsTable).Count == 0)
        {
            return [];
        }

        return views.Select(view => projections.Find(session, view.Table.Projection)?.Differs(view.Table)).OfType<string>();
    }

    /// <summary>Creates missing tables and indexes, or throws and leaves everything unchanged.</summary>
    public void Ensure(StoreConnection session, bool create)
    {
        // First without a write lock: usually nothing is missing.
        var differences = Compare(session);
        if (differences.Count == 0)
        {
            return;
        }

        if (!create)
        {
            throw new StoreConfigurationException($"The schema of the database doesn't match, and the creation of tables is disabled. {string.Join(' ', differences)}");
        }

        session.InTransaction(() =>
        {
            projections.Create(session);
            var fitting = Fitting(session);
            foreach (var view in fitting)
            {
                if (Columns(session, names.ViewTable(view.Table.Projection)).Count == 0)
                {
                    // With the version, so that a later one is recognized even if the projection has never run. If the table was dropped, the
                    // rows are built again, so the position must not stay.
                    session.RunOnce(view.CreateTable);
                    foreach (var built in view.IsOfFailedEvents ? views : [view])
                    {
                        // Without the failed events, the rows lack what was parked.
                        projections.Add(session, built.Table);
                        projections.Reset(session, built.Table);
                    }
                }
            }

            // Indexes need the columns.
            ThrowIfDifferent(Compare(session, withIndexes: false));
            CreateIndexes(session, fitting);
            ThrowIfDifferent(Compare(session));
            return true;
        });
    }

    /// <summary>Takes a projection, in a transaction of its own.</summary>
    public ProjectionRow Claim(StoreConnection session, ProjectionClaim claim)
    {
        var hasTable = claim.Table.Exists;
        return session.InTransaction(() =>
        {
            projections.Add(session, claim.Table);
            var row = projections.Find(session, claim.Table.Projection)!;
            var decision = claim.Decide(row);
            if (decision == ClaimDecision.Leave)
            {
                return row;
            }

            var begins = decision == ClaimDecision.Rebuild || row.Position == 0 || claim.BeginsAgain;
            if (claim.Table.Replaces is { } live && (begins || !HasColumns(session, claim.Table)))
            {
                if (!createTables)
                {
                    throw ProjectionRow.CannotRebuild(live, projections.Find(session, live.Projection), names.ViewTable(live.Projection), names.ProjectionsTable);
                }

                var view = Of(claim.Table);
                session.RunOnce(view.DropTable);
                session.RunOnce(view.CreateTable);
                CreateIndexes(session, [view]);
                projections.Reset(session, claim.Table);
                begins = true;
            }
            else if (begins && hasTable)
            {
                // An administrator may have deleted the row of the projection, to build the rows again.
                session.RunOnce($"DELETE FROM {Identifier.Quote(names.ViewTable(claim.Table.Projection))}");
            }

            if (begins)
            {
                projections.DeleteFailedEvents(session, claim.Table.Projection);
            }

            projections.Claim(session, claim);
            return projections.Find(session, claim.Table.Projection)!;
        });
    }

    private static void ThrowIfDifferent(List<string> differences)
    {
        if (differences.Count > 0)
        {
            throw new StoreConfigurationException($"The database has a table of a view with a different schema. {string.Join(' ', differences)}");
        }
    }

    private static string Missing(string table) => $"The table {table} is missing.";

    /// <summary>Puts the rows that were built into the place of those in use, in the transaction of the session.</summary>
    /// <exception cref="ProjectionFencedException">The rows in use are of a later version or ahead.</exception>
    public void Swap(StoreConnection session, ViewSwap swap)
    {
        projections.Swap(session, swap);
        foreach (var text in SqliteDialect.Replace(names, swap.Live.Projection, swap.Table.Projection))
        {
            session.RunOnce(text);
        }
    }

    /// <summary>Creates missing indexes. Their names are those of the view or of the table in which its rows were built, because SQLite can't rename them.</summary>
    private void CreateIndexes(StoreConnection session, IEnumerable<ViewSql> views)
    {
        foreach (var view in views)
        {
            foreach (var index in view.Indexes)
            {
                var indexNames = IndexNames(view.Table, view.Table.Columns[index.Column]);
                var used = indexNames.Select(name => (Name: name, Table: TableOf(session, name))).ToList();
                if (!used.Exists(one => one.Table == names.ViewTable(view.Table.Projection)))
                {
                    var free = used.Find(static one => one.Table is null).Name ?? indexNames[0];
                    session.RunOnce(index.Create.Replace(Identifier.Quote(names.ViewIndex(view.Table.Projection, view.Table.Columns[index.Column].Name)), Identifier.Quote(free), StringComparison.Ordinal));
                }
            }
        }
    }

    /// <summary>The names that the index of a column can have.</summary>
    private string[] IndexNames(ViewTable view, ViewColumn column)
    {
        var live = view.Replaces ?? view;
        return [names.ViewIndex(live.Projection, column.Name), names.ViewIndex(live.Next.Projection, column.Name)];
    }

    /// <summary>Returns the table of an index; null if there is no such index.</summary>
    private static string? TableOf(StoreConnection session, string index) => session.Query(SelectIndex, statement =>
    {
        statement.BindText(1, index);
        return statement.Step() ? statement.ReadText(0) : null;
    });

    private List<ViewSql> Fitting(StoreConnection session)
    {
        List<ViewSql> fitting = [];
        foreach (var view in _tables)
        {
            if (projections.Find(session, view.Table.Projection) is not { } row || row.Version == view.Table.Version)
            {
                fitting.Add(view);
            }
        }

        return fitting;
    }

    private void Compare(StoreConnection session, ViewTable view, bool withIndexes, List<string> differences)
    {
        var table = names.ViewTable(view.Projection);
        var columns = Columns(session, table);
        if (columns.Count == 0)
        {
            differences.Add(Missing(table));
            return;
        }

        if (!columns.SequenceEqual(ColumnsOf(view)))
        {
            differences.Add($"The table {table} doesn't have the columns of the view '{view.Projection}', version {view.Version}: raise the Version of its [Projection], so that it is built again.");
            return;
        }

        foreach (var column in view.Columns.Where(column => column.IsIndexed && withIndexes))
        {
            var indexes = IndexNames(view, column);
            if (!indexes.Any(index => TableOf(session, index) == table))
            {
                differences.Add($"The index {indexes[0]} is missing.");
            }
        }
    }

    private bool HasColumns(StoreConnection session, ViewTable view) => Columns(session, names.ViewTable(view.Projection)).SequenceEqual(ColumnsOf(view));

    private static IEnumerable<(string Name, string Type, bool IsRequired, long Key)> ColumnsOf(ViewTable view) =>
        view.Columns.Select((column, i) => (column.Name, SqliteDialect.TypeOf(column), !column.IsNullable, i == 0 ? 1L : 0));

    private static List<(string Name, string Type, bool IsRequired, long Key)> Columns(StoreConnection session, string table) => session.Query(SelectColumns, statement =>
    {
        List<(string, string, bool, long)> columns = [];
        statement.BindText(1, table);
        while (statement.Step())
        {
            columns.Add((statement.ReadText(0), statement.ReadText(1), statement.ReadInt64(2) != 0, statement.ReadInt64(3)));
        }

        return columns;
    });
}
