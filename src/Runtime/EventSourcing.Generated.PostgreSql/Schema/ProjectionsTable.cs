using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The table of the owners and positions of projections. Thread safe.</summary>
internal sealed class ProjectionsTable(ProjectionsSql sql)
{
    /// <summary>Creates the table, if it is missing.</summary>
    public string CreateTable => sql.CreateTable;

    /// <summary>The query of all rows.</summary>
    public string SelectRows => sql.SelectRows;

    /// <summary>The query of the numbers of failed events.</summary>
    public string CountFailedEvents => sql.CountFailedEvents;

    /// <summary>Reads the rows of <see cref="CountFailedEvents"/>.</summary>
    public static async Task<List<FailedEventCount>> ReadCountsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        List<FailedEventCount> counts = [];
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                counts.Add(new(reader.GetString(0), reader.GetBoolean(1), reader.GetInt64(2)));
            }
        }

        return counts;
    }

    /// <summary>Reads the rows of <see cref="SelectRows"/>.</summary>
    public static async Task<List<ProjectionRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        List<ProjectionRow> rows = [];
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(new()
                {
                    Projection = reader.GetString(0),
                    Version = (int)reader.GetInt64(1),
                    Position = reader.GetInt64(2),
                    Fence = reader.GetInt64(3),
                    Owner = await reader.IsDBNullAsync(4, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(4),
                    IsExpired = reader.GetBoolean(5),
                    Error = await reader.IsDBNullAsync(6, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(6),
                });
            }
        }

        return rows;
    }

    /// <summary>Returns the row of a projection, which is added if it is missing, and locks it until the end of the transaction.</summary>
    public async Task<ProjectionRow> LockAsync(NpgsqlConnection connection, ProjectionClaim claim, CancellationToken cancellationToken)
    {
        var name = claim.Table.Projection;
        await AddAsync(connection, claim.Table, cancellationToken).ConfigureAwait(false);
        return (await QueryAsync(connection, sql.SelectRow, cancellationToken, Text(name)).ConfigureAwait(false))[0];
    }

    /// <summary>Adds the row of a view without an owner, if it is missing.</summary>
    public Task<int> AddAsync(NpgsqlConnection connection, ViewTable view, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, sql.Add, cancellationToken, Text(view.Projection), Number(view.Version));

    /// <summary>Begins a projection again at the first event. An owner that is running is refused from now on.</summary>
    public Task<int> ResetAsync(NpgsqlConnection connection, ViewTable view, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, sql.Reset, cancellationToken, Text(view.Projection));

    /// <summary>Takes a projection.</summary>
    public async Task<ProjectionRow> ClaimAsync(NpgsqlConnection connection, ProjectionClaim claim, CancellationToken cancellationToken) => (await QueryAsync(
        connection, sql.Claim, cancellationToken, Text(claim.Table.Projection), Number(claim.Table.Version), Text(claim.Owner), Duration(claim.Duration)).ConfigureAwait(false))[0];

    /// <summary>Renews a lease.</summary>
    /// <returns>False if another owner has taken the projection.</returns>
    public async Task<bool> RenewAsync(NpgsqlConnection connection, ProjectionLease lease, CancellationToken cancellationToken) => await ExecuteAsync(
        connection, sql.Renew, cancellationToken, Text(lease.Projection), Number(lease.Fence), Duration(lease.Duration)).ConfigureAwait(false) == 1;

    /// <summary>Ends a lease.</summary>
    public Task<int> ReleaseAsync(NpgsqlConnection connection, ProjectionLease lease, string? error, CancellationToken cancellationToken) => ExecuteAsync(
        connection, sql.Release, cancellationToken, Text(lease.Projection), Number(lease.Fence),
        new NpgsqlParameter { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });

    /// <summary>Asks for a replay of the parked events of a projection.</summary>
    public Task<int> RequestReplayAsync(NpgsqlConnection connection, string projection, string request, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, sql.RequestReplay, cancellationToken, Text(projection), Text(request));

    /// <summary>Ends a request for a replay, unless there is a later one.</summary>
    public Task<int> FinishReplayAsync(NpgsqlConnection connection, string projection, string request, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, sql.FinishReplay, cancellationToken, Text(projection), Text(request));

    /// <summary>Deletes the failed events of a projection that begins again.</summary>
    public Task<int> DeleteFailedEventsAsync(NpgsqlConnection connection, ViewTable view, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, sql.DeleteFailedEvents, cancellationToken, Text(view.Projection));

    /// <summary>Returns the statement that moves a position.</summary>
    public NpgsqlBatchCommand Advance(ProjectionStep step, int number) => Statement(
        sql.Advance, Text(step.Lease.Projection), Number(step.Lease.Fence), Number(step.Position), Duration(step.Lease.Duration),
        new NpgsqlParameter<int> { TypedValue = number }, Number(step.After));

    /// <summary>Returns the query of what decides whether a save can write views itself. It locks their rows.</summary>
    public NpgsqlBatchCommand SelectInline(string[] projections) => Statement(sql.SelectInline, new NpgsqlParameter<string[]> { TypedValue = projections });

    /// <summary>Reads the rows of <see cref="SelectInline"/>, by the names of the projections.</summary>
    public static async Task<Dictionary<string, InlineState>> ReadInlineAsync(NpgsqlDataReader reader)
    {
        Dictionary<string, InlineState> states = new(StringComparer.Ordinal);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var next = await reader.IsDBNullAsync(2).ConfigureAwait(false) ? null : (long?)reader.GetInt64(2);
            states.Add(reader.GetString(0), new(reader.GetInt64(1), next, reader.GetBoolean(3)));
        }

        return states;
    }

    /// <summary>Returns the statement that moves the position of views that a save has written.</summary>
    public NpgsqlBatchCommand AdvanceInline(string[] projections, long position) =>
        Statement(sql.AdvanceInline, new NpgsqlParameter<string[]> { TypedValue = projections }, Number(position));

    /// <summary>Returns the statements that give a projection the version, the position and the failed events of the one that was built beside it.</summary>
    public IEnumerable<NpgsqlBatchCommand> Swap(ViewSwap swap, int number)
    {
        var (live, next) = (swap.Live, swap.Table.Projection);
        return
        [
            Statement(sql.Add, Text(live.Projection), Number(live.Version)),
            Statement(sql.Swap, Text(live.Projection), Text(next), Number(swap.Last), new NpgsqlParameter<int> { TypedValue = number }),
            Statement(sql.DeleteFailedEvents, Text(live.Projection)),
            Statement(sql.MoveFailedEvents, Text(live.Projection), Text(next)),
            Statement(sql.Remove, Text(next)),
        ];
    }

    private static NpgsqlBatchCommand Statement(string text, params NpgsqlParameter[] parameters)
    {
        var statement = new NpgsqlBatchCommand(text);
        statement.Parameters.AddRange(parameters);
        return statement;
    }

    private static async Task<List<ProjectionRow>> QueryAsync(
        NpgsqlConnection connection, string text, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(text, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddRange(parameters);
            return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(text, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddRange(parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value };

    private static NpgsqlParameter Number(long value) => new NpgsqlParameter<long> { TypedValue = value };

    private static NpgsqlParameter Duration(TimeSpan value) => new NpgsqlParameter<TimeSpan> { TypedValue = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Interval };
}
