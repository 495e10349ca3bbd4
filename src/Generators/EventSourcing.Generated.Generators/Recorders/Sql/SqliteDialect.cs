using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>The SQL of a SQLite recorder, each text with the name of the property of <c>SqliteEventsSql</c> that takes it.</summary>
internal sealed record SqliteDialect : SqlDialect
{
    private const string Columns = "id, originator_id, originator_version, topic, state, metadata";

    public override IReadOnlyList<string> Script(TableModel model) => ["CreateTable", "CreateIndex"];

    public override IEnumerable<(string Name, string Sql)> Events(TableModel model)
    {
        if (!Identifier.IsAllowed(model.Prefix))
        {
            throw new ArgumentException("The prefix of the tables is no allowed identifier.", nameof(model));
        }

        var table = Identifier.Quote(model.EventsTable);
        return [.. Definition(model, table), .. Statements(table)];
    }

    private static IEnumerable<(string Name, string Sql)> Definition(TableModel model, string table) =>
    [
        ("CreateTable", $"""
            CREATE TABLE {table} (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                originator_id {(model.Key == KeyKind.Guid ? "BLOB" : "TEXT")} NOT NULL,
                originator_version INTEGER NOT NULL,
                topic TEXT NOT NULL,
                state BLOB NOT NULL,
                append_id BLOB,
                metadata BLOB
            ) STRICT
            """),
        ("CreateIndex", $"""
            CREATE UNIQUE INDEX {Identifier.Quote(model.EventsTable + "_aggregate_idx")}
            ON {table} (originator_id, originator_version)
            """),
        ("AddAppendId", $"ALTER TABLE {table} ADD COLUMN append_id BLOB"),
        ("AddMetadata", $"ALTER TABLE {table} ADD COLUMN metadata BLOB"),
    ];

    private static IEnumerable<(string Name, string Sql)> Statements(string table) =>
    [
        ("Insert", $"""
            INSERT INTO {table} (originator_id, originator_version, topic, state, append_id, metadata)
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
            SELECT {Columns} FROM {table}
            WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
            ORDER BY originator_version LIMIT ?4
            """),
        ("SelectEventsDescending", $"""
            SELECT {Columns} FROM {table}
            WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
            ORDER BY originator_version DESC LIMIT ?4
            """),
        ("SelectNotifications", $"""
            SELECT {Columns} FROM {table}
            WHERE id >= ?1 AND id <= ?2
            ORDER BY id LIMIT ?3
            """),
        ("SelectNotificationsOfTopics", $"""
            SELECT {Columns} FROM {table}
            WHERE id >= ?1 AND id <= ?2 AND topic IN (SELECT value FROM json_each(?4))
            ORDER BY id LIMIT ?3
            """),
        ("SelectMaxPosition", $"SELECT max(id) FROM {table}"),
    ];
}
