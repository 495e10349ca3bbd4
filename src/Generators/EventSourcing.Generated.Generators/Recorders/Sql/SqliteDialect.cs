using EventSourcing.Recording;

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

    /// <summary>The type of a column of a view. Values are stored as Microsoft.Data.Sqlite stores them.</summary>
    public static string TypeOf(ViewColumn column) => column.Type switch
    {
        ViewColumnType.Boolean or ViewColumnType.Int16 or ViewColumnType.Int32 or ViewColumnType.Int64 => "INTEGER",
        ViewColumnType.Single or ViewColumnType.Double => "REAL",
        ViewColumnType.Bytes => "BLOB",
        _ => "TEXT",
    };

    public override IEnumerable<(string Name, string Sql)> Projections(TableNames names)
    {
        // Milliseconds since 1970, by the clock of the machine.
        const string Now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";
        const string Columns = $"name, version, position, fence, owner, coalesce(lease_until < {Now}, 0), error";
        var table = Identifier.Quote(names.ProjectionsTable);
        var failed = Identifier.Quote(names.ViewTable(FailedEventColumns.Name));
        var events = Identifier.Quote(names.EventsTable);
        return
        [
            ("CreateTable", $"""
                CREATE TABLE IF NOT EXISTS {table} (
                    name TEXT NOT NULL PRIMARY KEY,
                    version INTEGER NOT NULL,
                    position INTEGER NOT NULL,
                    fence INTEGER NOT NULL,
                    owner TEXT,
                    lease_until INTEGER,
                    error TEXT
                ) STRICT, WITHOUT ROWID
                """),
            ("SelectRows", $"SELECT {Columns} FROM {table} ORDER BY name"),
            ("SelectRow", $"SELECT {Columns} FROM {table} WHERE name = ?1"),
            // The fence is greater than that of a row that was deleted, whose owner may come back.
            ("Add", $"""
                INSERT INTO {table} (name, version, position, fence) VALUES (?1, ?2, 0, {Now})
                ON CONFLICT (name) DO NOTHING
                """),
            ("Reset", $"""
                UPDATE {table} SET position = 0, fence = fence + 1, owner = NULL, lease_until = NULL, error = NULL
                WHERE name = ?1
                """),
            ("Claim", $"""
                UPDATE {table}
                SET version = ?2, position = CASE WHEN version = ?2 THEN position ELSE 0 END, fence = fence + 1, owner = ?3, lease_until = {Now} + ?4, error = NULL
                WHERE name = ?1
                """),
            ("Renew", $"""
                UPDATE {table} SET lease_until = {Now} + ?3
                WHERE name = ?1 AND fence = ?2 AND owner IS NOT NULL
                """),
            ("Release", $"""
                UPDATE {table} SET owner = NULL, lease_until = NULL, error = ?3
                WHERE name = ?1 AND fence = ?2 AND owner IS NOT NULL
                """),
            // Name, fence, position, duration, position before. A step that keeps the position raises the fence, so that it can't be written twice.
            ("Advance", $"""
                UPDATE {table} SET position = ?3, fence = fence + (position = ?3), lease_until = {Now} + ?4
                WHERE name = ?1 AND fence = ?2 AND position = ?5 AND owner IS NOT NULL
                """),
            // Name. Whether a save can write the view itself: the position after that of the view must be its own.
            ("SelectInline", $"""
                SELECT version, (SELECT e.id FROM {events} AS e WHERE e.id > p.position ORDER BY e.id LIMIT 1),
                    EXISTS (SELECT 1 FROM {failed} AS f WHERE f.state = 'parked' AND f.projection = p.name)
                FROM {table} AS p WHERE name = ?1
                """),
            ("AdvanceInline", $"UPDATE {table} SET position = ?2, error = NULL WHERE name = ?1"),
            ("CountFailedEvents", $"SELECT projection, state = 'skipped', count(*) FROM {failed} WHERE state <> 'replaying' GROUP BY 1, 2"),
            ("RequestReplay", $"""
                INSERT INTO {failed} (id, projection, position, state, error) VALUES (?1 || ' replay', ?1, 0, 'replaying', ?2)
                ON CONFLICT (id) DO UPDATE SET error = excluded.error
                """),
            ("FinishReplay", $"DELETE FROM {failed} WHERE id = ?1 || ' replay' AND error = ?2"),
            ("DeleteFailedEvents", $"DELETE FROM {failed} WHERE projection = ?1"),
            // Name, name of the one that was built, greatest position.
            ("Swap", $"""
                UPDATE {table} SET (version, position) = (SELECT n.version, n.position FROM {table} AS n WHERE n.name = ?2),
                    fence = fence + 1, owner = NULL, lease_until = NULL, error = NULL
                WHERE name = ?1 AND position <= ?3 AND version <= (SELECT n.version FROM {table} AS n WHERE n.name = ?2)
                """),
            ("Remove", $"DELETE FROM {table} WHERE name = ?1"),
            ("MoveFailedEvents", $"UPDATE {failed} SET projection = ?1, id = ?1 || substr(id, length(?2) + 1) WHERE projection = ?2"),
        ];
    }

    public override IEnumerable<(string Name, string Sql)> View(TableNames names, string projection, IReadOnlyList<ViewColumn> columns)
    {
        var table = Identifier.Quote(names.ViewTable(projection));
        var key = Identifier.Quote(columns[0].Name);
        var all = Names(columns);
        var declarations = columns.Select((c, i) => $"{Identifier.Quote(c.Name)} {TypeOf(c)}{(c.IsNullable ? "" : " NOT NULL")}{(i == 0 ? " PRIMARY KEY" : "")}");
        return
        [
            // A key that isn't an integer would need an index beside the table.
            ("CreateTable", $"""
                CREATE TABLE {table} (
                    {string.Join(",\n    ", declarations)}
                ) STRICT{(TypeOf(columns[0]) == "INTEGER" ? "" : ", WITHOUT ROWID")}
                """),
            ("DropTable", $"DROP TABLE IF EXISTS {table}"),
            ("Upsert", $"""
                INSERT INTO {table} ({all})
                VALUES ({string.Join(", ", columns.Select((_, i) => $"?{i + 1}"))})
                ON CONFLICT ({key}) {OnConflict(columns)}
                """),
            ("Delete", $"DELETE FROM {table} WHERE {key} = ?1"),
            ("SelectKeys", $"SELECT {all} FROM {table} WHERE {key} = ?1"),
            ("SelectPage", $"SELECT {all} FROM {table} ORDER BY {key} LIMIT ?1"),
            ("SelectPageAfter", $"SELECT {all} FROM {table} WHERE {key} > ?1 ORDER BY {key} LIMIT ?2"),
        ];
    }

    public override IEnumerable<(string Name, string Sql)> ViewIndex(TableNames names, string projection, IReadOnlyList<ViewColumn> columns, ViewColumn column)
    {
        var table = Identifier.Quote(names.ViewTable(projection));
        var (key, compared, all) = (Identifier.Quote(columns[0].Name), Identifier.Quote(column.Name), Names(columns));
        return
        [
            ("Create", $"CREATE INDEX IF NOT EXISTS {Identifier.Quote(names.ViewIndex(projection, column.Name))} ON {table} ({compared}, {key})"),
            ("Select", $"SELECT {all} FROM {table} WHERE {compared} = ?1 ORDER BY {key} LIMIT ?2"),
            ("SelectAfter", $"SELECT {all} FROM {table} WHERE {compared} = ?1 AND {key} > ?2 ORDER BY {key} LIMIT ?3"),
        ];
    }

    /// <summary>
    /// The statements that put the table of a view into the place of another. A view of the user's may refer to the table, and must not be changed, nor
    /// prevent it. An index keeps its name, because SQLite can't rename it.
    /// </summary>
    public static IEnumerable<string> Replace(TableNames names, string projection, string next)
    {
        var table = Identifier.Quote(names.ViewTable(projection));
        return
        [
            "PRAGMA legacy_alter_table = ON",
            $"DROP TABLE IF EXISTS {table}",
            $"ALTER TABLE {Identifier.Quote(names.ViewTable(next))} RENAME TO {table}",
            "PRAGMA legacy_alter_table = OFF",
        ];
    }

    private static string CreateTracking(string table) => $"""
        CREATE TABLE {table} (
            {TableColumn.Declarations(TrackingColumns)}
        ) STRICT
        """;
}
