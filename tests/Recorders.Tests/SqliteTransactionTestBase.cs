using System.Data;
using System.Data.Common;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Recorders.Contract;

namespace Recorders.Tests;

/// <summary>Sessions as providers give them, and a table of the user's beside the events.</summary>
public abstract class SqliteTransactionTestBase : SqliteTestBase
{
    private protected async Task<SqliteRecorder<Guid>> OpenWithOwnTableAsync(string options = "")
    {
        var recorder = Open(options);
        await recorder.OpenAsync(Token);
        Query("CREATE TABLE IF NOT EXISTS own (id INTEGER NOT NULL CHECK (id < 100))");
        return recorder;
    }

    private protected static ValueTask<RecorderTransaction<TKey>> BeginAsync<TKey>(SqliteRecorder<TKey> recorder, bool readOnly = false)
        where TKey : notnull => recorder.BeginAsync(readOnly, IsolationLevel.Unspecified, Token);

    private protected static int Run<TKey>(RecorderTransaction<TKey> session, string sql)
        where TKey : notnull
    {
        using var command = Command(session.Connection, session.DbTransaction, sql);
        return command.ExecuteNonQuery();
    }

    private protected static object? Scalar<TKey>(RecorderTransaction<TKey> session, string sql)
        where TKey : notnull
    {
        using var command = Command(session.Connection, session.DbTransaction, sql);
        return command.ExecuteScalar();
    }

    private protected static DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command;
    }

    /// <summary>How many files of this test the process has open; 0 where that can't be seen.</summary>
    private protected int OpenFiles() => OperatingSystem.IsLinux()
        ? Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith(Folder, StringComparison.Ordinal) == true)
        : 0;
}
