using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>Converts SQLite's result codes to exceptions of the library. The driver's exception is always the inner one.</summary>
internal static class SqliteErrors
{
    // SQLite's memory beside the file can't grow.
    private const int NoSpaceForIndex = 4874;

    public static void Check(int result, sqlite3 handle, string? table = null)
    {
        if (result != raw.SQLITE_OK)
        {
            throw ToException(result, handle, table);
        }
    }

    /// <param name="result">The result; the connection's own error is preferred if it has the same class, because it is more precise.</param>
    /// <param name="handle">The connection that returned it.</param>
    /// <param name="table">The table that the statement needs.</param>
    public static StoreException ToException(int result, sqlite3 handle, string? table = null)
    {
        var extended = raw.sqlite3_extended_errcode(handle);
        if ((extended & 0xFF) != (result & 0xFF))
        {
            extended = result;
        }

        return ToException(new SqliteException(raw.sqlite3_errstr(extended & 0xFF).utf8_to_string(), extended & 0xFF, extended), table);
    }

    public static StoreException ToException(SqliteException exception, string? table = null) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            new TransientStoreException("The database is locked by another connection or process; nothing was written.", exception),
        _ when exception.SqliteErrorCode == raw.SQLITE_FULL || exception.SqliteExtendedErrorCode == NoSpaceForIndex =>
            new StorageFullException("The disk or the database is full; nothing was written.", exception),
        raw.SQLITE_CANTOPEN =>
            new StoreConfigurationException("The database file can't be opened. Its folder must exist, or the file itself if the store may not create it, and both must be readable and writable.", exception),
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
            new StoreConfigurationException("The database can't be written: the file, its folder or the table is read-only.", exception),
        raw.SQLITE_NOTADB =>
            new StoreConfigurationException("The file isn't a SQLite database, or it is encrypted.", exception),
        raw.SQLITE_CORRUPT =>
            new StoreException("The database file is damaged. Restore it from a backup, or recover it with the tools of SQLite.", exception),
        raw.SQLITE_IOERR =>
            new StoreException("The file system failed while the database was used.", exception),
        raw.SQLITE_TOOBIG =>
            new StoreException("A value is larger than the limit of SQLite.", exception),
        raw.SQLITE_CONSTRAINT =>
            new StoreException("The event violates a constraint of the events table.", exception),
        raw.SQLITE_ERROR when table is not null =>
            new StoreException($"SQLite refused a statement for the table {table}: the table was dropped or changed while the store was open, or has a trigger that fails. VerifySchemaAsync compares the table with the required schema.", exception),
        _ => new StoreException($"SQLite failed with the result {exception.SqliteExtendedErrorCode}.", exception),
    };

    /// <summary>Whether the extended code says that a unique index has the entry already.</summary>
    public static bool IsUniqueViolation(int extended) => extended is 2067 or 1555;

    /// <summary>
    /// Whether a COMMIT with this result may still have reached the disk, so that the connection can't be trusted. Out of memory is such a result:
    /// the log is written before the memory for its index is allocated.
    /// </summary>
    public static bool IsInDoubt(int result) => (result & 0xFF) is not (
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL or raw.SQLITE_CONSTRAINT or raw.SQLITE_READONLY);

    /// <summary>Whether the connection has to be closed, because the file system or the file behind it failed.</summary>
    public static bool IsConnectionLost(Exception exception) => exception is StoreFileReplacedException || exception.InnerException is SqliteException
    {
        SqliteErrorCode: raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB,
    };
}
