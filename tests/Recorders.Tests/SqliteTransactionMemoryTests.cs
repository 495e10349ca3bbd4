using EventSourcing;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>In memory there is one connection, which the transaction uses while other callers wait.</summary>
public sealed class SqliteTransactionMemoryTests : SqliteTransactionTestBase
{
    [Fact]
    public async Task Other_callers_see_nothing_of_it_and_wait_for_its_end()
    {
        await using var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:?busy_timeout=100");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "CREATE TABLE own (id INTEGER NOT NULL)");
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            Assert.Equal(2L, await session.GetMaxPositionAsync(Token));
            var busy = await Assert.ThrowsAsync<TransientStoreException>(async () => await recorder.GetMaxPositionAsync(Token));
            Assert.Contains("A transaction of this process", busy.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<TransientStoreException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
            await Assert.ThrowsAsync<TransientStoreException>(async () => await BeginAsync(recorder, readOnly: true));
        }

        Assert.Equal(1L, await recorder.GetMaxPositionAsync(Token));
        await using (var session = await BeginAsync(recorder))
        {
            var connection = session.Connection;
            Run(session, "CREATE TABLE own (id INTEGER NOT NULL)");
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
            Assert.Equal(2L, await recorder.GetMaxPositionAsync(Token));

            // All callers share the connection: a caller that keeps it can neither use nor close it.
            await Assert.ThrowsAsync<TransactionException>(() => Command(connection, null, "DELETE FROM contract_events").ExecuteNonQueryAsync(Token));
            await connection.DisposeAsync();
        }

        Assert.Equal([3L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            await session.CommitAsync([], Token);
        }
    }

    [Fact]
    public async Task Reads_that_wait_see_the_committed_events()
    {
        await using var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:?busy_timeout=60000");
        await recorder.OpenAsync(Token);
        var session = await BeginAsync(recorder);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        var reads = Enumerable.Range(0, 5).Select(_ => recorder.GetMaxPositionAsync(Token).AsTask()).ToList();
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        await Task.Delay(50, Token);
        Assert.All(reads, read => Assert.False(read.IsCompleted));
        await session.CommitAsync(Events(Guid.NewGuid()), Token);
        foreach (var read in reads)
        {
            Assert.InRange((await read)!.Value, 2L, 3L);
        }

        Assert.Equal([3L], await save);
    }

    /// <summary>A read that waited holds the gate for as long as it reads: it isn't a forgotten transaction.</summary>
    [Fact]
    public async Task A_read_that_waited_is_not_taken_for_a_transaction()
    {
        await using var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:?busy_timeout=60000");
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        var session = await BeginAsync(recorder);
        var sink = new Sink(recorder);
        var read = recorder.ReadEventsAsync(id, sink, cancellationToken: Token).AsTask();
        Assert.False(read.IsCompleted);
        await session.DisposeAsync();
        await read;
        Assert.Contains("The writer of this process", sink.Busy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_reading_leaves_the_connection_as_it_was()
    {
        await using var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:");
        await recorder.OpenAsync(Token);
        await using (var session = await BeginAsync(recorder, readOnly: true))
        {
            Assert.Throws<SqliteException>(() => Run(session, "CREATE TABLE own (id INTEGER)"));
            await Assert.ThrowsAsync<TransactionException>(async () => await recorder.Join(session.DbTransaction).WriteAsync(Events(Guid.NewGuid()), true, Token));
        }

        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Users_transaction_is_on_the_connection_or_refused()
    {
        await using var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:");
        await recorder.OpenAsync(Token);
        using var other = new SqliteConnection("Data Source=:memory:");
        other.Open();
        using var transaction = other.BeginTransaction();
        Assert.Throws<TransactionException>(() => recorder.Join(transaction));
        await using (var session = await BeginAsync(recorder))
        {
            await recorder.Join(session.DbTransaction).WriteAsync(Events(Guid.NewGuid()), true, Token);
            await session.CommitAsync([], Token);
        }

        Assert.Equal(1L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Closed_store_rolls_back()
    {
        var recorder = GeneratedRecorders.WithGuids("sqlite:///:memory:?busy_timeout=60000");
        await recorder.OpenAsync(Token);
        await using var session = await BeginAsync(recorder);
        var read = recorder.GetMaxPositionAsync(Token).AsTask();
        await recorder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Null(await read);
        Assert.False(session.IsUsable);
    }

    /// <summary>Notes what the gate says about its holder.</summary>
    private sealed class Sink(EventSourcing.Sqlite.SqliteRecorder<Guid> recorder) : EventSink<Guid>
    {
        public string? Busy { get; private set; }

        public override void Add(in EventRow<Guid> row) =>
            Busy = recorder.Database.Gate.IsTaken ? recorder.Database.Gate.Busy().Message : null;
    }
}
