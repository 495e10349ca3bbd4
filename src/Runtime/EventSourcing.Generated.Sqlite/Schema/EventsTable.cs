using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Sqlite;

/// <summary>Compares the events table with what the store needs, and creates missing parts.</summary>
internal sealed class EventsTable(SqliteEventsSql sql, bool hasTextKeys)
{
    private const string SelectColumns = """
        SELECT name, type, "notnull", dflt_value IS NOT NULL, pk AND (SELECT max(pk) FROM pragma_table_info(?1)) = 1
        FROM pragma_table_info(?1)
        """;

    // A unique index over exactly these two columns, whatever its name.
    private const string SelectUniqueIndex = """
        SELECT count(*) FROM pragma_index_list(?1) AS list
        WHERE list."unique" AND list.partial = 0 AND
            (SELECT group_concat(name) FROM pragma_index_info(list.name)) = 'originator_id,originator_version'
        """;

    private const string SelectOthers = """
        SELECT name FROM sqlite_schema AS s
        WHERE type = 'table' AND name LIKE '%\_events' ESCAPE '\' AND name <> ?1
            AND (SELECT count(*) FROM pragma_table_info(s.name) WHERE name IN ('id', 'originator_id', 'originator_version', 'topic', 'state')) = 5
        ORDER BY name
        """;

    private readonly IReadOnlyList<TableColumn> _columns = SqliteDialect.Columns(hasTextKeys);

    /// <summary>Returns the differences, one sentence each.</summary>
    public List<string> Compare(StoreConnection session)
    {
        var columns = Columns(session);
        if (columns.Count == 0)
        {
            return [$"The table {sql.Table} is missing."];
        }

        var differences = new List<string>();
        foreach (var wanted in _columns)
        {
            if (!columns.TryGetValue(wanted.Name, out var column))
            {
                differences.Add($"The column {wanted.Name} of the table {sql.Table} is missing.");
            }
            else if (!Fits(column, wanted))
            {
                differences.Add(wanted.Name == "id"
                    ? $"The column id of the table {sql.Table} isn't its INTEGER PRIMARY KEY."
                    : $"The column {wanted.Name} of the table {sql.Table} has the type {Show(column.Type)} instead of {wanted.Type}.");
            }
        }

        differences.AddRange(columns.Values
            .Where(column => !_columns.Any(wanted => wanted.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase)) && column.MustBeGiven)
            .Select(column => $"The column {Show(column.Name)} of the table {sql.Table} requires a value, but the store doesn't know the column."));
        if (columns.ContainsKey("originator_id") && columns.ContainsKey("originator_version") && !HasUniqueIndex(session))
        {
            differences.Add($"The unique index on the columns originator_id and originator_version of the table {sql.Table} is missing.");
        }

        return differences;
    }

    /// <summary>Ensures a table that can be used, or throws and leaves everything unchanged.</summary>
    /// <returns>If the table was created: the other events tables of the database.</returns>
    public IReadOnlyList<string> Ensure(StoreConnection session, bool create)
    {
        // First without a write lock: usually nothing is missing.
        var differences = Compare(session);
        if (differences.Count == 0)
        {
            return [];
        }

        if (!create)
        {
            throw new StoreConfigurationException($"The schema of the database doesn't match, and the creation of tables is disabled. {string.Join(' ', differences)}");
        }

        return session.InTransaction(() =>
        {
            var others = Create(session) ? Others(session) : [];
            return Compare(session) is { Count: > 0 } differing
                ? throw new StoreConfigurationException($"The database has a table of this name with a different schema. {string.Join(' ', differing)}")
                : others;
        });
    }

    /// <summary>Creates missing parts. Another process may have created them meanwhile.</summary>
    /// <returns>Whether the table was created.</returns>
    private bool Create(StoreConnection session)
    {
        var columns = Columns(session);
        var isNew = columns.Count == 0;
        if (isNew)
        {
            session.RunOnce(sql.CreateTable);
        }
        else if (!_columns.All(wanted => wanted.IsAdded || columns.ContainsKey(wanted.Name)))
        {
            return false;
        }
        else
        {
            if (!columns.ContainsKey("append_id"))
            {
                session.RunOnce(sql.AddAppendId);
            }

            if (!columns.ContainsKey("metadata"))
            {
                session.RunOnce(sql.AddMetadata);
            }
        }

        if (HasUniqueIndex(session))
        {
            return isNew;
        }

        try
        {
            session.RunOnce(sql.CreateIndex);
            return isNew;
        }
        catch (StoreException exception) when (exception is not (TransientStoreException or StorageFullException))
        {
            throw new StoreConfigurationException(
                $"The unique index of the table {sql.Table} can't be created: the table holds a version twice, or another index has that name.", exception);
        }
    }

    /// <summary>Whether the column fits, by SQLite's rules for the type in a declaration; Python calls a BLOB BINARY.</summary>
    private static bool Fits(Column column, TableColumn wanted)
    {
        var type = column.Type.ToUpperInvariant();
        return wanted.Name == "id"
            ? column.IsPrimaryKey && type == wanted.Type
            : wanted.Type switch
            {
                "INTEGER" => type.Contains("INT", StringComparison.Ordinal),
                "TEXT" => type.Contains("TEXT", StringComparison.Ordinal) || type.Contains("CHAR", StringComparison.Ordinal),
                _ => type.Length == 0 || type.Contains("BLOB", StringComparison.Ordinal) || type.Contains("BINARY", StringComparison.Ordinal),
            };
    }

    /// <summary>Formats a name or type of another program for messages.</summary>
    private static string Show(string text) => text.Length == 0 ? "(none)" : new([.. text.Take(50).Select(c => char.IsControl(c) ? '?' : c)]);

    private Dictionary<string, Column> Columns(StoreConnection session) => session.Query(SelectColumns, statement =>
    {
        var columns = new Dictionary<string, Column>(StringComparer.OrdinalIgnoreCase);
        statement.BindText(1, sql.Table);
        while (statement.Step())
        {
            var isPrimaryKey = statement.ReadInt64(4) != 0;
            var column = new Column(
                statement.ReadText(0), statement.ReadText(1), isPrimaryKey,
                (statement.ReadInt64(2) != 0 || isPrimaryKey) && statement.ReadInt64(3) == 0);
            columns.Add(column.Name, column);
        }

        return columns;
    });

    private List<string> Others(StoreConnection session) => session.Query(SelectOthers, statement =>
    {
        var others = new List<string>();
        statement.BindText(1, sql.Table);
        while (statement.Step())
        {
            others.Add(Show(statement.ReadText(0)));
        }

        return others;
    });

    private bool HasUniqueIndex(StoreConnection session) => session.Query(SelectUniqueIndex, statement =>
    {
        statement.BindText(1, sql.Table);
        return statement.Step() && statement.ReadInt64(0) > 0;
    });

    private readonly record struct Column(string Name, string Type, bool IsPrimaryKey, bool MustBeGiven);
}
