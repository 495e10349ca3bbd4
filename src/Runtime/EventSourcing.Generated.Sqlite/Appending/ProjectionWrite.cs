using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Writes the steps of projections in the transaction of a session.</summary>
internal static class ProjectionWrite
{
    /// <exception cref="ProjectionFencedException">A step isn't the owner's.</exception>
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    public static void Run(StoreConnection session, ProjectionsTable projections, ViewTables views, IReadOnlyList<ProjectionStep> steps)
    {
        foreach (var step in steps)
        {
            projections.Advance(session, step);
            foreach (var changes in step.AllChanges)
            {
                Run(session, views.Of(changes.Table), changes);
            }

            if (step.Swap is not null)
            {
                views.Swap(session, step.Swap);
            }
        }
    }

    /// <summary>Writes changes of rows.</summary>
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    public static void Run(StoreConnection session, ViewSql sql, ViewChanges changes)
    {
        var (delete, upsert) = (session.Prepared(sql.Delete), session.Prepared(sql.Upsert));
        var key = new ViewParameters(delete, 1);
        for (var i = 0; i < changes.DeletedCount; i++)
        {
            changes.WriteDeletedKey(i, key);
            delete.Run();
        }

        var row = new ViewParameters(upsert);
        for (var i = 0; i < changes.RowCount; i++)
        {
            changes.WriteRow(i, row);
            upsert.Run();
        }
    }
}
