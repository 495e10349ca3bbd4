using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Sqlite;

/// <summary>The SQL of the tracked positions beside an events table.</summary>
internal sealed record SqliteTrackingSql
{
    /// <summary>The name of the table, unquoted.</summary>
    public required string Table { get; init; }

    /// <summary>Whether a missing table is created when the first position is tracked.</summary>
    public required bool CreateTables { get; init; }

    /// <summary>Creates the table.</summary>
    public required string CreateTable { get; init; }

    /// <summary>The greatest position: name.</summary>
    public required string SelectPosition { get; init; }

    /// <summary>Writes a greater position: name, position. Changes one row, or none.</summary>
    public required string Track { get; init; }

    /// <summary>As <see cref="Track"/>, for a table with a row for each position.</summary>
    public required string TrackRow { get; init; }

    /// <summary>Creates the table that replaces one with a row for each position, under another name.</summary>
    public required string CreateNewTable { get; init; }

    /// <summary>Copies the greatest positions into it.</summary>
    public required string CopyRows { get; init; }

    /// <summary>Drops the table with a row for each position.</summary>
    public required string DropTable { get; init; }

    /// <summary>Gives the new table its name.</summary>
    public required string RenameTable { get; init; }

    /// <summary>Returns the SQL for the tables of which one is an events table.</summary>
    public static SqliteTrackingSql Of(SqliteEventsSql events)
    {
        var names = TableNames.OfEventsTable(events.Table, "", hasTextKeys: false);
        var texts = new SqliteDialect().Tracking(names).ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            Table = names.TrackingTable,
            CreateTables = events.CreateTables,
            CreateTable = texts[nameof(CreateTable)],
            SelectPosition = texts[nameof(SelectPosition)],
            Track = texts[nameof(Track)],
            TrackRow = texts[nameof(TrackRow)],
            CreateNewTable = texts[nameof(CreateNewTable)],
            CopyRows = texts[nameof(CopyRows)],
            DropTable = texts[nameof(DropTable)],
            RenameTable = texts[nameof(RenameTable)],
        };
    }
}
