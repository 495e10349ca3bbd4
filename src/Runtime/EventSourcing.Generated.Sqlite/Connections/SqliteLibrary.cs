using System.Runtime.InteropServices;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// Functions of the SQLite library that the bindings have loaded: functions that the bindings lack, and functions that are called for each
/// column of each row. For these the bindings take longer than SQLite, because they count a reference to the statement in every call. Null if
/// the library can't be found by its name.
/// </summary>
internal static unsafe class SqliteLibrary
{
    /// <summary><c>sqlite3_file_control</c>: connection, name of the database, operation, argument.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, byte*, int, void*, int> FileControl =
        (delegate* unmanaged[Cdecl]<nint, byte*, int, void*, int>)Find("sqlite3_file_control");

    /// <summary><c>sqlite3_column_int64</c>: statement, column.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int, long> ColumnInt64 = (delegate* unmanaged[Cdecl]<nint, int, long>)Find("sqlite3_column_int64");

    /// <summary><c>sqlite3_column_blob</c>: statement, column. To be called before <see cref="ColumnBytes"/>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int, byte*> ColumnBlob = (delegate* unmanaged[Cdecl]<nint, int, byte*>)Find("sqlite3_column_blob");

    /// <summary><c>sqlite3_column_bytes</c>: statement, column.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int, int> ColumnBytes = (delegate* unmanaged[Cdecl]<nint, int, int>)Find("sqlite3_column_bytes");

    /// <summary><c>sqlite3_column_type</c>: statement, column.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int, int> ColumnType = (delegate* unmanaged[Cdecl]<nint, int, int>)Find("sqlite3_column_type");

    private static nint Find(string name) => Find(raw.GetNativeLibraryName(), name);

    public static nint Find(string libraryName, string name)
    {
        if (!NativeLibrary.TryLoad(libraryName, typeof(raw).Assembly, null, out var library))
        {
            return 0;
        }

        NativeLibrary.TryGetExport(library, name, out var address);
        return address;
    }
}
