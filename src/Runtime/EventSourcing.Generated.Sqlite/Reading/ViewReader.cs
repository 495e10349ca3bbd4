using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Reads the rows of views on a session.</summary>
internal static class ViewReader
{
    /// <summary>Gives the rows of a query to a sink.</summary>
    public static bool Read(StoreConnection session, ViewSql sql, ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        if (query.Kind == ViewQueryKind.Keys)
        {
            ReadKeys(session.Prepared(sql.SelectKeys), query, sink, cancellationToken);
            return true;
        }

        var index = query.Kind == ViewQueryKind.Column ? Find(sql, query.Column) : null;
        var statement = session.Prepared(query.WriteAfter is null ? index?.Select ?? sql.SelectPage : index?.SelectAfter ?? sql.SelectPageAfter);
        var parameter = 1;
        if (index is not null)
        {
            query.WriteValue!(0, new ViewParameters(statement, parameter++));
        }

        query.WriteAfter?.Invoke(new ViewParameters(statement, parameter++));
        statement.BindInt64(parameter, query.Limit);
        ReadAll(statement, sink, cancellationToken);
        return true;
    }

    // A search by the key takes less than SQLite needs to unpack a list of keys.
    private static void ReadKeys(SqliteStatement statement, ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        var key = new ViewParameters(statement, 1);
        for (var i = 0; i < query.KeyCount; i++)
        {
            query.WriteValue!(i, key);
            ReadAll(statement, sink, cancellationToken);
        }
    }

    private static void ReadAll(SqliteStatement statement, ViewRowSink sink, CancellationToken cancellationToken)
    {
        try
        {
            var row = new ViewRow(statement);
            while (statement.Step())
            {
                cancellationToken.ThrowIfCancellationRequested();
                sink(row);
            }
        }
        finally
        {
            statement.Reset();
        }
    }

    private static ViewIndexSql Find(ViewSql sql, int column)
    {
        foreach (var index in sql.Indexes)
        {
            if (index.Column == column)
            {
                return index;
            }
        }

        throw new ArgumentException($"The column {sql.Table.Columns[column].Name} of the view '{sql.Table.Projection}' has no index.");
    }
}
