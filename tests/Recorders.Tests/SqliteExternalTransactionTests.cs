using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>Saves in a transaction that the user began on their own connection.</summary>
public sealed class SqliteExternalTransactionTests : SqliteTransactionTestBase
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task Rows_are_written_at_once_and_decided_by_the_user(bool deferred)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        var id = Guid.NewGuid();
        using var connection = Connect();
        foreach (var commit in new[] { false, true })
        {
            using var transaction = connection.BeginTransaction(deferred);
            await using var session = recorder.Join(transaction);
            Run(session, "INSERT INTO own VALUES (1)");
            Assert.Equal([1L], await session.WriteAsync(Events(id), true, Token));
            Assert.Equal([2L], await session.WriteAsync(Events(id, first: 2), true, Token));
            Assert.Equal(2L, await session.GetMaxPositionAsync(Token));
            Assert.Null(await recorder.GetMaxPositionAsync(Token));
            var conflict = await Assert.ThrowsAsync<ConcurrencyException>(async () => await session.WriteAsync([.. Events(Guid.NewGuid()), .. Events(id)], true, Token));
            Assert.Equal((id, 0L, 2L), (conflict.AggregateId, conflict.ExpectedVersion, conflict.ActualVersion));
            Assert.True(session.IsUsable);

            // Nothing of ours stays on the connection.
            Assert.Equal(0, await PreparedAsync(connection));
            if (commit)
            {
                transaction.Commit();
            }
            else
            {
                transaction.Rollback();
            }

            Assert.False(session.IsUsable);
            await Assert.ThrowsAsync<TransactionException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
            Assert.Throws<TransactionException>(() => recorder.Join(transaction));
        }

        Assert.Equal(2L, await recorder.GetMaxPositionAsync(Token));
        Assert.Equal(1L, Query("SELECT count(*) FROM own"));
        await recorder.InsertEventsAsync(Events(id, first: 3), true, Token);
    }

    [Fact]
    public async Task A_log_that_was_cut_refuses_a_save()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        await using var session = recorder.Join(transaction);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Equal(0, await RunAsync("truncate", "-s", "0", Path + "-wal"));
        await Assert.ThrowsAsync<StoreFileReplacedException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
        transaction.Rollback();
        await Assert.ThrowsAsync<StoreFileReplacedException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Transactions_of_other_databases_are_refused()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using var notOpen = Open();
        using var other = new SqliteConnection($"Data Source={Path}.other;Pooling=False");
        other.Open();
        using var inMemory = new SqliteConnection("Data Source=:memory:");
        inMemory.Open();
        using var transaction = other.BeginTransaction();
        using var transactionInMemory = inMemory.BeginTransaction();
        foreach (var store in new[] { recorder, notOpen })
        {
            Assert.Throws<TransactionException>(() => store.Join(transaction));
            Assert.Throws<TransactionException>(() => store.Join(transactionInMemory));
        }

        // Any path of the same file is accepted.
        var link = System.IO.Path.Combine(Folder, "link.db");
        File.CreateSymbolicLink(link, "events.db");
        using var linked = new SqliteConnection($"Data Source={link};Pooling=False");
        linked.Open();
        using var mine = linked.BeginTransaction();
        await using var session = notOpen.Join(mine);
        Assert.Equal([1L], await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Saves_of_the_store_end_typed_meanwhile()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=100");
        using var connection = Connect();
        using (var transaction = connection.BeginTransaction())
        {
            await using var session = recorder.Join(transaction);
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            var saves = Enumerable.Range(0, 20).Select(_ => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask()).ToList();
            foreach (var save in saves)
            {
                await Assert.ThrowsAsync<TransientStoreException>(() => save.WaitAsync(TimeSpan.FromSeconds(30), Token));
            }

            await Assert.ThrowsAsync<TransientStoreException>(async () => await BeginAsync(recorder));
            transaction.Commit();
        }

        Assert.Equal([2L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Deferred_it_waits_for_the_writer_but_not_forever()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=100");
        using var connection = Connect();
        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            await using var session = recorder.Join(transaction);
            await using (var holder = await BeginOutsideAsync(recorder))
            {
                await Assert.ThrowsAsync<TransientStoreException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
                Assert.True(session.IsUsable);
                await holder.CommitAsync(Events(Guid.NewGuid()), Token);
            }

            // It hasn't read yet, so it can still write.
            Assert.Equal([2L], await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
            transaction.Commit();
        }

        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            await using var session = recorder.Join(transaction);
            Assert.Equal(2L, await session.GetMaxPositionAsync(Token));
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            var watch = Stopwatch.StartNew();
            var failure = await Assert.ThrowsAsync<TransientStoreException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
            Assert.Contains("deferred: false", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Deferred_it_gets_the_lock_when_the_writer_releases_it()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        using var connection = Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        await using var session = recorder.Join(transaction);
        ValueTask<IReadOnlyList<long>> writing;
        await using (var holder = await BeginOutsideAsync(recorder))
        {
            writing = session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            await Task.Delay(50, Token);
            Assert.False(writing.IsCompleted);
            await holder.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        Assert.Equal([2L], await writing);
        transaction.Commit();
    }

    [Fact]
    public async Task Ended_while_it_waits_for_the_lock_nothing_is_written()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        using var connection = Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        await using var session = recorder.Join(transaction);
        using var other = Connect();
        Query(other, "BEGIN IMMEDIATE");
        var writing = session.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        await Task.Delay(50, Token);
        Assert.False(writing.IsCompleted);
        transaction.Rollback();
        Query(other, "COMMIT");
        await Assert.ThrowsAsync<TransactionException>(() => writing);
        Assert.Null(await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Subscription_wakes_at_the_users_commit()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        using var watch = recorder.Watch();
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        await using var session = recorder.Join(transaction);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        var seen = Task.Run(
            async () =>
            {
                // Without polling, so that only a notification can wake it.
                await foreach (var batch in Subscribing.Log(recorder).SubscribeInBatchesAsync(cancellationToken: Token))
                {
                    if (batch.Events.Count > 0)
                    {
                        return;
                    }
                }
            },
            Token);
        await Task.Delay(50, Token);
        Assert.False(seen.IsCompleted);
        transaction.Commit();
        await seen.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Two_stores_of_a_file_share_a_transaction_and_a_save_outside_it_fails_at_once()
    {
        await using var school = await School.OpenAsync(Url + "?busy_timeout=600000", cancellationToken: Token);
        await using var other = GeneratedRecorders.WithStrings(Url + "?busy_timeout=600000");
        await other.OpenAsync(Token);
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        using (school.Recorder.Use(transaction))
        {
            await school.RegisterAsync("Fido");
            await other.Join(transaction).WriteAsync([new("a", 1, "t", default)], true, Token);
            await Assert.ThrowsAsync<TransactionException>(async () => await other.InsertEventsAsync([new("a", 2, "t", default)], true, Token));
        }

        transaction.Commit();
        await other.InsertEventsAsync([new("a", 2, "t", default)], true, Token);
        Assert.Equal(1, await school.CountAsync());
    }

    [Fact]
    public async Task A_disposed_session_no_longer_uses_the_transaction()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        var session = recorder.Join(transaction);
        Assert.Same(transaction, session.DbTransaction);
        Assert.Same(connection, session.Connection);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await session.DisposeAsync();
        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
        await Assert.ThrowsAsync<TransactionException>(async () => await session.GetMaxPositionAsync(Token));
        await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), Token));
        transaction.Commit();
        Assert.Throws<TransactionException>(() => session.DbTransaction);
        Assert.Throws<TransactionException>(() => session.Connection);
        Assert.Equal(1L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task An_outer_transaction_of_the_library_that_holds_the_file_is_not_waited_for()
    {
        await using var school = await School.OpenAsync(Url + "?busy_timeout=600000", cancellationToken: Token);
        await using var other = Open("?busy_timeout=600000");
        await other.OpenAsync(Token);
        using var connection = Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        await using (await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await Assert.ThrowsAsync<TransactionException>(async () => await other.Join(transaction).WriteAsync(Events(Guid.NewGuid()), true, Token));
        }

        Assert.Equal([1L], await other.Join(transaction).WriteAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Outer_transaction_of_the_library_can_be_handed_over()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using var session = await BeginAsync(recorder);
        var handedOver = recorder.Join(session.DbTransaction);
        await handedOver.WriteAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Throws<SqliteException>(() => Run(session, "INSERT INTO own VALUES (NULL)"));
        Assert.False(handedOver.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(async () => await handedOver.WriteAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Transaction_of_the_library_can_be_passed_if_it_is_the_flow_s_own(bool isFile)
    {
        await using var school = await School.OpenAsync(isFile ? Url : "sqlite:///:memory:", cancellationToken: Token);
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var dog = new Dog("Fido");
            await school.SaveAsync(dog, transaction.DbTransaction, cancellationToken: Token);
            dog.AddTrick("sit");
            await school.SaveAsync(dog, Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal(["sit"], (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token)).Tricks);
    }

    private static Task<RecorderTransaction<Guid>> BeginOutsideAsync(SqliteRecorder<Guid> recorder) => Task.Run(async () => await BeginAsync(recorder), Token);

    private static Task<int> PreparedAsync(SqliteConnection connection)
    {
        var count = 0;
        for (var statement = raw.sqlite3_next_stmt(connection.Handle, null); statement is not null && !statement.IsInvalid; statement = raw.sqlite3_next_stmt(connection.Handle, statement))
        {
            count++;
        }

        return Task.FromResult(count);
    }
}
