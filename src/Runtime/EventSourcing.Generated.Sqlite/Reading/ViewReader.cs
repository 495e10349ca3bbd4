using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Reads the rows of views on a session.</summary>
internal static class ViewReader
{
    /// <summary>Gives the rows of a query to a sink.</summary>
    public static bool Read(StoreConnection session, ViewSql sql, ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        var statement = session.Prepared(sql.TextOf(query));
        if (query.Kind == ViewQueryKind.Keys)
        {
            ReadKeys(statement, query, sink, cancellationToken);
            return true;
        }

        var parameter = 1;
        if (query.Kind == ViewQueryKind.Column)
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
}
