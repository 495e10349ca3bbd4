using System.Data;
using System.Data.Common;
using System.Globalization;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Transactions that the recorder begins: what they commit, and what remains after a failure.</summary>
public sealed class TransactionTests : TransactionTestBase
{
    public static TheoryData<bool> Versions => [false, true];

    [Fact]
    public async Task Events_and_rows_are_committed_together()
    {
        await using var recorder = await OpenAsync();
        var id = Guid.NewGuid();
        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 1);
            Assert.Equal([1, 2, 3], await session.CommitAsync(Events(id, 1, 3), Token));
            Assert.False(session.IsUsable);
        }

        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 2);
            Assert.Equal([4], await session.WriteAsync(Events(id, 4), true, Token));
            Assert.Equal(4, await session.GetMaxPositionAsync(Token));
        }

        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 3);
            Assert.Empty(await session.CommitAsync([], Token));
            Assert.False(session.IsUsable);
        }

        // The sequence doesn't return positions that were drawn and rolled back.
        await using (var session = await BeginAsync(recorder))
        {
            Assert.Equal([5, 6], await session.WriteAsync([.. Events(id, 4), .. Events(Guid.NewGuid())], true, Token));
            Assert.Equal([7], await session.CommitAsync(Events(id, 5), Token));
        }

        Assert.Equal((2, 6), (Count("SELECT count(*) FROM owners"), Count("SELECT count(*) FROM contract_events")));
        AssertNothingIsHeld();
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified, false)]
    [InlineData(IsolationLevel.RepeatableRead, false)]
    [InlineData(IsolationLevel.Serializable, false)]
    [InlineData(IsolationLevel.Unspecified, true)]
    [InlineData(IsolationLevel.RepeatableRead, true)]
    [InlineData(IsolationLevel.Serializable, true)]
    public async Task A_conflict_undoes_only_the_writing(IsolationLevel isolationLevel, bool hasRead)
    {
        await using var recorder = await OpenAsync();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await using var session = await BeginAsync(recorder, isolationLevel: isolationLevel);
        await InsertRowAsync(session, 1);
        if (hasRead)
        {
            Assert.Single(await ReadAsync(session, id));
        }

        // Another writer saves in between.
        await recorder.InsertEventsAsync(Events(id, 2, 3), true, Token);
        foreach (var events in new[] { Events(id, 2), Events(id, 2, 2), [.. Events(Guid.NewGuid()), .. Events(id, 2)] })
        {
            foreach (var commits in new[] { false, true })
            {
                var conflict = await Assert.ThrowsAsync<ConcurrencyException>(
                    () => (commits ? session.CommitAsync(events, Token) : session.WriteAsync(events, true, Token)).AsTask());
                Assert.Equal((id, 1L, (long?)4), (conflict.AggregateId, conflict.ExpectedVersion, conflict.ActualVersion));
                Assert.True(session.IsUsable);
            }
        }

        // The lock is free again for all writers.
        await recorder.InsertEventsAsync(Events(id, 5), true, Token);
        if (isolationLevel != IsolationLevel.Serializable || !hasRead)
        {
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
            Assert.Equal(1, Count("SELECT count(*) FROM owners"));
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Write_skew_in_a_table_of_the_users_is_no_conflict_of_an_aggregate(bool hasEvents)
    {
        await using var recorder = await OpenAsync();
        await using var one = await BeginAsync(recorder, isolationLevel: IsolationLevel.Serializable);
        await using var other = await BeginAsync(recorder, isolationLevel: IsolationLevel.Serializable);
        foreach (var (session, row) in new[] { (one, 1L), (other, 2L) })
        {
            await ExecuteAsync(session, "SELECT count(*) FROM owners");
            await InsertRowAsync(session, row);
        }

        await one.CommitAsync(hasEvents ? Events(Guid.NewGuid()) : [], Token);
        var failure = await Assert.ThrowsAsync<TransientStoreException>(() => other.CommitAsync(hasEvents ? Events(Guid.NewGuid()) : [], Token).AsTask());
        Assert.Contains("40001", failure.Message, StringComparison.Ordinal);
        Assert.Equal((1, hasEvents ? 1 : 0), (Count("SELECT count(*) FROM owners"), Count("SELECT count(*) FROM contract_events")));
    }

    [Fact]
    public async Task A_statement_of_the_users_that_is_not_serializable_throws_what_the_driver_throws()
    {
        await using var recorder = await OpenAsync();
        Query("INSERT INTO owners VALUES (1)");
        await using var session = await BeginAsync(recorder, isolationLevel: IsolationLevel.RepeatableRead);
        await ExecuteAsync(session, "SELECT count(*) FROM owners");
        Query("UPDATE owners SET id = 2");
        Assert.Equal("40001", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "UPDATE owners SET id = 3"))).SqlState);
        await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
    }

    [Fact]
    public async Task Work_that_meets_write_skew_is_run_again()
    {
        await using var school = await School.OpenAsync(Database.Url, cancellationToken: Token);
        CreateOwners();
        using var both = new Barrier(2);
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(1, 2).Select(i => Task.Run(() => school.Recorder.InTransactionAsync(
            async transaction =>
            {
                var isFirst = Interlocked.Increment(ref runs) <= 2;
                await using (var command = transaction.Connection.CreateCommand())
                {
                    command.Transaction = transaction.DbTransaction;
                    command.CommandText = "SELECT count(*) FROM owners";
                    await command.ExecuteNonQueryAsync(Token);
                    command.CommandText = i == 1 ? "INSERT INTO owners VALUES (1)" : "INSERT INTO owners VALUES (2)";
                    await command.ExecuteNonQueryAsync(Token);
                }

                await school.RegisterAsync($"Dog {i}");
                if (isFirst)
                {
                    both.SignalAndWait(TimeSpan.FromSeconds(20), Token);
                }
            },
            isolationLevel: IsolationLevel.Serializable, maxAttempts: 5, cancellationToken: Token).AsTask(), Token)));
        Assert.InRange(runs, 3, 10);
        Assert.Equal(2, Count("SELECT count(*) FROM owners"));
        Assert.Equal(2, await school.CountAsync());
    }

    [Theory]
    [InlineData("40001", false), InlineData("40001", true), InlineData("40P01", false), InlineData("40P01", true)]
    public async Task Work_whose_own_statement_meets_a_conflict_is_run_again(string state, bool isWrapped)
    {
        await using var school = await School.OpenAsync(Database.Url, cancellationToken: Token);
        var runs = 0;
        await school.Recorder.InTransactionAsync(
            async transaction =>
            {
                await school.RegisterAsync($"Dog {++runs}");
                if (runs == 1)
                {
                    await RaiseAsync(transaction.DbTransaction, state, isWrapped);
                }
            },
            maxAttempts: 2, cancellationToken: Token);
        Assert.Equal(2, runs);
        Assert.Equal(["Dog 2"], await school.NotificationLog.ReadAllAsync(cancellationToken: Token).Select(r => ((Dog.Registered)r.Event).Name).ToListAsync(Token));
    }

    [Fact]
    public async Task Work_that_meets_a_deadlock_is_run_again()
    {
        await using var school = await School.OpenAsync(Database.Url, cancellationToken: Token);
        CreateOwners();
        Query("INSERT INTO owners VALUES (1), (2)");
        using var both = new Barrier(2);
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(1, 2).Select(i => Task.Run(() => school.Recorder.InTransactionAsync(
            async transaction =>
            {
                var isFirst = Interlocked.Increment(ref runs) <= 2;
                await school.RegisterAsync($"Dog {i}");
                await LockOwnerAsync(transaction.DbTransaction, i);
                if (isFirst)
                {
                    both.SignalAndWait(TimeSpan.FromSeconds(20), Token);
                }

                await LockOwnerAsync(transaction.DbTransaction, 3 - i);
            },
            maxAttempts: 5, cancellationToken: Token).AsTask(), Token)));
        Assert.InRange(runs, 3, 10);
        Assert.Equal(2, await school.CountAsync());
    }

    [Fact]
    public async Task An_inner_transaction_has_the_isolation_level_that_it_asks_for_or_is_refused()
    {
        await using var school = await School.OpenAsync(Database.Url, cancellationToken: Token);
        await using (await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await Assert.ThrowsAsync<TransactionException>(() => school.Recorder.BeginTransactionAsync(isolationLevel: IsolationLevel.Serializable, cancellationToken: Token).AsTask());
        }

        await using (await school.Recorder.BeginTransactionAsync(isolationLevel: IsolationLevel.Serializable, cancellationToken: Token))
        {
            await using var same = await school.Recorder.BeginTransactionAsync(isolationLevel: IsolationLevel.Serializable, cancellationToken: Token);
            await using var any = await school.Recorder.BeginTransactionAsync(cancellationToken: Token);
            Assert.Equal(IsolationLevel.Serializable, any.DbTransaction.IsolationLevel);
        }

        // A session has none before it is connected.
        await using var session = school.CreateSession();
        using (session.Use())
        {
            await using var inner = await school.Recorder.BeginTransactionAsync(isolationLevel: IsolationLevel.RepeatableRead, cancellationToken: Token);
            Assert.Equal(IsolationLevel.RepeatableRead, inner.DbTransaction.IsolationLevel);
            await Assert.ThrowsAsync<TransactionException>(() => school.Recorder.BeginTransactionAsync(isolationLevel: IsolationLevel.Serializable, cancellationToken: Token).AsTask());
        }
    }

    [Fact]
    public async Task Work_that_fails_for_another_reason_is_not_run_again()
    {
        await using var school = await School.OpenAsync(Database.Url, cancellationToken: Token);
        var runs = 0;
        var failure = await Assert.ThrowsAsync<PostgresException>(() => school.Recorder.InTransactionAsync(
            async transaction =>
            {
                await school.RegisterAsync($"Dog {++runs}");
                await RaiseAsync(transaction.DbTransaction, "23505", isWrapped: false);
            },
            maxAttempts: 5, cancellationToken: Token).AsTask());
        Assert.Equal(("23505", 1, 0), (failure.SqlState, runs, await school.CountAsync()));
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified)]
    [InlineData(IsolationLevel.RepeatableRead)]
    public async Task A_conflict_with_its_own_events_is_a_conflict(IsolationLevel isolationLevel)
    {
        await using var recorder = await OpenAsync();
        var id = Guid.NewGuid();
        await using var session = await BeginAsync(recorder, isolationLevel: isolationLevel);
        await session.WriteAsync(Events(id, 1, 2), true, Token);
        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => session.CommitAsync(Events(id), Token).AsTask());
        Assert.Equal((0L, (long?)2), (conflict.ExpectedVersion, conflict.ActualVersion));
        conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => session.CommitAsync([.. Events(id, 3), .. Events(id, 5)], Token).AsTask());
        Assert.Equal((2L, (long?)2), (conflict.ExpectedVersion, conflict.ActualVersion));
        await session.CommitAsync(Events(id, 3), Token);
        Assert.Equal(3, Count("SELECT count(*) FROM contract_events"));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task After_a_failed_statement_it_refuses_to_commit(bool hasEvents)
    {
        await using var recorder = await OpenAsync();
        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 1);
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT 1 / 0"));
            var failure = await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync(hasEvents ? Events(Guid.NewGuid()) : [], Token).AsTask());
            Assert.IsType<PostgresException>(failure.InnerException);
            Assert.False(session.IsUsable);
        }

        Assert.Equal(0, Count("SELECT count(*) FROM owners") + Count("SELECT count(*) FROM contract_events"));
        AssertNothingIsHeld();
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task After_a_failed_statement_and_a_rollback_to_a_savepoint_it_commits(bool hasEvents)
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        await session.DbTransaction.SaveAsync("mine", Token);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT 1 / 0"));
        await session.DbTransaction.RollbackAsync("mine", Token);
        Assert.True(session.IsUsable);
        await session.CommitAsync(hasEvents ? Events(Guid.NewGuid()) : [], Token);
        Assert.Equal(1, Count("SELECT count(*) FROM owners"));
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("")]
    public async Task A_transaction_that_the_user_has_ended_is_not_usable(string statement)
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        if (statement.Length > 0)
        {
            await ExecuteAsync(session, statement);
        }
        else
        {
            await session.DbTransaction.RollbackAsync(Token);
        }

        Assert.False(session.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
        await Assert.ThrowsAsync<TransactionException>(() => session.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await Assert.ThrowsAsync<TransactionException>(() => ReadAsync(session, Guid.NewGuid()));
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_failed_read_ends_it()
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        await ExecuteAsync(session, "ALTER TABLE contract_events RENAME COLUMN topic TO theme");
        await Assert.ThrowsAsync<StoreConfigurationException>(() => ReadAsync(session, Guid.NewGuid()));
        Assert.False(session.IsUsable);
    }

    [Fact]
    public async Task An_open_reader_is_reported_and_does_no_harm()
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        await using (var command = Command(session, "SELECT generate_series(1, 100000)"))
        await using (await command.ExecuteReaderAsync(Token))
        {
            await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
            await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync([], Token).AsTask());
            await Assert.ThrowsAsync<TransactionException>(() => ReadAsync(session, Guid.NewGuid()));
        }

        Assert.True(session.IsUsable);
        await session.CommitAsync(Events(Guid.NewGuid()), Token);
    }

    [Fact]
    public async Task A_transaction_that_only_reads_sees_the_state_at_its_begin()
    {
        await using var recorder = await OpenAsync();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await using var session = await BeginAsync(recorder, readOnly: true);
        await recorder.InsertEventsAsync(Events(id, 2), true, Token);
        Assert.Single(await ReadAsync(session, id));
        Assert.Equal(1, await session.GetMaxPositionAsync(Token));
        Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => InsertRowAsync(session, 1))).SqlState);

        await using var committed = await BeginAsync(recorder, readOnly: true, IsolationLevel.ReadCommitted);
        await recorder.InsertEventsAsync(Events(id, 3), true, Token);
        Assert.Equal(3, (await ReadAsync(committed, id)).Count);
    }

    [Fact]
    public async Task The_lock_timeout_of_the_user_is_restored_after_a_wait()
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        await ExecuteAsync(session, "SET LOCAL lock_timeout = '123ms'");
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await using var command = Command(session, "SHOW lock_timeout");
        Assert.Equal("123ms", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Settings_of_the_user_do_not_outlive_it()
    {
        await using var recorder = await OpenAsync("?max_pool_size=1");
        await using (var session = await BeginAsync(recorder))
        {
            await ExecuteAsync(session, "SET work_mem = '1234kB'");
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        await using (var session = await BeginAsync(recorder))
        await using (var command = Command(session, "SHOW work_mem"))
        {
            Assert.NotEqual("1234kB", await command.ExecuteScalarAsync(Token));
        }
    }

    [Fact]
    public async Task Saves_have_connections_when_transactions_use_all_of_theirs()
    {
        await using var recorder = await OpenAsync("?max_pool_size=2", new() { SaveTimeout = TimeSpan.FromSeconds(4) });
        await using (await BeginAsync(recorder))
        await using (await BeginAsync(recorder))
        {
            await Assert.ThrowsAsync<TransientStoreException>(() => BeginAsync(recorder));
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            Assert.Equal(1, await recorder.GetMaxPositionAsync(Token));
        }

        await using (await BeginAsync(recorder))
        {
            AssertHeld(1);
        }

        AssertNothingIsHeld();
    }

    [Fact]
    public async Task A_begin_that_fails_holds_nothing()
    {
        await using var recorder = await OpenAsync();
        await Assert.ThrowsAsync<TransactionException>(() => BeginAsync(recorder, isolationLevel: IsolationLevel.Chaos));
        using var canceled = new CancellationTokenSource();
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recorder.BeginAsync(false, IsolationLevel.Unspecified, canceled.Token).AsTask());
        AssertNothingIsHeld();

        // Dead connections in the pool aren't used.
        await using (await BeginAsync(recorder))
        await using (await BeginAsync(recorder))
        {
        }

        Query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await using var session = await BeginAsync(recorder);
        await session.CommitAsync(Events(Guid.NewGuid()), Token);
    }

    private static async Task RaiseAsync(DbTransaction transaction, string state, bool isWrapped)
    {
        try
        {
            await ExecuteAsync(transaction, $"DO $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END$$");
        }
        catch (PostgresException refused) when (isWrapped)
        {
            throw new InvalidOperationException("As Entity Framework does it.", refused);
        }
    }

    private static Task LockOwnerAsync(DbTransaction transaction, int id) =>
        ExecuteAsync(transaction, string.Create(CultureInfo.InvariantCulture, $"UPDATE owners SET id = id WHERE id = {id}"));
}
