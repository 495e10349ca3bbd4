using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>A query for events: its text, and its parameters in their order.</summary>
internal readonly record struct EventsQuery(string Text, NpgsqlParameter[] Parameters)
{
    /// <summary>Creates a query for events of one aggregate.</summary>
    public static EventsQuery OfStream<TKey>(PostgreSqlEventsSql sql, in StreamQuery<TKey> query)
        where TKey : notnull => new(
            query.Descending ? sql.SelectEventsDescending : sql.SelectEvents,
            [
                new NpgsqlParameter<TKey> { TypedValue = query.OriginatorId },
                Parameter(query.After), Parameter(query.UpTo), Parameter(query.Limit ?? long.MaxValue),
            ]);

    /// <summary>Creates a query for a part of the log.</summary>
    public static EventsQuery OfLog(PostgreSqlEventsSql sql, in LogQuery query)
    {
        NpgsqlParameter[] range = [Parameter(query.First), Parameter(query.Last), Parameter(query.Limit)];
        return query.Topics is { } topics
            ? new(sql.SelectNotificationsOfTopics, [.. range, new NpgsqlParameter<string[]> { TypedValue = [.. topics] }])
            : new(sql.SelectNotifications, range);
    }

    private static NpgsqlParameter<long> Parameter(long value) => new() { TypedValue = value };
}
