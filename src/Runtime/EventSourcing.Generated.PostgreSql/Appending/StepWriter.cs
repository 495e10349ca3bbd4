using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Writes steps of projections alone: one batch in one round trip, which the server commits as a whole. It uses the connections of readers, which run
/// no SQL of the user's, so that they need no reset, and the driver prepares the statements. Thread safe.
/// </summary>
/// <param name="connections">The source of the connections.</param>
/// <param name="tables">The tables of projections and views.</param>
/// <param name="times">How long to wait.</param>
internal sealed class StepWriter(PostgreSqlConnections connections, OtherTables tables, SaveTimes times)
{
    // Fewer rows aren't worth the round trips.
    private const int LeastCopied = 1000;

    /// <exception cref="ProjectionFencedException">A step isn't the owner's.</exception>
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    /// <exception cref="InDoubtException">The steps may be written or not.</exception>
    /// <exception cref="StoreException">Nothing was written.</exception>
    public async Task WriteAsync(IReadOnlyList<ProjectionStep> steps)
    {
        // In the order of names: two transactions that change the same rows don't wait for each other.
        ProjectionStep[] ordered = [.. steps.OrderBy(step => step.Lease.Projection, StringComparer.Ordinal)];
        var rows = ordered.Sum(static step => (long)(step.Changes?.RowCount ?? 0));
        var copied = ordered is [{ After: 0, Changes: { Table.Replaces: not null, DeletedCount: 0, RowCount: >= LeastCopied } first }] ? first : null;
        var statements = ProjectionStatements.Create(tables.Projections, tables.Views(), ordered, without: copied);
        if (tables.Tracking.NotifiesInTransaction)
        {
            statements.Add(new(tables.Tracking.Notify));
        }

        // It may wait for a lock of each row, and of the tables. It isn't cancelled, because the server handles a commit as a whole in any case.
        var lockTimeout = PostgreSqlAddress.ToLockTimeout(times.CommitLockTimeout / (ordered.Length + 1));
        bool isUnreplicated;
        try
        {
            // A step of a rebuild may have many rows.
            var patience = times.Patience + TimeSpan.FromMilliseconds(rows / 10.0);
            isUnreplicated = await DriverWork.RunAsync(token => WriteAsync(statements, copied, lockTimeout, token), patience, times.Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (PostgreSqlErrors.IsNotAdvanced(refused, out var step))
        {
            throw new ProjectionFencedException(ordered[step].Lease.Projection);
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            throw PostgreSqlErrors.Classify(exception) == AppendFailure.Unknown ? new InDoubtException(default, exception) : PostgreSqlErrors.ToException(exception);
        }

        if (isUnreplicated)
        {
            throw new InDoubtException(default);
        }
    }

    /// <returns>Whether the server stopped waiting for its standby.</returns>
    private async Task<bool> WriteAsync(List<NpgsqlBatchCommand> statements, ViewChanges? copied, string lockTimeout, CancellationToken cancellationToken)
    {
        var isUnreplicated = false;
        var connection = await connections.Reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        connection.Notice += OnNotice;
        try
        {
            if (copied is null)
            {
                await RunAsync(connection, statements, lockTimeout, cancellationToken).ConfigureAwait(false);
                return isUnreplicated;
            }

            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await RunAsync(connection, statements, lockTimeout, cancellationToken).ConfigureAwait(false);
                await ViewCopy.RunAsync(connection, tables.Views().Copy(copied.Table), copied, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return isUnreplicated;
            }
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception) && PostgreSqlErrors.IsConnectionLost(exception))
        {
            connections.Reader.Clear(connection);
            throw;
        }
        finally
        {
            connection.Notice -= OnNotice;
            await connections.Reader.CloseAsync(connection).ConfigureAwait(false);
        }

        void OnNotice(object sender, NpgsqlNoticeEventArgs e) => isUnreplicated |= ServerNotices.IsUnreplicated(e.Notice);
    }

    private static async Task RunAsync(NpgsqlConnection connection, List<NpgsqlBatchCommand> statements, string lockTimeout, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new(TrackingTable.SetLockTimeout) { Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout } } });
            statements.ForEach(batch.BatchCommands.Add);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
