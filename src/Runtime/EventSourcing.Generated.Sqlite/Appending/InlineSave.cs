using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>A save whose events are also folded into views, after they are written.</summary>
/// <param name="sql">The SQL of the events table.</param>
/// <param name="lockTimeout">How long to wait for other writers, in milliseconds.</param>
/// <param name="request">The events, and the views.</param>
/// <param name="projections">The owners and positions of projections.</param>
/// <param name="views">The views.</param>
/// <param name="onWritten">Called after the commit.</param>
internal sealed class InlineSave<TKey>(
    SqliteEventsSql sql, int lockTimeout, AppendRequest<TKey> request, ProjectionsTable projections, ViewTables views, Action? onWritten)
    : EventsSave<TKey>(sql, lockTimeout, request)
    where TKey : notnull
{
    private readonly InlineViews _views = request.Inline!;

    /// <inheritdoc/>
    /// <exception cref="ProjectionException">A view can't process an event. A group is then written again one by one.</exception>
    public override int Write(StoreConnection session)
    {
        var conflicting = base.Write(session);
        if (conflicting < 0)
        {
            for (var i = 0; i < _views.Tables.Count; i++)
            {
                WriteView(session, i);
            }
        }

        return conflicting;
    }

    public override void Succeed()
    {
        onWritten?.Invoke();
        base.Succeed();
    }

    private void WriteView(StoreConnection session, int number)
    {
        var table = _views.Tables[number];
        if (projections.FindInline(session, table.Projection)?.IsCurrent(table, Positions[0]) != true)
        {
            return;
        }

        var (fold, sql) = (_views.Begin(number, [_views]), views.Of(table));
        if (fold.Query is { } query)
        {
            ViewReader.Read(session, sql, query, fold.Add, CancellationToken.None);
        }

        var changes = fold.Fold();
        projections.AdvanceInline(session, table.Projection, Positions[^1]);
        if (changes is not null)
        {
            ProjectionWrite.Run(session, sql, changes);
        }
    }
}
