using System.ComponentModel;
using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.PostgreSql;

/// <summary>The SQL of one events table, written by the generator with the table's name in it. Values are always parameters.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record PostgreSqlEventsSql
{
    /// <summary>The name of the schema, unquoted.</summary>
    public required string Schema { get; init; }

    /// <summary>The name of the table, unquoted.</summary>
    public required string Table { get; init; }

    /// <summary>Whether opening a store creates missing parts; otherwise an unfit database is refused.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Creates the schema.</summary>
    public required string CreateSchema { get; init; }

    /// <summary>Creates the table.</summary>
    public required string CreateTable { get; init; }

    /// <summary>Creates the unique index on the aggregate's key and version.</summary>
    public required string CreateIndex { get; init; }

    /// <summary>Adds the column <c>append_id</c> to a table that Python created.</summary>
    public required string AddAppendId { get; init; }

    /// <summary>Adds the column <c>metadata</c> to a table that Python created.</summary>
    public required string AddMetadata { get; init; }

    /// <summary>Limits the wait for locks (milliseconds, as text) and takes the lock of the store, until the transaction ends.</summary>
    public required string Lock { get; init; }

    /// <summary>
    /// Inserts events, in the order given: arrays of keys, versions, topics, states, metadata (empty for none), append ids, whether the version
    /// before must be stored, and the last position that was seen. Returns the positions as one array. Fails if a position isn't greater than all
    /// stored ones and the last one seen, or if a trigger withholds a row.
    /// </summary>
    public required string Insert { get; init; }

    /// <summary>
    /// As <see cref="Insert"/>, without the saves that don't fit the stored events: the last array says whether the event is the first of its
    /// aggregate in a save, which must directly follow the stored events. Returns the number of each event that doesn't, with the greatest version
    /// of its aggregate, and then null and the position for each event that was written.
    /// </summary>
    public required string InsertFitting { get; init; }

    /// <summary>
    /// As <see cref="InsertFitting"/>, for saves of one event each. Inserts only where the lock of the store is free or taken already, and takes it.
    /// Returns position and append id of each event that was written.
    /// </summary>
    public required string InsertEach { get; init; }

    /// <summary>
    /// As <see cref="Insert"/>, for consecutive events of one aggregate: key, first version, arrays of topics, states and metadata, append id,
    /// whether the version before must be stored, the last position. Inserts only where the lock of the store is free or taken already, and takes
    /// it; otherwise the array is null.
    /// </summary>
    public required string InsertRun { get; init; }

    /// <summary>As <see cref="Insert"/>, for one event, without arrays, and returns the position. Inserts only where the lock of the store is free or taken already, and takes it.</summary>
    public required string InsertOne { get; init; }

    /// <summary>
    /// Selects for each of the keys and versions given as arrays, in their order: the greatest version of the key, and position and append id of
    /// the event with this key and version; null for missing ones.
    /// </summary>
    public required string SelectStored { get; init; }

    /// <summary>Notifies listeners of an append.</summary>
    public required string Notify { get; init; }

    /// <summary>Whether <see cref="Notify"/> is part of the transaction that appends, as in the Python package.</summary>
    public required bool NotifyInTransaction { get; init; }

    /// <summary>Listens to <see cref="Notify"/>.</summary>
    public required string Listen { get; init; }

    /// <summary>The events of a key: key, after, up to, limit; the smallest version first.</summary>
    public required string SelectEvents { get; init; }

    /// <summary>As <see cref="SelectEvents"/>, the greatest version first.</summary>
    public required string SelectEventsDescending { get; init; }

    /// <summary>A part of the log: first position, last position, limit.</summary>
    public required string SelectNotifications { get; init; }

    /// <summary>As <see cref="SelectNotifications"/>, of the topics in an array.</summary>
    public required string SelectNotificationsOfTopics { get; init; }

    /// <summary>The greatest position.</summary>
    public required string SelectMaxPosition { get; init; }

    /// <summary>Returns the SQL of an application that isn't compiled in.</summary>
    /// <param name="prefix">The beginning of the tables' names.</param>
    /// <param name="schema">Their schema.</param>
    /// <param name="hasTextKeys">Whether keys are texts; otherwise they are GUIDs.</param>
    /// <param name="createTables">As <see cref="CreateTables"/>.</param>
    /// <exception cref="StoreConfigurationException">The prefix or the schema isn't valid for an application.</exception>
    internal static PostgreSqlEventsSql Of(string prefix, string schema, bool hasTextKeys, bool createTables)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(schema);
        if (!Identifier.IsAllowed(prefix) || !Identifier.IsAllowedSchema(schema))
        {
            throw new StoreConfigurationException(
                "The prefix or the schema of the tables isn't valid for an application: it must be up to 42 (a schema up to 63) of the characters A-Z, a-z, 0-9 and _, and must not begin with a digit. A system schema of PostgreSQL isn't allowed.");
        }

        var tables = new TableNames { Prefix = prefix, Schema = schema, HasTextKeys = hasTextKeys };
        var texts = new PostgreSqlDialect().Events(tables).ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            Schema = schema,
            Table = tables.EventsTable,
            CreateTables = createTables,
            NotifyInTransaction = false,
            CreateSchema = texts[nameof(CreateSchema)],
            CreateTable = texts[nameof(CreateTable)],
            CreateIndex = texts[nameof(CreateIndex)],
            AddAppendId = texts[nameof(AddAppendId)],
            AddMetadata = texts[nameof(AddMetadata)],
            Lock = texts[nameof(Lock)],
            Insert = texts[nameof(Insert)],
            InsertFitting = texts[nameof(InsertFitting)],
            InsertEach = texts[nameof(InsertEach)],
            InsertRun = texts[nameof(InsertRun)],
            InsertOne = texts[nameof(InsertOne)],
            SelectStored = texts[nameof(SelectStored)],
            Notify = texts[nameof(Notify)],
            Listen = texts[nameof(Listen)],
            SelectEvents = texts[nameof(SelectEvents)],
            SelectEventsDescending = texts[nameof(SelectEventsDescending)],
            SelectNotifications = texts[nameof(SelectNotifications)],
            SelectNotificationsOfTopics = texts[nameof(SelectNotificationsOfTopics)],
            SelectMaxPosition = texts[nameof(SelectMaxPosition)],
        };
    }
}
