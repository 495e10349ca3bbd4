using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>The database of a store, opened when it is first needed.</summary>
internal interface IDatabaseSource
{
    /// <summary>The open database; null while the store isn't open.</summary>
    SqliteDatabase? Opened { get; }

    /// <summary>Returns the database, and opens it if needed.</summary>
    ValueTask<SqliteDatabase> OpenedAsync(CancellationToken cancellationToken);

    /// <summary>Whether the connection is to this database.</summary>
    bool IsReachedBy(SqliteConnection connection);
}
