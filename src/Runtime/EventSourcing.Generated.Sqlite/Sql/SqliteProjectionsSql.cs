using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Sqlite;

/// <summary>The SQL of the owners and positions of projections beside an events table.</summary>
internal sealed record SqliteProjectionsSql
{
    /// <summary>The names of the tables.</summary>
    public required TableNames Names { get; init; }

    /// <summary>Creates the table, if it is missing.</summary>
    public required string CreateTable { get; init; }

    /// <summary>All rows.</summary>
    public required string SelectRows { get; init; }

    /// <summary>A row: name.</summary>
    public required string SelectRow { get; init; }

    /// <summary>Adds a row without an owner, if it is missing: name, version.</summary>
    public required string Add { get; init; }

    /// <summary>Begins a projection again, because its table is new: name.</summary>
    public required string Reset { get; init; }

    /// <summary>Takes a projection: name, version, owner, duration of the lease in milliseconds.</summary>
    public required string Claim { get; init; }

    /// <summary>Renews a lease: name, fence, duration in milliseconds. Changes one row, or none.</summary>
    public required string Renew { get; init; }

    /// <summary>Ends a lease: name, fence, error. Changes one row, or none.</summary>
    public required string Release { get; init; }

    /// <summary>Moves a position and renews the lease: name, fence, position, duration in milliseconds, position before. Changes one row, or none.</summary>
    public required string Advance { get; init; }

    /// <summary>Returns the SQL for the tables of which one is an events table.</summary>
    public static SqliteProjectionsSql Of(SqliteEventsSql events)
    {
        var names = TableNames.OfEventsTable(events.Table, "", hasTextKeys: false);
        var texts = new SqliteDialect().Projections(names).ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            Names = names,
            CreateTable = texts[nameof(CreateTable)],
            SelectRows = texts[nameof(SelectRows)],
            SelectRow = texts[nameof(SelectRow)],
            Add = texts[nameof(Add)],
            Reset = texts[nameof(Reset)],
            Claim = texts[nameof(Claim)],
            Renew = texts[nameof(Renew)],
            Release = texts[nameof(Release)],
            Advance = texts[nameof(Advance)],
        };
    }
}
