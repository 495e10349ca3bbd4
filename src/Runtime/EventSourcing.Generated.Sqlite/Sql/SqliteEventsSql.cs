using System.ComponentModel;
using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Sqlite;

/// <summary>The SQL of one events table, written by the generator with the table's name in it. Values are always parameters.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record SqliteEventsSql
{
    /// <summary>The name of the table, unquoted.</summary>
    public required string Table { get; init; }

    /// <summary>Whether missing parts of the table are created at opening; otherwise the database is refused.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Creates the table.</summary>
    public required string CreateTable { get; init; }

    /// <summary>Creates the unique index on the aggregate's key and version.</summary>
    public required string CreateIndex { get; init; }

    /// <summary>Adds the column <c>append_id</c> to a table that Python created.</summary>
    public required string AddAppendId { get; init; }

    /// <summary>Adds the column <c>metadata</c> to a table that Python created.</summary>
    public required string AddMetadata { get; init; }

    /// <summary>Inserts events, up to the word VALUES: the columns are key, version, topic, state, append id, metadata.</summary>
    public required string Insert { get; init; }

    /// <summary>The greatest version of the key.</summary>
    public required string SelectHead { get; init; }

    /// <summary>Position and append id of the event with the key and version.</summary>
    public required string SelectAppendId { get; init; }

    /// <summary>The events of a key: key, after, up to, limit; the smallest version first.</summary>
    public required string SelectEvents { get; init; }

    /// <summary>As <see cref="SelectEvents"/>, the greatest version first.</summary>
    public required string SelectEventsDescending { get; init; }

    /// <summary>A part of the log: first position, last position, limit.</summary>
    public required string SelectNotifications { get; init; }

    /// <summary>As <see cref="SelectNotifications"/>, of the topics in a JSON array.</summary>
    public required string SelectNotificationsOfTopics { get; init; }

    /// <summary>The greatest position.</summary>
    public required string SelectMaxPosition { get; init; }

    /// <summary>Returns the SQL of an application that isn't compiled in.</summary>
    /// <param name="prefix">The beginning of the tables' names.</param>
    /// <param name="hasTextKeys">Whether keys are texts; otherwise they are GUIDs.</param>
    /// <param name="createTables">As <see cref="CreateTables"/>.</param>
    /// <exception cref="StoreConfigurationException">The prefix isn't valid for an application.</exception>
    internal static SqliteEventsSql Of(string prefix, bool hasTextKeys, bool createTables)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (!Identifier.IsAllowed(prefix))
        {
            throw new StoreConfigurationException("The prefix of the tables isn't valid for an application: it must be up to 42 of the characters A-Z, a-z, 0-9 and _, and must not begin with a digit.");
        }

        var tables = new TableNames { Prefix = prefix, Schema = "", HasTextKeys = hasTextKeys };
        var texts = new SqliteDialect().Events(tables).ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            Table = tables.EventsTable,
            CreateTables = createTables,
            CreateTable = texts[nameof(CreateTable)],
            CreateIndex = texts[nameof(CreateIndex)],
            AddAppendId = texts[nameof(AddAppendId)],
            AddMetadata = texts[nameof(AddMetadata)],
            Insert = texts[nameof(Insert)],
            SelectHead = texts[nameof(SelectHead)],
            SelectAppendId = texts[nameof(SelectAppendId)],
            SelectEvents = texts[nameof(SelectEvents)],
            SelectEventsDescending = texts[nameof(SelectEventsDescending)],
            SelectNotifications = texts[nameof(SelectNotifications)],
            SelectNotificationsOfTopics = texts[nameof(SelectNotificationsOfTopics)],
            SelectMaxPosition = texts[nameof(SelectMaxPosition)],
        };
    }
}
