using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Creates the statements of steps of projections.</summary>
internal static class ProjectionStatements
{
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    public static List<NpgsqlBatchCommand> Create(ProjectionsTable projections, ViewTables views, IReadOnlyList<ProjectionStep> steps, ViewChanges? without = null)
    {
        List<NpgsqlBatchCommand> statements = [];
        for (var number = 0; number < steps.Count; number++)
        {
            // First, because its row keeps another owner from writing at the same time.
            statements.Add(projections.Advance(steps[number], number));
            foreach (var changes in steps[number].AllChanges.Where(changes => changes != without))
            {
                Add(statements, views.Of(changes.Table), changes);
            }

            if (steps[number].Swap is { } swap)
            {
                statements.AddRange(views.Swap(swap, number));
            }
        }

        return statements;
    }

    /// <summary>Adds the statements of changes of rows.</summary>
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    public static void Add(List<NpgsqlBatchCommand> statements, ViewSql sql, ViewChanges changes)
    {
        if (changes.DeletedCount > 0)
        {
            statements.Add(Delete(sql, changes));
        }

        if (changes.RowCount > 0)
        {
            statements.Add(Upsert(sql, changes));
        }
    }

    private static NpgsqlBatchCommand Delete(ViewSql sql, ViewChanges changes)
    {
        var keys = new ViewArrays(sql.Table, [0], changes.DeletedCount);
        for (var i = 0; i < changes.DeletedCount; i++, keys.NextRow())
        {
            changes.WriteDeletedKey(i, keys);
        }

        return new NpgsqlBatchCommand(sql.Delete) { Parameters = { keys.Parameter(0) } };
    }

    private static NpgsqlBatchCommand Upsert(ViewSql sql, ViewChanges changes)
    {
        var columns = Enumerable.Range(0, sql.Table.Columns.Count).ToList();
        var rows = new ViewArrays(sql.Table, columns, changes.RowCount);
        for (var i = 0; i < changes.RowCount; i++, rows.NextRow())
        {
            changes.WriteRow(i, rows);
        }

        var statement = new NpgsqlBatchCommand(sql.Upsert);
        columns.ForEach(column => statement.Parameters.Add(rows.Parameter(column)));
        return statement;
    }
}
