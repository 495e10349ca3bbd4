using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.PostgreSql;

/// <summary>The SQL of the tracked positions beside an events table.</summary>
internal sealed record PostgreSqlTrackingSql
{
    /// <summary>The schema of the table, unquoted.</summary>
    public required string Schema { get; init; }

    /// <summary>The name of the table, unquoted.</summary>
    public required string Table { get; init; }

    /// <summary>Whether a missing table is created when the first position is tracked.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Whether <see cref="Notify"/> is part of the transaction that writes.</summary>
    public required bool NotifyInTransaction { get; init; }

    /// <summary>Creates the table.</summary>
    public required string CreateTable { get; init; }

    /// <summary>The greatest position: name.</summary>
    public required string SelectPosition { get; init; }

    /// <summary>Writes a greater position: name, position, and a number of the statement. Fails if no row was written.</summary>
    public required string Track { get; init; }

    /// <summary>Takes the lock that <see cref="TrackRow"/> needs.</summary>
    public required string LockTable { get; init; }

    /// <summary>As <see cref="Track"/>, for a table with a row for each position, under a lock.</summary>
    public required string TrackRow { get; init; }

    /// <summary>Takes the lock for the change of a table with a row for each position.</summary>
    public required string LockOldTable { get; init; }

    /// <summary>Deletes all rows except for those of the greatest positions.</summary>
    public required string DeleteOldRows { get; init; }

    /// <summary>Drops the primary key, whose name follows.</summary>
    public required string DropKey { get; init; }

    /// <summary>Adds the primary key of a table with a row for each name.</summary>
    public required string AddKey { get; init; }

    /// <summary>Notifies listeners of a tracked position, or of a projection's step.</summary>
    public required string Notify { get; init; }

    /// <summary>Listens to <see cref="Notify"/>.</summary>
    public required string Listen { get; init; }

    /// <summary>The channel of both.</summary>
    public string Channel => PostgreSqlDialect.ChannelOf(Table);

    /// <summary>Returns the SQL for the tables of which one is an events table.</summary>
    public static PostgreSqlTrackingSql Of(PostgreSqlEventsSql events)
    {
        var names = TableNames.OfEventsTable(events.Table, events.Schema, hasTextKeys: false);
        var texts = new PostgreSqlDialect().Tracking(names).ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            Schema = names.Schema,
            Table = names.TrackingTable,
            CreateTables = events.CreateTables,
            NotifyInTransaction = events.NotifyInTransaction,
            CreateTable = texts[nameof(CreateTable)],
            SelectPosition = texts[nameof(SelectPosition)],
            Track = texts[nameof(Track)],
            LockTable = texts[nameof(LockTable)],
            TrackRow = texts[nameof(TrackRow)],
            LockOldTable = texts[nameof(LockOldTable)],
            DeleteOldRows = texts[nameof(DeleteOldRows)],
            DropKey = texts[nameof(DropKey)],
            AddKey = texts[nameof(AddKey)],
            Notify = texts[nameof(Notify)],
            Listen = texts[nameof(Listen)],
        };
    }
}
