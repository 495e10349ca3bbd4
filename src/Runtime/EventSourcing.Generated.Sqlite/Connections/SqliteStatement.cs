using System.Runtime.CompilerServices;
using System.Text;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>A prepared statement, for binding and reading the keys of aggregates. Used by one thread at a time.</summary>
internal sealed unsafe class SqliteStatement
{
    // Refuses lone surrogates: two different keys must never become the same bytes.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _statement;
    private readonly string? _table;

    // The statement itself, as long as it is open. The code that reads it closes it afterwards.
    private nint _pointer;

    /// <param name="handle">The connection.</param>
    /// <param name="sql">One statement.</param>
    /// <param name="table">The table that it needs, for messages.</param>
    public SqliteStatement(sqlite3 handle, string sql, string? table = null)
    {
        _handle = handle;
        _table = table;
        Check(raw.sqlite3_prepare_v3(handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _pointer = _statement.DangerousGetHandle();
    }

    /// <summary>Binds 16 bytes, big-endian.</summary>
    /// <param name="index">The parameter, counted from 1.</param>
    /// <param name="value">The value.</param>
    public void BindGuid(int index, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        BindBlob(index, bytes);
    }

    /// <summary>Binds a text.</summary>
    /// <param name="index">The parameter, counted from 1.</param>
    /// <param name="value">The value; a lone surrogate in it throws an <see cref="ArgumentException"/>.</param>
    [SkipLocalsInit]
    public void BindText(int index, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Span<byte> buffer = stackalloc byte[256];
        var bytes = value.Length * 3 <= buffer.Length ? buffer[..Utf8.GetBytes(value, buffer)] : Utf8.GetBytes(value);
        Check(bytes.IsEmpty ? raw.sqlite3_bind_text(_statement, index, "") : raw.sqlite3_bind_text(_statement, index, bytes));
    }

    /// <summary>Reads a 16 byte blob.</summary>
    /// <param name="column">The column, counted from 0.</param>
    /// <returns>The value.</returns>
    /// <exception cref="StoreException">The column holds something else.</exception>
    public Guid ReadGuid(int column)
    {
        var bytes = ReadBlob(column);
        return bytes.Length == 16
            ? new Guid(bytes, bigEndian: true)
            : throw new StoreException($"The id of a stored event has {bytes.Length} bytes instead of 16.");
    }

    /// <summary>Reads a text.</summary>
    /// <param name="column">The column, counted from 0.</param>
    /// <returns>The value.</returns>
    /// <exception cref="StoreException">The column holds no UTF-8.</exception>
    public string ReadText(int column)
    {
        try
        {
            return Utf8.GetString(ReadBlob(column));
        }
        catch (DecoderFallbackException exception)
        {
            throw new StoreException("A text of the database isn't valid UTF-8.", exception);
        }
    }

    public void BindInt64(int index, long value) => Check(raw.sqlite3_bind_int64(_statement, index, value));

    public void BindDouble(int index, double value) => Check(raw.sqlite3_bind_double(_statement, index, value));

    // An empty span has no address, which SQLite would treat as NULL.
    public void BindBlob(int index, ReadOnlySpan<byte> value) =>
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value));

    public void BindUtf8(int index, ReadOnlySpan<byte> value) => Check(raw.sqlite3_bind_text(_statement, index, value));

    public void BindNull(int index) => Check(raw.sqlite3_bind_null(_statement, index));

    /// <summary>Moves to the next row: true for a row, false at the end. Any other result has reset the statement and throws.</summary>
    public bool Step()
    {
        var result = TryStep();
        return result == raw.SQLITE_ROW || (result == raw.SQLITE_DONE ? false : throw Failed(result));
    }

    public int TryStep() => raw.sqlite3_step(_statement);

    /// <summary>Runs a statement without rows.</summary>
    public void Run()
    {
        var result = TryRun();
        SqliteErrors.Check(result, _handle);
    }

    /// <summary>As <see cref="Run"/>, but returns SQLite's result: OK or an extended error code.</summary>
    public int TryRun()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is raw.SQLITE_DONE or raw.SQLITE_ROW)
        {
            Reset();
            return raw.SQLITE_OK;
        }

        result = raw.sqlite3_extended_errcode(_handle);
        Reset();
        return result;
    }

    public bool IsNull(int column) => TypeOf(column) == raw.SQLITE_NULL;

    public bool IsText(int column) => TypeOf(column) == raw.SQLITE_TEXT;

    public bool IsReal(int column) => TypeOf(column) == raw.SQLITE_FLOAT;

    public bool IsBlob(int column) => TypeOf(column) == raw.SQLITE_BLOB;

    public double ReadDouble(int column) => raw.sqlite3_column_double(_statement, column);

    public bool IsInteger(int column) => TypeOf(column) == raw.SQLITE_INTEGER;

    public long ReadInt64(int column) =>
        SqliteLibrary.ColumnInt64 != null ? SqliteLibrary.ColumnInt64(_pointer, column) : raw.sqlite3_column_int64(_statement, column);

    /// <summary>Returns the column's own memory, valid until the next step or reset; of a text, its UTF-8.</summary>
    public ReadOnlySpan<byte> ReadBlob(int column)
    {
        if (SqliteLibrary.ColumnBytes == null)
        {
            return raw.sqlite3_column_blob(_statement, column);
        }

        var bytes = SqliteLibrary.ColumnBlob(_pointer, column);
        return new(bytes, SqliteLibrary.ColumnBytes(_pointer, column));
    }

    public void Reset() => raw.sqlite3_reset(_statement);

    public void Close()
    {
        // SQLite treats 0 as a statement without a row.
        _pointer = 0;
        _statement.Dispose();
    }

    private int TypeOf(int column) =>
        SqliteLibrary.ColumnType != null ? SqliteLibrary.ColumnType(_pointer, column) : raw.sqlite3_column_type(_statement, column);

    private StoreException Failed(int result)
    {
        var exception = SqliteErrors.ToException(result, _handle, _table);
        Reset();
        return exception;
    }

    private void Check(int result) => SqliteErrors.Check(result, _handle, _table);
}
