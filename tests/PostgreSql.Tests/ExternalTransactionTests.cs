using System.Data;
using System.Data.Common;
using System.Diagnostics;
using EventSourcing;
using Microsoft.Data.Sqlite;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Transactions that the user begins and ends: events are written into them at once.</summary>
public sealed class ExternalTransactionTests : TransactionTestBase
{
    public static TheoryData<bool> Ends => [false, true];

    [Theory, MemberData(nameof(Ends))]
    public async Task Its_end_decides(bool commits)
    {
        await using var recorder = await OpenAsync();
        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        var id = Guid.NewGuid();
        await using (var session = recorder.Join(transaction))
        {
            Assert.Same(connection, session.Connection);
            await InsertRowAsync(session, 1);
            Assert.Equal([1, 2], await session.WriteAsync(Events(id, 1, 2), true, Token));
            Assert.Equal([3], await session.WriteAsync(Events(id, 3), true, Token));
            Assert.Equal([1, 2, 3], await ReadAsync(session, id));
            Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
        }

        await (commits ? transaction.CommitAsync(Token) : transaction.RollbackAsync(Token));
        Assert.Equal(commits ? 4 : 0, Count("SELECT count(*) FROM contract_events") + Count("SELECT count(*) FROM owners"));
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task A_store_that_is_not_open_yet_opens()
    {
        await using var recorder = Open();
        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = recorder.Join(transaction);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await transaction.CommitAsync(Token);
        Assert.Equal(1, Count("SELECT count(*) FROM contract_events"));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_conflict_leaves_it_as_it_was(IsolationLevel isolationLevel)
    {
        await using var recorder = await OpenAsync();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(isolationLevel, Token);
        await using var session = recorder.Join(transaction);
        await InsertRowAsync(session, 1);
        await recorder.InsertEventsAsync(Events(id, 2, 2), true, Token);
        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => session.WriteAsync(Events(id, 2), true, Token).AsTask());
        Assert.Equal((1L, (long?)3), (conflict.ExpectedVersion, conflict.ActualVersion));
        Assert.True(session.IsUsable);
        AssertHeld(1);
        await transaction.CommitAsync(Token);
        Assert.Equal(1, Count("SELECT count(*) FROM owners"));
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task The_lock_is_waited_for_until_LockTimeout(bool isTable)
    {
        await using var recorder = await OpenAsync("", new() { LockTimeout = TimeSpan.FromMilliseconds(500) });
        await using var other = Connect();
        await using var theirs = await other.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand(
            isTable ? "LOCK TABLE contract_events" : "SELECT pg_advisory_xact_lock(1163085639, 'contract_events'::regclass::oid::int)", other, theirs))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = recorder.Join(transaction);
        await InsertRowAsync(session, 1);
        var time = Stopwatch.StartNew();
        var failure = await Assert.ThrowsAsync<TransientStoreException>(() => session.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.Equal("55P03", (failure.InnerException as PostgresException)?.SqlState);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(20));
        Assert.True(session.IsUsable);
        await theirs.RollbackAsync(Token);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await transaction.CommitAsync(Token);
        Assert.Equal(2, Count("SELECT count(*) FROM contract_events") + Count("SELECT count(*) FROM owners"));
    }

    [Theory, MemberData(nameof(Ends))]
    public async Task A_transaction_that_has_ended_is_refused(bool isDisposed)
    {
        await using var recorder = await OpenAsync();
        await using var connection = Connect();
        var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = recorder.Join(transaction);
        if (isDisposed)
        {
            await transaction.DisposeAsync();
        }
        else
        {
            await transaction.CommitAsync(Token);
        }

        Assert.Throws<TransactionException>(() => recorder.Join(transaction));
        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(() => session.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await connection.CloseAsync();
        Assert.Throws<TransactionException>(() => recorder.Join(transaction));
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_transaction_of_another_database_or_driver_is_refused()
    {
        await using var recorder = await OpenAsync();
        using var elsewhere = new PostgreSqlDatabase();
        await using var connection = elsewhere.Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        Assert.Contains("another database", Assert.Throws<TransactionException>(() => recorder.Join(transaction)).Message, StringComparison.Ordinal);

        await using var direct = Connect();
        await using var here = await direct.BeginTransactionAsync(Token);
        await using var byAnotherPort = GeneratedRecorders.WithGuidsAt(Database.UrlAt(Database.Host, Database.Port + 1));
        Assert.Throws<TransactionException>(() => byAnotherPort.Join(here));
        await using var bySameName = GeneratedRecorders.WithGuidsAt(Database.UrlAt(Database.Host == "127.0.0.1" ? "localhost" : Database.Host, Database.Port));
        await bySameName.Join(here).DisposeAsync();

        await using DbConnection sqlite = new SqliteConnection("Data Source=:memory:");
        await sqlite.OpenAsync(Token);
        await using var ofSqlite = await sqlite.BeginTransactionAsync(Token);
        Assert.Contains("SqliteTransaction", Assert.Throws<TransactionException>(() => recorder.Join(ofSqlite)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_statement_of_the_user_is_reported()
    {
        await using var recorder = await OpenAsync();
        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = recorder.Join(transaction);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT 1 / 0"));
        await Assert.ThrowsAsync<TransactionException>(() => session.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.False(session.IsUsable);
    }

    [Fact]
    public async Task A_subscription_elsewhere_wakes_up_at_the_real_commit()
    {
        await using var recorder = await OpenAsync();
        await using var application = await GuidApplication.OpenAsync(Database.Url, new() { PollingInterval = TimeSpan.FromHours(1) }, Token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        var next = subscription.MoveNextAsync().AsTask();
        await WaitForListenerAsync();

        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = recorder.Join(transaction);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await Task.Delay(100, Token);
        Assert.False(next.IsCompleted);
        await transaction.CommitAsync(Token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }

    /// <summary>A lost notification delays events until the next poll, and doesn't withhold them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_notification_withholds_nothing(bool polls)
    {
        await using var opened = await OpenAsync();
        await using var silent = Variant.Of(Database.Url, sql => sql with { Notify = "SELECT 1" });
        await using var application = await GuidApplication.OpenAsync(
            Database.Url, new() { PollingInterval = polls ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromHours(1) }, Token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        var next = subscription.MoveNextAsync().AsTask();
        await WaitForListenerAsync();

        await using var connection = Connect();
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var session = silent.Join(transaction);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await transaction.CommitAsync(Token);
        if (!polls)
        {
            // This shows that no notification delivered the event in the other case.
            await Task.Delay(700, Token);
            Assert.False(next.IsCompleted);
            await silent.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            Query("NOTIFY contract_events");
        }

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }

    /// <summary>The listener is killed while it is idle, and the notification is sent while nothing listens.</summary>
    [Fact]
    public async Task A_killed_listener_withholds_nothing()
    {
        await using var recorder = await OpenAsync();
        await using var application = await GuidApplication.OpenAsync(Database.Url, new() { PollingInterval = TimeSpan.FromMilliseconds(500) }, Token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        for (var i = 0; i < 3; i++)
        {
            var next = subscription.MoveNextAsync().AsTask();
            await WaitForListenerAsync();
            await using var connection = Connect();
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var session = recorder.Join(transaction);
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            Query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()");
            await transaction.CommitAsync(Token);
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }
    }

    private async Task WaitForListenerAsync()
    {
        const string Listeners = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle' AND pid <> pg_backend_pid()
            """;
        for (var i = 0; Count(Listeners) == 0; i++)
        {
            Assert.True(i < 500, "Nothing listens.");
            await Task.Delay(20, Token);
        }
    }
}
