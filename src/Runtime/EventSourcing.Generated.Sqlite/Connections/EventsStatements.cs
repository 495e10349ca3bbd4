using EventSourcing.Generators.Recorders.Sql;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>The prepared statements of one events table on one session, each prepared when it is first used.</summary>
internal sealed class EventsStatements(sqlite3 handle, SqliteEventsSql sql)
{
    /// <summary>How many rows <see cref="InsertMany"/> writes.</summary>
    public const int ManyRows = 20;

    private readonly List<SqliteStatement> _prepared = [];

    /// <summary>Writes an event: key, version, append id, metadata, topic, state.</summary>
    public SqliteStatement Insert => field ??= Prepare(SqliteDialect.InsertRows(sql.Insert, 1));

    /// <summary>Writes events of one aggregate: key, first version, append id, metadata; then the topic and state of each.</summary>
    public SqliteStatement InsertMany => field ??= Prepare(SqliteDialect.InsertRows(sql.Insert, ManyRows));

    public SqliteStatement SelectHead => field ??= Prepare(sql.SelectHead);

    public SqliteStatement SelectAppendId => field ??= Prepare(sql.SelectAppendId);

    public SqliteStatement SelectEvents => field ??= Prepare(sql.SelectEvents);

    public SqliteStatement SelectEventsDescending => field ??= Prepare(sql.SelectEventsDescending);

    public SqliteStatement SelectNotifications => field ??= Prepare(sql.SelectNotifications);

    public SqliteStatement SelectNotificationsOfTopics => field ??= Prepare(sql.SelectNotificationsOfTopics);

    public SqliteStatement SelectMaxPosition => field ??= Prepare(sql.SelectMaxPosition);

    /// <summary>Whether there is a table that keeps its greatest id, so that <see cref="SelectGivenPosition"/> can run.</summary>
    public SqliteStatement SelectHasSequences => field ??= Prepare("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'");

    /// <summary>The greatest position that was ever assigned; no row if the table doesn't keep it.</summary>
    public SqliteStatement SelectGivenPosition => field ??= Prepare("SELECT seq FROM sqlite_sequence WHERE name = ?1");

    public void Close() => _prepared.ForEach(static statement => statement.Close());

    private SqliteStatement Prepare(string text)
    {
        var statement = new SqliteStatement(handle, text, sql.Table);
        _prepared.Add(statement);
        return statement;
    }
}
