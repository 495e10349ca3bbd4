using System.Data;
using System.Globalization;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>The locks and files that a transaction on a file holds, and when it releases them.</summary>
public sealed class SqliteTransactionTests : SqliteTransactionTestBase
{
    private const int IoErrorAtSync = 1034;

    [Fact]
    public async Task Own_table_and_events_are_committed_together_or_not_at_all()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            await session.CommitAsync(Events(Guid.NewGuid(), count: 2), Token);
            Assert.False(session.IsUsable);
        }

        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (2)");
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        }

        Assert.Equal(1L, Query("SELECT count(*) FROM own"));
        Assert.Equal(2L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Connection_has_the_settings_of_the_writer()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        var expected = new Dictionary<string, string?>();
        foreach (var pragma in new[] { "journal_mode", "synchronous", "trusted_schema", "cell_size_check", "journal_size_limit", "query_only" })
        {
            expected.Add(pragma, await PragmaAsync(recorder, pragma));
        }

        await using var session = await BeginAsync(recorder);
        foreach (var (pragma, value) in expected)
        {
            Assert.Equal(value, Convert.ToString(Scalar(session, "PRAGMA " + pragma), CultureInfo.InvariantCulture));
        }

        Assert.IsType<SqliteTransaction>(session.DbTransaction);
        Assert.Same(session.Connection, session.DbTransaction.Connection);
    }

    [Fact]
    public async Task Conflict_leaves_everything_else_as_it_was()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        var (taken, free) = (Guid.NewGuid(), Guid.NewGuid());
        await recorder.InsertEventsAsync(Events(taken, count: 3), true, Token);
        await using var session = await BeginAsync(recorder);
        Run(session, "INSERT INTO own VALUES (1)");
        await session.WriteAsync(Events(free), true, Token);
        foreach (var commit in new[] { false, true })
        {
            StoredEvent<Guid>[] events = [.. Events(free, first: 2), .. Events(taken, first: 3)];
            var conflict = await Assert.ThrowsAsync<ConcurrencyException>(async () =>
                await (commit ? session.CommitAsync(events, Token) : session.WriteAsync(events, true, Token)));
            Assert.Equal((taken, 2L, 3L), (conflict.AggregateId, conflict.ExpectedVersion, conflict.ActualVersion));
            Assert.True(session.IsUsable);
        }

        // Without a check of the head, SQLite's unique index reports the conflict.
        await Assert.ThrowsAsync<ConcurrencyException>(async () => await session.WriteAsync([.. Events(Guid.NewGuid()), .. Events(taken)], false, Token));
        Assert.True(session.IsUsable);
        Assert.Equal([5L], await session.CommitAsync(Events(free, first: 2), Token));
        Assert.Equal(2, (await recorder.SelectEventsAsync(free, cancellationToken: Token)).Count);
        Assert.Equal(1L, Query("SELECT count(*) FROM own"));
        Assert.Equal(5L, Query("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_transaction_that_only_reads_sees_one_moment_and_holds_up_no_writer()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=2000");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using (var reading = await BeginAsync(recorder, readOnly: true))
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            await using (var writing = await BeginAsync(recorder))
            {
                await writing.CommitAsync(Events(Guid.NewGuid()), Token);
            }

            Assert.Equal(1L, await reading.GetMaxPositionAsync(Token));
            Assert.Equal(1L, Scalar(reading, "SELECT count(*) FROM contract_events"));
            Assert.Throws<SqliteException>(() => Run(reading, "INSERT INTO own VALUES (1)"));
        }

        Assert.Equal(3L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task After_the_commit_no_caller_waits_for_the_disposal()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=2000");
        await using var session = await BeginAsync(recorder);
        await session.CommitAsync([], Token);
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        await using (var next = await BeginAsync(recorder))
        {
            await next.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        await Assert.ThrowsAsync<TransactionException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
        Assert.Throws<TransactionException>(() => session.Connection);
    }

    [Fact]
    public async Task Begin_that_fails_or_is_cancelled_holds_nothing()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=100");
        var before = OpenFiles();
        using (var other = Connect())
        {
            Query(other, "BEGIN IMMEDIATE");
            await Assert.ThrowsAsync<TransientStoreException>(async () => await BeginAsync(recorder));
            Assert.False(recorder.Database.Gate.IsTaken);
            using var cancellation = new CancellationTokenSource();
            var beginning = recorder.BeginAsync(false, IsolationLevel.Unspecified, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
            Assert.False(recorder.Database.Gate.IsTaken);
            Query(other, "ROLLBACK");
        }

        // Behind another transaction of this process.
        await using (await BeginAsync(recorder))
        {
            using var cancellation = new CancellationTokenSource();
            var beginning = recorder.BeginAsync(false, IsolationLevel.Unspecified, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
            Assert.Equal(cancellation.Token, exception.CancellationToken);
            var busy = await Assert.ThrowsAsync<TransientStoreException>(async () => await BeginAsync(recorder));
            Assert.Contains("A transaction of this process that was begun", busy.Message, StringComparison.Ordinal);
        }

        Assert.False(recorder.Database.Gate.IsTaken);
        AssertNotMore(before);
        await (await BeginAsync(recorder)).DisposeAsync();
    }

    [Fact]
    public async Task Begin_waits_for_another_process_without_a_thread()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        ValueTask<RecorderTransaction<Guid>> beginning;
        using (var other = Connect())
        {
            Query(other, "BEGIN IMMEDIATE");
            beginning = BeginAsync(recorder);
            Assert.False(beginning.IsCompleted);
            await Task.Delay(100, Token);
            Assert.False(beginning.IsCompleted);
            Query(other, "COMMIT");
        }

        await using var session = await beginning;
        Assert.Equal([1L], await session.CommitAsync(Events(Guid.NewGuid()), Token));
    }

    [Fact]
    public async Task Many_transactions_leave_no_connection_open()
    {
        await using var recorder = await OpenWithOwnTableAsync("?synchronous=normal");
        await recorder.GetMaxPositionAsync(Token);
        var before = OpenFiles();
        for (var i = 0; i < 500; i++)
        {
            await using var session = await BeginAsync(recorder, readOnly: i % 5 == 4);
            if (i % 5 < 3)
            {
                Run(session, "INSERT INTO own VALUES (1)");
            }

            if (i % 5 == 0)
            {
                await session.CommitAsync(Events(Guid.NewGuid()), Token);
            }

            if (i % 5 == 1)
            {
                await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            }

            if (i % 5 == 2)
            {
                Assert.Throws<SqliteException>(() => Run(session, "INSERT INTO own VALUES (NULL)"));
            }
        }

        AssertNotMore(before);
        Assert.Equal(100L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Forgotten_transaction_releases_the_file()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        var before = OpenFiles();

        // In a flow of its own, which ends.
        await Task.Run(() => ForgetAsync(recorder), Token);
        Assert.True(recorder.Database.Gate.IsTaken);
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        for (var i = 0; i < 600 && !save.IsCompleted; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50, Token);
        }

        Assert.Equal([1L], await save);
        Assert.Equal(0L, Query("SELECT count(*) FROM own"));
        AssertNotMore(before);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Commit_of_unknown_outcome_is_looked_up(bool wasCommitted)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await using (var session = await BeginAsync(recorder))
        {
            await session.WriteAsync(Events(first), true, Token);
            Fail(session, wasCommitted);
            if (wasCommitted)
            {
                Assert.Equal([2L], await session.CommitAsync(Events(second), Token));
            }
            else
            {
                await Assert.ThrowsAsync<TransientStoreException>(async () => await session.CommitAsync(Events(second), Token));
            }

            Assert.False(session.IsUsable);
        }

        Assert.Equal(wasCommitted ? 2L : 0L, Query("SELECT count(*) FROM contract_events"));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Commit_of_unknown_outcome_without_events_stays_unknown(bool wasCommitted)
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO own VALUES (1)");
            Fail(session, wasCommitted);
            await Assert.ThrowsAsync<InDoubtException>(async () => await session.CommitAsync([], Token));
        }

        Assert.Equal(wasCommitted ? 1L : 0L, Query("SELECT count(*) FROM own"));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_timer_ends_with_it(bool isCommitted)
    {
        var time = new CountingTime();
        await using var recorder = GeneratedRecorders.WithGuids(Url, new EventStoreOptions { TimeProvider = time, TransactionTimeout = TimeSpan.FromHours(1) });
        await using (var session = await BeginAsync(recorder))
        {
            Assert.Equal((1, 0), (time.Begun, time.Ended));
            if (isCommitted)
            {
                await session.CommitAsync(Events(Guid.NewGuid()), Token);
            }
        }

        Assert.Equal((1, 1), (time.Begun, time.Ended));

        // A transaction that only reads holds up no other caller, and has no timer.
        await (await BeginAsync(recorder, readOnly: true)).DisposeAsync();
        Assert.Equal(1, time.Begun);
    }

    [Fact]
    public async Task Cancelled_before_its_commit_it_can_be_committed_afterwards()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using var session = await BeginAsync(recorder);
        var given = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), given));
        Assert.True(session.IsUsable);
        Assert.Equal([1L], await session.CommitAsync(Events(Guid.NewGuid()), Token));
        Assert.Equal(1L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Commit_that_a_constraint_refuses_undoes_everything()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        using (var connection = Connect())
        {
            Query(connection, "CREATE TABLE parent (id INTEGER PRIMARY KEY)");
            Query(connection, "CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)");
        }

        await using (var session = await BeginAsync(recorder))
        {
            Run(session, "INSERT INTO child VALUES (1)");
            var failure = await Assert.ThrowsAsync<StoreException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), Token));
            Assert.False(failure.IsTransient);
            Assert.False(session.IsUsable);
        }

        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Equal(0L, Query("SELECT count(*) FROM child"));
    }

    [Fact]
    public async Task Open_reader_of_a_statement_that_writes_is_named_and_nothing_is_lost()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            using (var command = Command(session.Connection, session.DbTransaction, "INSERT INTO own VALUES (1), (2) RETURNING id"))
            using (var reader = command.ExecuteReader())
            {
                Assert.True(reader.Read());
                await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync(Events(Guid.NewGuid()), Token));
                await Assert.ThrowsAsync<TransactionException>(async () => await session.CommitAsync([], Token));
            }

            Assert.True(session.IsUsable);
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        Assert.Equal(2L, Query("SELECT count(*) FROM own"));
        Assert.Equal(1L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Store_that_is_closed_rolls_its_transactions_back()
    {
        var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        await using var session = await BeginAsync(recorder);
        await using var reading = await BeginAsync(recorder, readOnly: true);
        Run(session, "INSERT INTO own VALUES (1)");
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        var waiting = BeginAsync(recorder).AsTask();
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        await recorder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);

        // Saves that were begun before are stored; the transactions are over.
        await save;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await BeginAsync(recorder));
        Assert.False(session.IsUsable);
        Assert.False(reading.IsUsable);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.CommitAsync([], Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await session.WriteAsync(Events(Guid.NewGuid()), true, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reading.GetMaxPositionAsync(Token));
        Assert.False(File.Exists(Path + "-wal"));
        Assert.Equal(0L, Query("SELECT count(*) FROM own"));
        Assert.Equal(1L, Query("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task Work_whose_store_is_closed_before_its_own_statement_ends_with_ObjectDisposedException()
    {
        var school = await School.OpenAsync(Url, cancellationToken: Token);
        var failure = await Assert.ThrowsAsync<ObjectDisposedException>(() => school.Recorder.InTransactionAsync(
            async transaction =>
            {
                await using var command = Command(transaction.Connection, transaction.DbTransaction, "SELECT 1");
                await school.DisposeAsync();
                await command.ExecuteScalarAsync(Token);
            },
            cancellationToken: Token).AsTask());
        Assert.IsType<InvalidOperationException>(failure.InnerException);
    }

    [Fact]
    public async Task Log_is_tidied_up_after_transactions_too()
    {
        await using var recorder = await OpenWithOwnTableAsync();
        await using (var session = await BeginAsync(recorder))
        {
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        // The writer moves the log into the database when no save waits.
        using var connection = Connect();
        Query(connection, "PRAGMA wal_autocheckpoint=0");
        for (var i = 0; i < 300; i++)
        {
            if (File.ReadAllBytes(Path).AsSpan().IndexOf("Tested"u8) >= 0)
            {
                return;
            }

            await Task.Delay(100, Token);
        }

        Assert.Fail("The log was not moved into the database.");
    }

    /// <summary>SQLite keeps a file that it can't close yet, for the next connection.</summary>
    private void AssertNotMore(int before) => Assert.InRange(OpenFiles(), 0, before + 1);

    private static async Task ForgetAsync(SqliteRecorder<Guid> recorder)
    {
        var session = await BeginAsync(recorder);
        Run(session, "INSERT INTO own VALUES (1)");
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
    }

    /// <summary>Meanwhile no other transaction of the store may begin, and the look-up waits for another process.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task A_lost_commit_is_looked_up_when_another_process_has_released_the_file(bool wasCommitted)
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        using var other = Connect();
        var (before, isTaken) = (0, false);
        await using (var session = await BeginAsync(recorder))
        {
            before = OpenFiles();
            var letting = Task.CompletedTask;
            ((OwnTransaction<Guid>)session).Transaction.Session.CommitFault = commit =>
            {
                if (wasCommitted)
                {
                    Assert.Equal(raw.SQLITE_OK, commit());
                }
                else
                {
                    ((OwnTransaction<Guid>)session).Transaction.Session.Rollback();
                }

                Query(other, "BEGIN IMMEDIATE");
                letting = Task.Run(
                    async () =>
                    {
                        await Task.Delay(200, Token);
                        isTaken = recorder.Database.Gate.IsTaken;
                        Query(other, "COMMIT");
                    },
                    Token);
                return IoErrorAtSync;
            };
            var failure = await Record.ExceptionAsync(() => Task.Run(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask(), Token));
            await letting;
            if (wasCommitted)
            {
                Assert.Null(failure);
            }
            else
            {
                Assert.IsType<TransientStoreException>(failure);
            }
        }

        Assert.True(isTaken);
        Assert.InRange(OpenFiles(), 0, before);
        Assert.Equal(wasCommitted ? 2L : 1L, await recorder.GetMaxPositionAsync(Token));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    private static void Fail(RecorderTransaction<Guid> session, bool wasCommitted) =>
        ((OwnTransaction<Guid>)session).Transaction.Session.CommitFault = commit =>
        {
            if (wasCommitted)
            {
                Assert.Equal(raw.SQLITE_OK, commit());
            }

            return IoErrorAtSync;
        };

    private sealed class CountingTime : TimeProvider
    {
        public int Begun { get; private set; }

        public int Ended { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Begun++;
            return new Timer(this);
        }

        private sealed class Timer(CountingTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() => time.Ended++;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
