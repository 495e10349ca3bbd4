using System.Globalization;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>The prepared statements of one events table on one session, each prepared when it is first used.</summary>
internal sealed class EventsStatements(sqlite3 handle, SqliteEventsSql sql)
{
    /// <summary>How many rows <see cref="InsertMany"/> writes.</summary>
    internal const int ManyRows = 20;

    private readonly SqliteStatement?[] _prepared = new SqliteStatement?[11];

    /// <summary>Writes an event: key, version, append id, metadata, topic, state.</summary>
    internal SqliteStatement Insert => _prepared[0] ?? Get(0, InsertRows(1));

    /// <summary>Writes events of one aggregate: key, first version, append id, metadata; then the topic and state of each.</summary>
    internal SqliteStatement InsertMany => _prepared[8] ?? Get(8, InsertRows(ManyRows));

    internal SqliteStatement SelectHead => Get(1, sql.SelectHead);

    internal SqliteStatement SelectAppendId => Get(2, sql.SelectAppendId);

    internal SqliteStatement SelectEvents => Get(3, sql.SelectEvents);

    internal SqliteStatement SelectEventsDescending => Get(4, sql.SelectEventsDescending);

    internal SqliteStatement SelectNotifications => Get(5, sql.SelectNotifications);

    internal SqliteStatement SelectNotificationsOfTopics => Get(6, sql.SelectNotificationsOfTopics);

    internal SqliteStatement SelectMaxPosition => Get(7, sql.SelectMaxPosition);

    /// <summary>Whether there is a table that keeps its greatest id, so that <see cref="SelectGivenPosition"/> can be asked.</summary>
    internal SqliteStatement SelectHasSequences => Get(9, "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'");

    /// <summary>The greatest position that was ever given; none where the table doesn't keep it.</summary>
    internal SqliteStatement SelectGivenPosition => Get(10, "SELECT seq FROM sqlite_sequence WHERE name = ?1");

    internal void Close()
    {
        foreach (var statement in _prepared)
        {
            statement?.Close();
        }
    }

    private string InsertRows(int rows) => $"{sql.Insert} {string.Join(", ", Enumerable.Range(0, rows).Select(
        row => string.Create(CultureInfo.InvariantCulture, $"(?1, ?2 + {row}, ?{5 + 2 * row}, ?{6 + 2 * row}, ?3, ?4)")))}";

    private SqliteStatement Get(int index, string text) => _prepared[index] ??= new SqliteStatement(handle, text, sql.Table);
}
