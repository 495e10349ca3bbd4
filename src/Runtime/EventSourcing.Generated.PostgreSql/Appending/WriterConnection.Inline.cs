using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Saves with inline views: a transaction of two round trips. The first inserts the events and reads the rows, the second writes the rows.</summary>
internal sealed partial class WriterConnection<TKey>
{
    /// <summary>Fills a batch, if all saves have inline views. Otherwise events of the group would be missing in the views, so they are left to a runner.</summary>
    private bool TryFillInline(List<QueuedSave<TKey>> saves, bool tells, bool raises)
    {
        if (!saves.TrueForAll(static save => save.Inline is not null))
        {
            _inline = null;
            return false;
        }

        _inline = new(_others, saves.ConvertAll(static save => save.Inline!));
        _filled = raises || tells || saves.Count > 1 || (saves[0].Events.Count > 1 && !saves[0].IsRun)
            ? new GroupBatch<TKey>(_connection, _sql, _positions, GroupInsert.Fitting, raises ? AppendForm.LockAndRaise : AppendForm.Lock)
            : saves[0].Events.Count == 1 ? new SingleBatch<TKey>(_connection, _sql, _positions, AppendForm.Lock)
            : new RunBatch<TKey>(_connection, _sql, _positions, AppendForm.Lock);
        _filled.Begin(_lockTimeout);
        _filled.Fill(saves, _buffer);
        return true;
    }

    private async Task ExecuteInlineAsync(long[][] positions)
    {
        if (_canPrepare && !_isSet)
        {
            // Outside of the transaction, which may be rolled back.
            var session = new NpgsqlBatch(_connection) { Timeout = 0, BatchCommands = { CreateSetSession() } };
            await using (session.ConfigureAwait(false))
            {
                await SetSessionAsync(session.ExecuteNonQueryAsync()).ConfigureAwait(false);
            }
        }

        var (inline, withRows) = (_inline!, _areViewsCurrent);
        _areViewsCurrent = false;
        try
        {
            var batch = _filled.Enclose([new("BEGIN ISOLATION LEVEL READ COMMITTED"), InlineBatch.LimitPause(_times)], [], _sql.NotifyInTransaction);
            await using (batch.ConfigureAwait(false))
            {
                try
                {
                    await SendAsync(batch, inline, withRows, positions).ConfigureAwait(false);
                }
                catch (PostgresException exception) when (withRows && exception.SqlState.StartsWith("42", StringComparison.Ordinal))
                {
                    // A newer program has created the table of a view again, with other columns. So look first, before rows are read.
                    await RollbackAsync().ConfigureAwait(false);
                    Refused.Clear();
                    withRows = false;
                    await SendAsync(batch, inline, withRows, positions).ConfigureAwait(false);
                }
            }

            if (WroteNothing || Refused.Count == positions.Length)
            {
                await RollbackAsync().ConfigureAwait(false);
                return;
            }

            if (!withRows)
            {
                await inline.ReadRowsAsync(_connection, timeout: 0).ConfigureAwait(false);
            }

            var commit = new NpgsqlBatch(_connection) { Timeout = 0 };
            await using (commit.ConfigureAwait(false))
            {
                inline.Write(Written(positions).Last()[^1], IsRefused).ForEach(commit.BatchCommands.Add);
                commit.BatchCommands.Add(new("COMMIT"));
                await commit.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
        }
        catch
        {
            await RollbackAsync().ConfigureAwait(false);
            throw;
        }

        _areViewsCurrent = inline.WritesAll;
        _onProjected();
    }

    /// <summary>Sends the insert with the queries of the views after it. They aren't part of the batch afterwards.</summary>
    private async Task SendAsync(NpgsqlBatch batch, InlineBatch inline, bool withRows, long[][] positions)
    {
        var queries = inline.Select(withRows);
        queries.ForEach(batch.BatchCommands.Add);
        try
        {
            await SendAsync(
                batch, _filled.ResultsBefore, positions,
                reader => WroteNothing || Refused.Count == positions.Length
                    ? Task.CompletedTask
                    : inline.ReadAsync(reader, Written(positions).First()[0], withRows)).ConfigureAwait(false);
        }
        finally
        {
            queries.ForEach(query => batch.BatchCommands.Remove(query));
        }
    }

    private IEnumerable<long[]> Written(long[][] positions) => positions.Where((_, save) => !IsRefused(save));

    private bool IsRefused(int save) => Refused.Exists(refused => refused.Save == save);

    private async Task RollbackAsync()
    {
        try
        {
            var command = new NpgsqlCommand("ROLLBACK", _connection) { CommandTimeout = 2 };
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            // Nothing else may run in the transaction. Without its connection, the server rolls it back.
            await ConnectionSource.QuietlyAsync(new ValueTask(_connection.CloseAsync())).ConfigureAwait(false);
        }
    }
}
