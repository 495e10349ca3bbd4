using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>The database of a store, which is opened when it is first needed.</summary>
internal interface IDatabaseSource
{
    /// <summary>The database; null while the store isn't open.</summary>
    SqliteDatabase? Opened { get; }

    /// <summary>The database, opened now if it isn't yet.</summary>
    ValueTask<SqliteDatabase> OpenedAsync(CancellationToken cancellationToken);

    /// <summary>Whether the connection is to this database.</summary>
    bool IsReachedBy(SqliteConnection connection);
}
