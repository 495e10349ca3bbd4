using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>The table of the owners and positions of projections.</summary>
internal sealed class ProjectionsTable(ProjectionsSql sql)
{
    /// <summary>Creates the table, if it is missing.</summary>
    public void Create(StoreConnection session) => session.RunOnce(sql.CreateTable);

    /// <summary>Returns all rows; none if the table doesn't exist.</summary>
    public List<ProjectionRow> All(StoreConnection session) => session.Query(sql.SelectRows, static statement =>
    {
        List<ProjectionRow> rows = [];
        while (statement.Step())
        {
            rows.Add(Read(statement));
        }

        return rows;
    });

    /// <summary>Returns a row; null for none.</summary>
    public ProjectionRow? Find(StoreConnection session, string projection) => session.Query(sql.SelectRow, statement =>
    {
        statement.BindText(1, projection);
        return statement.Step() ? Read(statement) : null;
    });

    /// <summary>Adds the row of a projection, if it is missing.</summary>
    public void Add(StoreConnection session, ViewTable view) => session.Query(sql.Add, statement =>
    {
        statement.BindText(1, view.Projection);
        statement.BindInt64(2, view.Version);
        return statement.Step();
    });

    /// <summary>Begins a projection again at the first event. An owner that is running is refused from now on.</summary>
    public void Reset(StoreConnection session, ViewTable view) => session.Query(sql.Reset, statement =>
    {
        statement.BindText(1, view.Projection);
        return statement.Step();
    });

    /// <summary>Takes a projection.</summary>
    public void Claim(StoreConnection session, ProjectionClaim claim) => session.Query(sql.Claim, statement =>
    {
        statement.BindText(1, claim.Table.Projection);
        statement.BindInt64(2, claim.Table.Version);
        statement.BindText(3, claim.Owner);
        statement.BindInt64(4, (long)claim.Duration.TotalMilliseconds);
        return statement.Step();
    });

    /// <summary>Renews a lease.</summary>
    /// <returns>False if another owner has taken the projection.</returns>
    public bool Renew(StoreConnection session, ProjectionLease lease)
    {
        session.Query(sql.Renew, statement =>
        {
            Bind(statement, lease);
            statement.BindInt64(3, (long)lease.Duration.TotalMilliseconds);
            return statement.Step();
        });
        return session.Changes == 1;
    }

    /// <summary>Ends a lease.</summary>
    public void Release(StoreConnection session, ProjectionLease lease, string? error) => session.Query(sql.Release, statement =>
    {
        Bind(statement, lease);
        if (error is null)
        {
            statement.BindNull(3);
        }
        else
        {
            statement.BindText(3, error);
        }

        return statement.Step();
    });

    /// <summary>Returns the numbers of failed events.</summary>
    public List<FailedEventCount> CountFailedEvents(StoreConnection session) => session.Query(sql.CountFailedEvents, static statement =>
    {
        List<FailedEventCount> counts = [];
        while (statement.Step())
        {
            counts.Add(new(statement.ReadText(0), statement.ReadInt64(1) != 0, statement.ReadInt64(2)));
        }

        return counts;
    });

    /// <summary>Asks for a replay of the parked events of a projection.</summary>
    public void RequestReplay(StoreConnection session, string projection, string request) => Run(session, sql.RequestReplay, projection, request);

    /// <summary>Ends a request for a replay, unless there is a later one.</summary>
    public void FinishReplay(StoreConnection session, string projection, string request) => Run(session, sql.FinishReplay, projection, request);

    /// <summary>Deletes the failed events of a projection that begins again.</summary>
    public void DeleteFailedEvents(StoreConnection session, string projection) => session.Query(sql.DeleteFailedEvents, statement =>
    {
        statement.BindText(1, projection);
        return statement.Step();
    });

    /// <summary>Gives a projection the version, the position and the failed events of the one that was built beside it.</summary>
    /// <exception cref="ProjectionFencedException">It is of a later version, or ahead.</exception>
    public void Swap(StoreConnection session, ViewSwap swap)
    {
        var (live, next) = (swap.Live, swap.Table.Projection);
        Add(session, live);
        session.Query(sql.Swap, statement =>
        {
            statement.BindText(1, live.Projection);
            statement.BindText(2, next);
            statement.BindInt64(3, swap.Last);
            return statement.Step();
        });
        if (session.Changes != 1)
        {
            throw new ProjectionFencedException(live.Projection);
        }

        DeleteFailedEvents(session, live.Projection);
        Run(session, sql.MoveFailedEvents, live.Projection, next);
        session.Query(sql.Remove, statement =>
        {
            statement.BindText(1, next);
            return statement.Step();
        });
    }

    /// <summary>Moves the position of a projection.</summary>
    /// <exception cref="ProjectionFencedException">Another owner has taken it, or it isn't where the step continues from.</exception>
    public void Advance(StoreConnection session, ProjectionStep step)
    {
        var statement = session.Prepared(sql.Advance);
        Bind(statement, step.Lease);
        statement.BindInt64(3, step.Position);
        statement.BindInt64(4, (long)step.Lease.Duration.TotalMilliseconds);
        statement.BindInt64(5, step.After);
        statement.Run();
        if (session.Changes != 1)
        {
            throw new ProjectionFencedException(step.Lease.Projection);
        }
    }

    /// <summary>Returns what decides whether a save can write a view itself; null if the view has no row.</summary>
    public InlineState? FindInline(StoreConnection session, string projection)
    {
        var statement = session.Prepared(sql.SelectInline);
        try
        {
            statement.BindText(1, projection);
            return statement.Step() ? new(statement.ReadInt64(0), statement.IsNull(1) ? null : statement.ReadInt64(1), statement.ReadInt64(2) != 0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Moves the position of a view that a save has written.</summary>
    public void AdvanceInline(StoreConnection session, string projection, long position)
    {
        var statement = session.Prepared(sql.AdvanceInline);
        statement.BindText(1, projection);
        statement.BindInt64(2, position);
        statement.Run();
    }

    private static void Run(StoreConnection session, string text, string projection, string request) => session.Query(text, statement =>
    {
        statement.BindText(1, projection);
        statement.BindText(2, request);
        return statement.Step();
    });

    private static void Bind(SqliteStatement statement, ProjectionLease lease)
    {
        statement.BindText(1, lease.Projection);
        statement.BindInt64(2, lease.Fence);
    }

    private static ProjectionRow Read(SqliteStatement statement) => new()
    {
        Projection = statement.ReadText(0),
        Version = (int)statement.ReadInt64(1),
        Position = statement.ReadInt64(2),
        Fence = statement.ReadInt64(3),
        Owner = statement.IsNull(4) ? null : statement.ReadText(4),
        IsExpired = statement.ReadInt64(5) != 0,
        Error = statement.IsNull(6) ? null : statement.ReadText(6),
    };
}
