using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Creates the queries of views, and reads their rows.</summary>
internal static class ViewReader
{
    /// <summary>Returns the text and the parameters of a query.</summary>
    public static EventsQuery Create(ViewSql sql, ViewQuery query)
    {
        if (query.Kind == ViewQueryKind.Keys)
        {
            var keys = new ViewArrays(sql.Table, [0], query.KeyCount);
            for (var i = 0; i < query.KeyCount; i++)
            {
                query.WriteValue!(i, keys);
                keys.NextRow();
            }

            return new(sql.TextOf(query), [keys.Parameter(0)]);
        }

        List<NpgsqlParameter> parameters = [];
        if (query.Kind == ViewQueryKind.Column)
        {
            var value = new ViewArrays(sql.Table, [query.Column], 1);
            query.WriteValue!(0, value);
            parameters.Add(value.Value(query.Column));
        }

        if (query.WriteAfter is { } writeAfter)
        {
            var after = new ViewArrays(sql.Table, [0], 1);
            writeAfter(after);
            parameters.Add(after.Value(0));
        }

        parameters.Add(new NpgsqlParameter<long> { TypedValue = query.Limit });
        var text = sql.TextOf(query);
        return new(query.MustBeCurrent ? WithRecovery(text, sql.Table) : text, [.. parameters]);
    }

    /// <summary>Adds the last column, which is there without a row, too: a standby may lag behind.</summary>
    private static string WithRecovery(string text, ViewTable table) => $"""
        SELECT q.*, pg_catalog.pg_is_in_recovery()
        FROM (SELECT 1) AS one
        LEFT JOIN ({text}) AS q ON true
        ORDER BY q.{Identifier.Quote(table.Columns[0].Name)}
        """;

    /// <summary>Runs a query and gives its rows to a sink.</summary>
    public static async Task<bool> ReadAsync(NpgsqlCommand command, ViewQuery query, ViewRowSink sink, Reading reading, CancellationToken cancellationToken)
    {
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await ReadAsync(
                reader, query,
                row =>
                {
                    lock (reading)
                    {
                        reading.OnRows();
                        sink(row);
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Gives the rows of the current result to a sink.</summary>
    public static async Task ReadAsync(NpgsqlDataReader reader, ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        var row = new ViewRow(reader, query.Table);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (query.Kind == ViewQueryKind.Keys || query.MustBeCurrent)
            {
                // Without a row, the key is null.
                var hasRow = !await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false);
                if (query.MustBeCurrent && reader.GetBoolean(query.Table.Columns.Count))
                {
                    throw new ReadOnlyServerException();
                }

                if (!hasRow)
                {
                    continue;
                }
            }

            sink(row);
        }
    }
}
