using System.Globalization;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The views that saves write in their transaction. After the events are inserted, under the lock of the store: what the views have is read under a
/// lock of their rows in the table of projections, the events are folded, and the changed rows are written with the position.
/// </summary>
/// <param name="others">The tables of projections and views.</param>
/// <param name="saves">The saves of the transaction, in the order of their positions.</param>
internal sealed class InlineBatch(OtherTables others, IReadOnlyList<InlineViews> saves)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<ViewTable> _tables = saves[0].Tables;
    private readonly List<(ViewTable Table, InlineFold Fold)> _folds = [];
    private Dictionary<string, InlineState> _states = [];

    /// <summary>Whether the transaction writes all views. If not, a runner has to catch up.</summary>
    public bool WritesAll { get; private set; }

    /// <summary>
    /// Returns the statement that makes the server end the transaction if the rows don't follow the events soon: if the connection is lost without notice,
    /// other writers would wait for the lock of the store otherwise.
    /// </summary>
    public static NpgsqlBatchCommand LimitPause(SaveTimes times) => new(string.Create(
        CultureInfo.InvariantCulture, $"SET LOCAL idle_in_transaction_session_timeout = {(int)SaveTimes.Min(LongestPause, times.Patience / 2).TotalMilliseconds}"));

    /// <summary>Returns the query of the states, and, if the views are expected to be current, those of the rows.</summary>
    public List<NpgsqlBatchCommand> Select(bool withRows)
    {
        _folds.Clear();
        List<NpgsqlBatchCommand> statements = [others.Projections.SelectInline([.. _tables.Select(static table => table.Projection)])];
        if (withRows)
        {
            Begin(static _ => true);
            statements.AddRange(SelectRows());
        }

        return statements;
    }

    /// <summary>Reads the results of <see cref="Select"/>.</summary>
    /// <param name="reader">The reader, at the first of them.</param>
    /// <param name="first">The first position of the saves.</param>
    /// <param name="withRows">Whether the rows come, too.</param>
    public async Task ReadAsync(NpgsqlDataReader reader, long first, bool withRows)
    {
        _states = await ProjectionsTable.ReadInlineAsync(reader).ConfigureAwait(false);
        WritesAll = _tables.All(IsCurrent);
        if (!withRows)
        {
            Begin(IsCurrent);
            return;
        }

        foreach (var (table, fold) in _folds)
        {
            if (fold.Query is { } query)
            {
                await reader.NextResultAsync().ConfigureAwait(false);
                if (IsCurrent(table))
                {
                    await ViewReader.ReadAsync(reader, query, fold.Add, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }

        _folds.RemoveAll(fold => !IsCurrent(fold.Table));

        bool IsCurrent(ViewTable table) => _states.TryGetValue(table.Projection, out var state) && state.IsCurrent(table, first);
    }

    /// <summary>Reads the rows that the current views need, if they didn't come with the states.</summary>
    /// <param name="connection">The connection of the transaction.</param>
    /// <param name="timeout">How long it may take, in seconds; 0 for no limit.</param>
    public async Task ReadRowsAsync(NpgsqlConnection connection, int timeout)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = timeout };
        await using (batch.ConfigureAwait(false))
        {
            foreach (var query in SelectRows())
            {
                batch.BatchCommands.Add(query);
            }

            if (batch.BatchCommands.Count == 0)
            {
                return;
            }

            var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                foreach (var (_, fold) in _folds)
                {
                    if (fold.Query is { } query)
                    {
                        await ViewReader.ReadAsync(reader, query, fold.Add, CancellationToken.None).ConfigureAwait(false);
                        await reader.NextResultAsync().ConfigureAwait(false);
                    }
                }
            }
        }
    }

    private IEnumerable<NpgsqlBatchCommand> SelectRows()
    {
        foreach (var (table, fold) in _folds)
        {
            if (fold.Query is { } query)
            {
                var (text, parameters) = ViewReader.Create(others.Views().Of(table), query);
                var statement = new NpgsqlBatchCommand(text);
                statement.Parameters.AddRange(parameters);
                yield return statement;
            }
        }
    }

    /// <summary>Folds the events, and returns the statements that write the views.</summary>
    /// <param name="last">The last position of the saves.</param>
    /// <param name="isLeftOut">Whether a save, by its number, wasn't inserted; null if all were.</param>
    /// <exception cref="ProjectionException">A view can't process an event.</exception>
    public List<NpgsqlBatchCommand> Write(long last, Predicate<int>? isLeftOut = null)
    {
        List<NpgsqlBatchCommand> statements = [];
        foreach (var (table, fold) in _folds)
        {
            if (fold.Fold(isLeftOut) is { } changes)
            {
                ProjectionStatements.Add(statements, others.Views().Of(table), changes);
            }
        }

        if (_folds.Count > 0)
        {
            statements.Add(others.Projections.AdvanceInline([.. _folds.Select(static fold => fold.Table.Projection)], last));
        }

        return statements;
    }

    private void Begin(Func<ViewTable, bool> which)
    {
        for (var i = 0; i < _tables.Count; i++)
        {
            if (which(_tables[i]))
            {
                _folds.Add((_tables[i], saves[0].Begin(i, saves)));
            }
        }
    }
}
