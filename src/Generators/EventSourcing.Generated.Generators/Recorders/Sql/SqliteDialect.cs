namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>The SQL of a SQLite recorder, each text with the name of the property of <c>SqliteEventsSql</c> that takes it.</summary>
internal sealed record SqliteDialect : SqlDialect
{
    /// <summary>The columns of the events table.</summary>
    public static IReadOnlyList<TableColumn> Columns(bool hasTextKeys) =>
    [
        new("id", "INTEGER", "PRIMARY KEY AUTOINCREMENT"),
        new("originator_id", hasTextKeys ? "TEXT" : "BLOB", "NOT NULL"),
        new("originator_version", "INTEGER", "NOT NULL"),
        new("topic", "TEXT", "NOT NULL"),
        new("state", "BLOB", "NOT NULL"),
        new("append_id", "BLOB", null),
        new("metadata", "BLOB", null),
    ];

    /// <summary>The columns of the table of tracked positions.</summary>
    public static IReadOnlyList<TableColumn> TrackingColumns { get; } =
    [
        new("application_name", "TEXT", "NOT NULL PRIMARY KEY"),
        new("notification_id", "INTEGER", null),
    ];

    /// <summary>
    /// Completes <c>Insert</c> for events of one aggregate: parameters are key, first version, append id and metadata, and then topic and
    /// state of each event.
    /// </summary>
    public static string InsertRows(string insert, int rows) =>
        $"{insert} {string.Join(", ", Enumerable.Range(0, rows).Select(row => $"(?1, ?2 + {row}, ?{5 + 2 * row}, ?{6 + 2 * row}, ?3, ?4)"))}";

    public override IReadOnlyList<string> Script(TableNames names) => ["CreateTable", "CreateIndex"];

    public override IEnumerable<(string Name, string Sql)> Events(TableNames names)
    {
        if (!Identifier.IsAllowed(names.Prefix))
        {
            throw new ArgumentException("The prefix of the tables is no allowed identifier.", nameof(names));
        }

        var table = Identifier.Quote(names.EventsTable);
        var columns = Columns(names.HasTextKeys);
        return [.. Definition(names, table, columns), .. Statements(table, columns)];
    }

    private static IEnumerable<(string Name, string Sql)> Definition(TableNames names, string table, IReadOnlyList<TableColumn> columns) =>
    [
        ("CreateTable", $"""
            CREATE TABLE {table} (
                {TableColumn.Declarations(columns)}
            ) STRICT
            """),
        ("CreateIndex", $"""
            CREATE UNIQUE INDEX {Identifier.Quote(names.EventsTable + "_aggregate_idx")}
            ON {table} (originator_id, originator_version)
            """),
        ("AddAppendId", TableColumn.Addition(table, "append_id", columns)),
        ("AddMetadata", TableColumn.Addition(table, "metadata", columns)),
    ];

    private static IEnumerable<(string Name, string Sql)> Statements(string table, IReadOnlyList<TableColumn> columns)
    {
        var read = TableColumn.NamesExcept("append_id", columns);
        return
        [
            ("Insert", $"""
                INSERT INTO {table} ({TableColumn.NamesExcept("id", columns)})
                VALUES
                """),
            ("SelectHead", $"""
                SELECT max(originator_version) FROM {table}
                WHERE originator_id = ?1
                """),
            ("SelectAppendId", $"""
                SELECT id, append_id FROM {table}
                WHERE originator_id = ?1 AND originator_version = ?2
                """),
            ("SelectEvents", $"""
                SELECT {read} FROM {table}
                WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
                ORDER BY originator_version LIMIT ?4
                """),
            ("SelectEventsDescending", $"""
                SELECT {read} FROM {table}
                WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
                ORDER BY originator_version DESC LIMIT ?4
                """),
            ("SelectNotifications", $"""
                SELECT {read} FROM {table}
                WHERE id >= ?1 AND id <= ?2
                ORDER BY id LIMIT ?3
                """),
            ("SelectNotificationsOfTopics", $"""
                SELECT {read} FROM {table}
                WHERE id >= ?1 AND id <= ?2 AND topic IN (SELECT value FROM json_each(?4))
                ORDER BY id LIMIT ?3
                """),
            ("SelectMaxPosition", $"SELECT max(id) FROM {table}"),
        ];
    }

    public override IEnumerable<(string Name, string Sql)> Tracking(TableNames names)
    {
        var table = Identifier.Quote(names.TrackingTable);
        var replacing = Identifier.Quote(names.TrackingTable + "_new");
        return
        [
            ("CreateTable", CreateTracking(table)),
            ("SelectPosition", $"""
                SELECT max(notification_id) FROM {table}
                WHERE application_name = ?1
                """),
            ("Track", $"""
                INSERT INTO {table} (application_name, notification_id) VALUES (?1, ?2)
                ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id
                WHERE notification_id IS NULL OR notification_id < excluded.notification_id
                """),
            ("TrackRow", $"""
                INSERT INTO {table} (application_name, notification_id)
                SELECT ?1, ?2
                WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE application_name = ?1 AND notification_id >= ?2)
                """),
            // In the order of SQLite's documentation of ALTER TABLE: a table that is renamed first would take the references of views with it.
            ("CreateNewTable", CreateTracking(replacing)),
            ("CopyRows", $"""
                INSERT INTO {replacing} (application_name, notification_id)
                SELECT application_name, max(notification_id) FROM {table}
                GROUP BY application_name
                """),
            ("DropTable", $"DROP TABLE {table}"),
            ("RenameTable", $"ALTER TABLE {replacing} RENAME TO {table}"),
        ];
    }

    private static string CreateTracking(string table) => $"""
        CREATE TABLE {table} (
            {TableColumn.Declarations(TrackingColumns)}
        ) STRICT
        """;
}
