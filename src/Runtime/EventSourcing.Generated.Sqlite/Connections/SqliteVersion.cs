using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// Versions of SQLite before 3.51.3 can lose committed pages when one connection writes while another resets the write-ahead
/// log; 3.50.7 and its successors in that line have the fix too.
/// </summary>
internal static class SqliteVersion
{
    public static bool IsSafe(int number) => number is >= 3_051_003 or (>= 3_050_007 and < 3_051_000);

    public static void Check()
    {
        if (!IsSafe(raw.sqlite3_libversion_number()))
        {
            throw new StoreConfigurationException(
                $"SQLite {raw.sqlite3_libversion().utf8_to_string()} can lose committed events. Use 3.51.3 or later, or 3.50.7 of the older line.");
        }
    }
}
