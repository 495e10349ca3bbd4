namespace EventSourcing.Recording;

/// <summary>The SQL of the owners and positions of projections beside an events table.</summary>
internal sealed record ProjectionsSql
{
    /// <summary>Creates the table, if it is missing.</summary>
    public required string CreateTable { get; init; }

    /// <summary>All rows.</summary>
    public required string SelectRows { get; init; }

    /// <summary>A row, which is locked where the engine locks rows: name.</summary>
    public required string SelectRow { get; init; }

    /// <summary>Adds a row without an owner, if it is missing: name, version.</summary>
    public required string Add { get; init; }

    /// <summary>Begins a projection again, because its table is new: name.</summary>
    public required string Reset { get; init; }

    /// <summary>Takes a projection: name, version, owner, duration of the lease. Returns the row where the engine can.</summary>
    public required string Claim { get; init; }

    /// <summary>Renews a lease: name, fence, duration. Changes one row, or none.</summary>
    public required string Renew { get; init; }

    /// <summary>Ends a lease: name, fence, error. Changes one row, or none.</summary>
    public required string Release { get; init; }

    /// <summary>Moves a position and renews the lease. Its parameters are those of the engine. Fails, or changes no row, if it isn't the owner's.</summary>
    public required string Advance { get; init; }

    /// <summary>
    /// What decides whether a save can write views itself, under a lock of their rows: the version, the position of the event after that of the view, and
    /// whether events are parked. Its parameters are those of the engine.
    /// </summary>
    public required string SelectInline { get; init; }

    /// <summary>Moves the position of views that a save has written. Its parameters are those of the engine.</summary>
    public required string AdvanceInline { get; init; }

    /// <summary>The numbers of failed events: name, whether they are skipped, number.</summary>
    public required string CountFailedEvents { get; init; }

    /// <summary>Asks the owner to process the parked events of a projection again: name, number of the request.</summary>
    public required string RequestReplay { get; init; }

    /// <summary>Ends a request, unless there is a later one: name, number of the request.</summary>
    public required string FinishReplay { get; init; }

    /// <summary>Deletes the failed events of a projection: name.</summary>
    public required string DeleteFailedEvents { get; init; }

    /// <summary>
    /// Gives a projection the version and position of the one that was built beside it, whose rows replace its own: its name, the other name, its
    /// greatest position. Fails, or changes no row, if it is of a later version or ahead. Its parameters are those of the engine.
    /// </summary>
    public required string Swap { get; init; }

    /// <summary>Deletes the row of a projection: name.</summary>
    public required string Remove { get; init; }

    /// <summary>Gives the failed events of a projection to another: the name of the other, name.</summary>
    public required string MoveFailedEvents { get; init; }

    /// <summary>Creates it from the texts of an engine, each with the name of its property.</summary>
    public static ProjectionsSql Of(IEnumerable<(string Name, string Sql)> texts)
    {
        var byName = texts.ToDictionary(text => text.Name, text => text.Sql);
        return new()
        {
            CreateTable = byName[nameof(CreateTable)],
            SelectRows = byName[nameof(SelectRows)],
            SelectRow = byName[nameof(SelectRow)],
            Add = byName[nameof(Add)],
            Reset = byName[nameof(Reset)],
            Claim = byName[nameof(Claim)],
            Renew = byName[nameof(Renew)],
            Release = byName[nameof(Release)],
            Advance = byName[nameof(Advance)],
            SelectInline = byName[nameof(SelectInline)],
            AdvanceInline = byName[nameof(AdvanceInline)],
            CountFailedEvents = byName[nameof(CountFailedEvents)],
            RequestReplay = byName[nameof(RequestReplay)],
            FinishReplay = byName[nameof(FinishReplay)],
            DeleteFailedEvents = byName[nameof(DeleteFailedEvents)],
            Swap = byName[nameof(Swap)],
            Remove = byName[nameof(Remove)],
            MoveFailedEvents = byName[nameof(MoveFailedEvents)],
        };
    }
}
