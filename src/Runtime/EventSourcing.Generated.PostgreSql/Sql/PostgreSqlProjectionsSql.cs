using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.PostgreSql;

/// <summary>The SQL of the owners and positions of projections beside an events table.</summary>
internal sealed record PostgreSqlProjectionsSql
{
    /// <summary>The names of the tables.</summary>
    public required TableNames Names { get; init; }

    /// <summary>Creates the table, if it is missing.</summary>
    public required string CreateTable { get; init; }

    /// <summary>All rows.</summary>
    public required string SelectRows { get; init; }

    /// <summary>A row, which is locked: name.</summary>
    public required string SelectRow { get; init; }

    /// <summary>Adds a row without an owner, if it is missing: name, version.</summary>
    public required string Add { get; init; }

    /// <summary>Begins a projection again, because its table is new: name.</summary>
    public required string Reset { get; init; }

    /// <summary>Takes a projection, and returns the row: name, version, owner, duration of the lease.</summary>
    public required string Claim { get; init; }

    /// <summary>Renews a lease: name, fence, duration. Changes one row, or none.</summary>
    public required string Renew { get; init; }

    /// <summary>Ends a lease: name, fence, error. Changes one row, or none.</summary>
    public required string Release { get; init; }

    /// <summary>Moves a position and renews the lease: name, fence, position, duration, number of the statement, position before. Fails if no row was changed.</summary>
    public required string Advance { get; init; }

    /// <summary>Returns the SQL for the tables of which one is an events table.</summary>
    public static PostgreSqlProjectionsSql Of(PostgreSqlEventsSql events)
    {
        var names = TableNames.OfEventsTable(events.Table, events.Schema, hasTextKeys: false);
        var texts = new PostgreSqlDialect().Projections(names).ToDictionary(text => text.Name, text => text.Sql);
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
