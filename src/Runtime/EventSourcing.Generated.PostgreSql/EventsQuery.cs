using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>A query for events: its text, and its parameters in their order.</summary>
internal readonly record struct EventsQuery(string Text, NpgsqlParameter[] Parameters)
{
    /// <summary>The events of an aggregate.</summary>
    public static EventsQuery OfAggregate<TKey>(PostgreSqlEventsSql sql, TKey originatorId, long? after, long? upTo, bool descending, int? limit)
        where TKey : notnull => new(
            descending ? sql.SelectEventsDescending : sql.SelectEvents,
            [
                new NpgsqlParameter<TKey> { TypedValue = originatorId },
                Parameter(after ?? long.MinValue), Parameter(upTo ?? long.MaxValue), Parameter(limit ?? long.MaxValue),
            ]);

    /// <summary>A part of the log; null when there can be nothing in it.</summary>
    public static EventsQuery? OfLog(
        PostgreSqlEventsSql sql, int limit, long? start, long? stop, IReadOnlyCollection<string>? topics, bool inclusiveOfStart)
    {
        if (start == long.MaxValue && !inclusiveOfStart)
        {
            return null;
        }

        var first = start is null ? long.MinValue : inclusiveOfStart ? start.Value : start.Value + 1;
        NpgsqlParameter[] range = [Parameter(first), Parameter(stop ?? long.MaxValue), Parameter(limit)];
        return topics is { Count: > 0 }
            ? new(sql.SelectNotificationsOfTopics, [.. range, new NpgsqlParameter<string[]> { TypedValue = [.. topics] }])
            : new(sql.SelectNotifications, range);
    }

    private static NpgsqlParameter<long> Parameter(long value) => new() { TypedValue = value };
}
