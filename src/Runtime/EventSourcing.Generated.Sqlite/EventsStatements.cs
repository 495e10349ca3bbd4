using System.Globalization;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>The prepared statements of one events table on one session, each prepared when it is first used.</summary>
internal sealed class EventsStatements(sqlite3 handle, SqliteEventsSql sql)
{
    /// <summary>How many rows <see cref="InsertMany"/> writes.</summary>
    internal const int ManyRows = 20;

    private readonly List<SqliteStatement> _prepared = [];

    /// <summary>Writes an event: key, version, append id, metadata, topic, state.</summary>
    internal SqliteStatement Insert => field ??= Prepare(InsertRows(1));

    /// <summary>Writes events of one aggregate: key, first version, append id, metadata; then the topic and state of each.</summary>
    internal SqliteStatement InsertMany => field ??= Prepare(InsertRows(ManyRows));

    internal SqliteStatement SelectHead => field ??= Prepare(sql.SelectHead);

    internal SqliteStatement SelectAppendId => field ??= Prepare(sql.SelectAppendId);

    internal SqliteStatement SelectEvents => field ??= Prepare(sql.SelectEvents);

    internal SqliteStatement SelectEventsDescending => field ??= Prepare(sql.SelectEventsDescending);

    internal SqliteStatement SelectNotifications => field ??= Prepare(sql.SelectNotifications);

    internal SqliteStatement SelectNotificationsOfTopics => field ??= Prepare(sql.SelectNotificationsOfTopics);

    internal SqliteStatement SelectMaxPosition => field ??= Prepare(sql.SelectMaxPosition);

    /// <summary>Whether there is a table that keeps its greatest id, so that <see cref="SelectGivenPosition"/> can be asked.</summary>
    internal SqliteStatement SelectHasSequences => field ??= Prepare("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'");

    /// <summary>The greatest position that was ever given; none where the table doesn't keep it.</summary>
    internal SqliteStatement SelectGivenPosition => field ??= Prepare("SELECT seq FROM sqlite_sequence WHERE name = ?1");

    internal void Close() => _prepared.ForEach(static statement => statement.Close());

    private string InsertRows(int rows) => $"{sql.Insert} {string.Join(", ", Enumerable.Range(0, rows).Select(
        row => string.Create(CultureInfo.InvariantCulture, $"(?1, ?2 + {row}, ?{5 + 2 * row}, ?{6 + 2 * row}, ?3, ?4)")))}";

    private SqliteStatement Prepare(string text)
    {
        var statement = new SqliteStatement(handle, text, sql.Table);
        _prepared.Add(statement);
        return statement;
    }
}
