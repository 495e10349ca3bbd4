namespace EventSourcing.Sqlite;

/// <summary>Creates the events table, or looks whether the one that is there fits.</summary>
internal static class EventsTable
{
    private const string SelectColumns = "SELECT name FROM pragma_table_info(?1)";

    // A unique index over exactly these two columns, whatever its name.
    private const string SelectUniqueIndex = """
        SELECT count(*) FROM pragma_index_list(?1) AS list
        WHERE list."unique" AND list.partial = 0 AND
            (SELECT group_concat(name) FROM pragma_index_info(list.name)) = 'originator_id,originator_version'
        """;

    private static readonly string[] OwnColumns = ["append_id", "metadata"];
    private static readonly string[] SharedColumns = ["id", "originator_id", "originator_version", "topic", "state"];

    internal static void Ensure(SqliteSession session, SqliteEventsSql sql)
    {
        // Without a write lock first: most often all is there.
        if (Fits(session, sql.Table))
        {
            return;
        }

        if (!sql.CreateTables)
        {
            throw new StoreConfigurationException(
                $"The table {sql.Table} is missing, or lacks the columns append_id and metadata or its unique index, and the creation of tables is off.");
        }

        session.Begin();
        try
        {
            // Another process may have been faster.
            var columns = Columns(session, sql.Table);
            if (columns.Count == 0)
            {
                Run(session, sql.CreateTable);
            }
            else if (!columns.IsSupersetOf(SharedColumns))
            {
                throw new StoreConfigurationException($"There is a table {sql.Table} that is no events table.");
            }
            else
            {
                AddColumn(session, columns, "append_id", sql.AddAppendId);
                AddColumn(session, columns, "metadata", sql.AddMetadata);
            }

            if (!HasUniqueIndex(session, sql.Table))
            {
                Run(session, sql.CreateIndex);
            }

            SqliteErrors.Check(session.TryCommit(), session.Handle);
        }
        catch
        {
            session.Rollback();
            throw;
        }
    }

    private static bool Fits(SqliteSession session, string table)
    {
        var columns = Columns(session, table);
        return columns.IsSupersetOf(SharedColumns) && columns.IsSupersetOf(OwnColumns) && HasUniqueIndex(session, table);
    }

    private static void AddColumn(SqliteSession session, HashSet<string> columns, string name, string sql)
    {
        if (!columns.Contains(name))
        {
            Run(session, sql);
        }
    }

    private static HashSet<string> Columns(SqliteSession session, string table)
    {
        var columns = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var statement = new SqliteStatement(session.Handle, SelectColumns);
        try
        {
            statement.BindText(1, table);
            while (statement.Step())
            {
                columns.Add(statement.ReadText(0));
            }

            return columns;
        }
        finally
        {
            statement.Close();
        }
    }

    private static bool HasUniqueIndex(SqliteSession session, string table)
    {
        var statement = new SqliteStatement(session.Handle, SelectUniqueIndex);
        try
        {
            statement.BindText(1, table);
            return statement.Step() && statement.ReadInt64(0) > 0;
        }
        finally
        {
            statement.Close();
        }
    }

    private static void Run(SqliteSession session, string sql)
    {
        var statement = new SqliteStatement(session.Handle, sql);
        try
        {
            statement.Run();
        }
        finally
        {
            statement.Close();
        }
    }
}
