using EventSourcing;
using EventSourcing.Sqlite;

namespace Recorders.Contract;

/// <summary>What the generator writes for an application with Guid keys.</summary>
public sealed class GuidRecorder(string url, EventStoreOptions options)
    : SqliteRecorder<Guid>(url, options, EventsSql)
{
    private const string CreateTable = """
        CREATE TABLE "contract_events" (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            originator_id BLOB NOT NULL,
            originator_version INTEGER NOT NULL,
            topic TEXT NOT NULL,
            state BLOB NOT NULL,
            append_id BLOB,
            metadata BLOB
        ) STRICT
        """;

    private const string CreateIndex = """
        CREATE UNIQUE INDEX "contract_events_aggregate_idx"
        ON "contract_events" (originator_id, originator_version)
        """;

    private const string AddAppendId = """
        ALTER TABLE "contract_events" ADD COLUMN append_id BLOB
        """;

    private const string AddMetadata = """
        ALTER TABLE "contract_events" ADD COLUMN metadata BLOB
        """;

    private const string Insert = """
        INSERT INTO "contract_events" (originator_id, originator_version, topic, state, append_id, metadata)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """;

    private const string SelectHead = """
        SELECT max(originator_version) FROM "contract_events"
        WHERE originator_id = ?1
        """;

    private const string SelectAppendId = """
        SELECT id, append_id FROM "contract_events"
        WHERE originator_id = ?1 AND originator_version = ?2
        """;

    private const string SelectEvents = """
        SELECT id, originator_id, originator_version, topic, state, metadata FROM "contract_events"
        WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
        ORDER BY originator_version LIMIT ?4
        """;

    private const string SelectEventsDescending = """
        SELECT id, originator_id, originator_version, topic, state, metadata FROM "contract_events"
        WHERE originator_id = ?1 AND originator_version > ?2 AND originator_version <= ?3
        ORDER BY originator_version DESC LIMIT ?4
        """;

    private const string SelectNotifications = """
        SELECT id, originator_id, originator_version, topic, state, metadata FROM "contract_events"
        WHERE id >= ?1 AND id <= ?2
        ORDER BY id LIMIT ?3
        """;

    private const string SelectNotificationsOfTopics = """
        SELECT id, originator_id, originator_version, topic, state, metadata FROM "contract_events"
        WHERE id >= ?1 AND id <= ?2 AND topic IN (SELECT value FROM json_each(?4))
        ORDER BY id LIMIT ?3
        """;

    private const string SelectMaxPosition = """
        SELECT max(id) FROM "contract_events"
        """;

    private static readonly SqliteEventsSql EventsSql = new()
    {
        Table = "contract_events",
        CreateTable = CreateTable,
        CreateIndex = CreateIndex,
        AddAppendId = AddAppendId,
        AddMetadata = AddMetadata,
        Insert = Insert,
        SelectHead = SelectHead,
        SelectAppendId = SelectAppendId,
        SelectEvents = SelectEvents,
        SelectEventsDescending = SelectEventsDescending,
        SelectNotifications = SelectNotifications,
        SelectNotificationsOfTopics = SelectNotificationsOfTopics,
        SelectMaxPosition = SelectMaxPosition,
    };

    protected override void BindKey(SqliteStatement statement, int index, Guid key) =>
        statement.BindGuid(index, key);

    protected override Guid ReadKey(SqliteStatement statement, int column) =>
        statement.ReadGuid(column);
}
