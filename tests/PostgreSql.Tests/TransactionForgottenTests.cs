using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A transaction that holds the lock of the store and is never ended holds it only as long as its owner could still end it.</summary>
public sealed class TransactionForgottenTests : TransactionTestBase
{
    [Theory]
    [InlineData("")]
    [InlineData("?max_pool_size=1")]
    public async Task A_forgotten_transaction_is_ended(string options)
    {
        await using var recorder = await OpenAsync(options, new() { LockTimeout = TimeSpan.FromSeconds(30), SaveTimeout = TimeSpan.FromMinutes(2) });

        // In a flow of its own, which ends.
        await Task.Run(() => ForgetAsync(recorder), Token);
        AssertTaken();
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        for (var i = 0; i < 600 && !save.IsCompleted; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50, Token);
        }

        await save;
        Assert.Equal(0, Count("SELECT count(*) FROM owners"));
        Assert.Equal(1, Count("SELECT count(*) FROM contract_events"));
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task A_transaction_of_a_closed_store_is_rolled_back()
    {
        var recorder = await OpenAsync();
        var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        AssertTaken();
        await recorder.DisposeAsync();
        AssertNothingIsHeld();
        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.CommitAsync([], Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => BeginAsync(recorder));
        await session.DisposeAsync();
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_transaction_that_is_being_committed_ends_by_itself()
    {
        var recorder = await OpenAsync();
        var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        await using var other = Connect();
        await using (var command = new Npgsql.NpgsqlCommand("BEGIN; LOCK TABLE contract_events IN EXCLUSIVE MODE", other))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        var committing = session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask();
        while (Count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 0)
        {
            await Task.Delay(10, Token);
        }

        var disposing = recorder.DisposeAsync().AsTask();
        await using (var command = new Npgsql.NpgsqlCommand("COMMIT", other))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        Assert.Single(await committing);
        await disposing;
        await session.DisposeAsync();
        Assert.Equal(1, Count("SELECT count(*) FROM owners"));
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task A_statement_that_runs_while_the_store_is_closed_is_ended_with_its_transaction()
    {
        var recorder = await OpenAsync();
        var session = await BeginAsync(recorder);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        AssertTaken();
        var sleeping = ExecuteAsync(session, "SELECT pg_sleep(120)");
        while (Count("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == 0)
        {
            await Task.Delay(10, Token);
        }

        var disposing = recorder.DisposeAsync().AsTask();
        var failure = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => sleeping.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal(Npgsql.PostgresErrorCodes.AdminShutdown, failure.SqlState);
        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
        await session.DisposeAsync();
        await disposing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        AssertNothingIsHeld();
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task Work_whose_own_statement_is_ended_with_the_store_ends_with_ObjectDisposedException()
    {
        var application = GuidApplication.Create(Database.Url, new());
        var work = Task.Run(
            async () => await application.Recorder.InTransactionAsync(
                async transaction => await ExecuteAsync(transaction.DbTransaction, "SELECT pg_sleep(120)"), cancellationToken: Token),
            Token);
        while (Count("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == 0)
        {
            await Task.Delay(10, Token);
        }

        await application.DisposeAsync();
        var failure = await Assert.ThrowsAsync<ObjectDisposedException>(() => work.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.IsType<Npgsql.PostgresException>(failure.InnerException);
        AssertNothingIsHeld();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transactions_at_work_while_the_store_is_closed_end_and_hold_nothing(bool isShared)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var dataSource = Npgsql.NpgsqlDataSource.Create(Database.ConnectionString);
        for (var round = 0; round < 20; round++)
        {
            var application = isShared ? GuidApplication.Create(dataSource, new()) : GuidApplication.Create(Database.Url, new());
            var recorder = application.Recorder.Provider;
            await recorder.OpenAsync(Token);
            var working = Enumerable.Range(0, 4).Select(_ => Task.Run(() => WorkAsync(recorder), Token)).ToArray();
            await Task.Delay(random.Next(100), Token);
            await application.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Token);
            foreach (var work in working)
            {
                var end = await Record.ExceptionAsync(() => work.WaitAsync(TimeSpan.FromSeconds(60), Token));
                Assert.True(end is ObjectDisposedException, $"seed {seed}: {end}");
            }

            AssertNothingIsHeld();
        }
    }

    private static async Task WorkAsync(IApplicationRecorder<Guid> recorder)
    {
        while (true)
        {
            var id = Guid.NewGuid();
            await using var session = await BeginAsync(recorder);
            await ReadAsync(session, id);
            await session.WriteAsync(Events(id), true, Token);
            await ReadAsync(session, id);
            await session.CommitAsync([], Token);
        }
    }

    private static async Task ForgetAsync(IApplicationRecorder<Guid> recorder)
    {
        var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
    }

    private void AssertTaken() => Assert.Equal(1, Count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
}
