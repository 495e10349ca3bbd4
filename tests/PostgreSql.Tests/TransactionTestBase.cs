using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Transactions beside a table of the user's own, owners.</summary>
public abstract class TransactionTestBase(PostgreSqlServer? server = null) : PostgreSqlTestBase(server)
{
    /// <summary>A recorder that is open, and the table.</summary>
    protected async Task<IApplicationRecorder<Guid>> OpenAsync(string urlOptions = "", EventStoreOptions? options = null)
    {
        var recorder = Open(urlOptions, options);
        await recorder.OpenAsync(Token);
        CreateOwners();
        return recorder;
    }

    protected void CreateOwners() => Query("CREATE TABLE IF NOT EXISTS owners (id bigint PRIMARY KEY)");

    protected static Task<RecorderTransaction<Guid>> BeginAsync(
        IApplicationRecorder<Guid> recorder, bool readOnly = false, IsolationLevel isolationLevel = IsolationLevel.Unspecified) =>
        recorder.BeginAsync(readOnly, isolationLevel, Token).AsTask();

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "The tests' own.")]
    protected static DbCommand Command(DbTransaction transaction, string sql)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        return command;
    }

    protected static DbCommand Command(RecorderTransaction<Guid> session, string sql) => Command(session.DbTransaction, sql);

    protected static Task ExecuteAsync(RecorderTransaction<Guid> session, string sql) => ExecuteAsync(session.DbTransaction, sql);

    protected static async Task ExecuteAsync(DbTransaction transaction, string sql)
    {
        await using var command = Command(transaction, sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    protected static Task InsertRowAsync(RecorderTransaction<Guid> session, long id) =>
        ExecuteAsync(session, $"INSERT INTO owners VALUES ({id.ToString(System.Globalization.CultureInfo.InvariantCulture)})");

    protected static async Task<List<long>> ReadAsync(RecorderTransaction<Guid> session, Guid id)
    {
        var sink = new VersionSink();
        await session.ReadEventsAsync(id, sink, null, null, false, null, Token);
        return sink.Versions;
    }

    /// <summary>No transaction is open on the server, and no lock is held.</summary>
    protected void AssertNothingIsHeld() => AssertHeld(0);

    /// <summary>This many transactions are open on the server, and no lock is held.</summary>
    protected void AssertHeld(int transactions)
    {
        Assert.Equal(transactions, Count("""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
            """));
        Assert.Equal(0, Count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
    }

    private sealed class VersionSink : EventSink<Guid>
    {
        public List<long> Versions { get; } = [];

        public override void Add(in EventRow<Guid> row) => Versions.Add(row.OriginatorVersion);
    }
}
