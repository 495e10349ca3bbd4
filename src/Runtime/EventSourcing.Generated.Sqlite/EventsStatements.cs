using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>The prepared statements of one events table on one session, each prepared when it is first used.</summary>
internal sealed class EventsStatements(sqlite3 handle, SqliteEventsSql sql)
{
    private readonly SqliteStatement?[] _prepared = new SqliteStatement?[8];

    internal SqliteStatement Insert => Get(0, sql.Insert);

    internal SqliteStatement SelectHead => Get(1, sql.SelectHead);

    internal SqliteStatement SelectAppendId => Get(2, sql.SelectAppendId);

    internal SqliteStatement SelectEvents => Get(3, sql.SelectEvents);

    internal SqliteStatement SelectEventsDescending => Get(4, sql.SelectEventsDescending);

    internal SqliteStatement SelectNotifications => Get(5, sql.SelectNotifications);

    internal SqliteStatement SelectNotificationsOfTopics => Get(6, sql.SelectNotificationsOfTopics);

    internal SqliteStatement SelectMaxPosition => Get(7, sql.SelectMaxPosition);

    internal void Close()
    {
        foreach (var statement in _prepared)
        {
            statement?.Close();
        }
    }

    private SqliteStatement Get(int index, string text) => _prepared[index] ??= new SqliteStatement(handle, text);
}
