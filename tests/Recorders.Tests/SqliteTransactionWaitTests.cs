using System.Diagnostics;
using System.Globalization;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Callers that wait for a transaction, how long they wait, and how the wait ends.</summary>
public sealed class SqliteTransactionWaitTests(ITestOutputHelper output) : SqliteTransactionTestBase
{
    [Fact]
    public async Task Waiting_saves_end_with_a_typed_timeout_none_is_lost_and_none_is_late()
    {
        // Two stores on the file: one is in no hurry.
        await using var hasty = await OpenWithOwnTableAsync("?busy_timeout=150");
        await using var patient = GeneratedRecorders.WithStrings(Url + "?busy_timeout=60000");
        await patient.OpenAsync(Token);
        var transaction = await BeginAsync(hasty);
        Run(transaction, "INSERT INTO own VALUES (1)");
        var watch = Stopwatch.StartNew();
        var patientSaves = new List<Task<IReadOnlyList<long>>>();
        var hastySaves = new List<Task<IReadOnlyList<long>>>();
        for (var i = 0; i < 200; i++)
        {
            patientSaves.Add(patient.InsertEventsAsync([new($"patient {i}", 1, "Tested", "{}"u8.ToArray())], true, Token).AsTask());
            hastySaves.Add(hasty.InsertEventsAsync(Events(Guid.NewGuid(), count: 2), true, Token).AsTask());
            if (i % 50 == 49)
            {
                await Task.Delay(20, Token);
            }
        }

        foreach (var save in hastySaves)
        {
            var busy = await Assert.ThrowsAsync<TransientStoreException>(() => save);
            Assert.Contains("A transaction of this process that was begun", busy.Message, StringComparison.Ordinal);
        }

        output.WriteLine($"200 saves with a busy timeout of 150 ms ended within {watch.ElapsedMilliseconds} ms");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        Assert.All(patientSaves, save => Assert.False(save.IsCompleted));
        await transaction.CommitAsync(Events(Guid.NewGuid()), Token);
        await transaction.DisposeAsync();
        await Task.WhenAll(patientSaves);
        await hasty.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Equal(2L, Query("SELECT count(*) FROM contract_events"));
        Assert.Equal(200L, Query("SELECT count(*) FROM contracttext_events"));

        // In the order in which they came.
        Assert.Equal(patientSaves.Select(s => s.Result[0]).Order(), patientSaves.Select(s => s.Result[0]));
    }

    [Fact]
    public async Task Saves_that_are_retried_while_transactions_come_and_go_are_written_once()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=20&synchronous=normal");
        using var end = new CancellationTokenSource();
        var transactions = Task.Run(
            async () =>
            {
                var random = TestRounds.Random(1);
                var events = 0;
                while (!end.IsCancellationRequested)
                {
                    try
                    {
                        await using var session = await BeginAsync(recorder);
                        await Task.Delay(30 + random.Next(30), Token);
                        if (random.Next(2) == 0)
                        {
                            await session.CommitAsync(Events(Guid.NewGuid()), Token);
                            events++;
                        }
                    }
                    catch (TransientStoreException)
                    {
                        // Behind saves that wait.
                    }

                    await Task.Delay(1, Token);
                }

                return events;
            },
            Token);
        var (refused, saved) = (0, 0);
        var saves = TestRounds.Of(20, 400);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                var id = Guid.NewGuid();
                for (var version = 1; version <= saves || (Volatile.Read(ref refused) == 0 && version <= 100 * saves); version++)
                {
                    while (true)
                    {
                        try
                        {
                            // Written late, it would be a conflict the next time.
                            await recorder.InsertEventsAsync(Events(id, version), true, Token);
                            Interlocked.Increment(ref saved);
                            break;
                        }
                        catch (TransientStoreException)
                        {
                            Interlocked.Increment(ref refused);
                        }
                    }
                }
            },
            Token)));
        await end.CancelAsync();
        var others = await transactions;
        output.WriteLine($"seed {TestRounds.Seed}: {saved} saves were refused {refused} times, beside {others} transactions");
        Assert.True(refused > 0);
        Assert.Equal((long)saved + others, Query("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task Cancelled_while_it_waits_a_save_is_not_written()
    {
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=60000");
        using var cancellation = new CancellationTokenSource();
        await using (await BeginAsync(recorder))
        {
            var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, cancellation.Token).AsTask();
            await Task.Delay(50, Token);
            Assert.False(save.IsCompleted);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        }

        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task A_transaction_with_events_only_holds_up_no_caller()
    {
        await using var school = await School.OpenAsync(Url + "?busy_timeout=2000", cancellationToken: Token);
        await using var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token);
        await school.RegisterAsync("Fido");
        await OutsideAsync(() => school.RegisterAsync("Rex"));
        await OutsideAsync(async () => await school.Recorder.InTransactionAsync(_ => school.RegisterAsync("Buster"), cancellationToken: Token));
        await transaction.CommitAsync(Token);
        Assert.Equal(3, await school.CountAsync());
    }

    [Fact]
    public async Task Two_files_in_opposite_order_end_typed()
    {
        await using var first = await OpenWithOwnTableAsync("?busy_timeout=200");
        await using var second = GeneratedRecorders.WithGuids($"sqlite:///{Path}.second?busy_timeout=200");
        await second.OpenAsync(Token);
        var both = new Barrier(2);
        async Task<bool> TakeAsync(SqliteRecorder<Guid> one, SqliteRecorder<Guid> other)
        {
            await using var outer = await BeginAsync(one);
            both.SignalAndWait(TimeSpan.FromSeconds(30));
            try
            {
                await using var inner = await BeginAsync(other);
                await inner.CommitAsync(Events(Guid.NewGuid()), Token);
                return true;
            }
            catch (TransientStoreException)
            {
                return false;
            }
        }

        var results = await Task.WhenAll(Task.Run(() => TakeAsync(first, second), Token), Task.Run(() => TakeAsync(second, first), Token)).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Contains(false, results);
        await first.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await second.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Fact]
    public async Task Another_store_of_the_file_inside_a_transaction_fails_at_once()
    {
        await using var school = await School.OpenAsync(Url + "?busy_timeout=600000", cancellationToken: Token);
        await using var other = GeneratedRecorders.WithStrings(Url + "?busy_timeout=600000");
        await other.OpenAsync(Token);
        await using var neverOpened = GeneratedRecorders.WithGuids(Url + "?busy_timeout=600000");
        await using var isThere = GeneratedRecorders.WithStrings(Url + "?busy_timeout=600000");
        await using (await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await school.RegisterAsync("Fido");
            await Assert.ThrowsAsync<TransactionException>(async () => await other.InsertEventsAsync([new("a", 1, "t", default)], true, Token));
            await Assert.ThrowsAsync<TransactionException>(async () => await BeginAsync(other));
            await Assert.ThrowsAsync<TransactionException>(async () => await other.EnsureSchemaAsync(Token));
            await Assert.ThrowsAsync<TransactionException>(async () => await neverOpened.OpenAsync(Token));

            // Reading never waits, nor does opening if the table exists.
            Assert.Null(await other.GetMaxPositionAsync(Token));
            Assert.Null(await isThere.GetMaxPositionAsync(Token));
            await (await BeginAsync(other, readOnly: true)).DisposeAsync();
        }

        await other.InsertEventsAsync([new("a", 1, "t", default)], true, Token);
        await neverOpened.OpenAsync(Token);

        // The same applies to a session that holds the file.
        await using (var session = school.CreateSession())
        using (session.Use())
        {
            await other.InsertEventsAsync([new("a", 2, "t", default)], true, Token);
            await session.GetTransactionAsync(Token);
            await Assert.ThrowsAsync<TransactionException>(async () => await other.InsertEventsAsync([new("a", 3, "t", default)], true, Token));
        }

        // After its end, the flow may save again.
        await other.InsertEventsAsync([new("a", 3, "t", default)], true, Token);
    }

    [Fact]
    public async Task Store_opens_and_closes_while_a_transaction_of_another_store_is_open()
    {
        await using var first = await OpenWithOwnTableAsync("?busy_timeout=60000");
        await using (var transaction = await BeginAsync(first))
        {
            var second = Open("?busy_timeout=60000");
            await second.OpenAsync(Token);
            await second.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
            await using var needsATable = GeneratedRecorders.WithStrings(Url + "?busy_timeout=50");
            await Assert.ThrowsAsync<TransientStoreException>(async () => await needsATable.OpenAsync(Token));
            await transaction.CommitAsync(Events(Guid.NewGuid()), Token);
        }
    }

    [Fact]
    public async Task Transactions_beside_another_process_are_all_or_nothing()
    {
        var (saves, transactions) = (TestRounds.Of(100, 2000), TestRounds.Of(30, 300));
        await using var recorder = await OpenWithOwnTableAsync("?busy_timeout=30000");
        using var child = ChildProgram.Start("LogWriter", Url + "?busy_timeout=30000", [2, saves, 1], isConversation: true);
        var error = child.StandardError.ReadToEndAsync(Token);
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Token));
        await child.StandardInput.WriteLineAsync("go");
        var said = child.StandardOutput.ReadToEndAsync(Token);
        for (var i = 0; i < transactions; i++)
        {
            await using var session = await BeginAsync(recorder);
            Run(session, "INSERT INTO own VALUES (1)");
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            await Task.Delay(1, Token);
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        var positions = (await said).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        Assert.Equal("", await error);
        await child.WaitForExitAsync(Token);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{transactions} transactions beside {positions} saves of another process"));
        Assert.Equal(2 * saves, positions);
        Assert.Equal(2L * saves + 2 * transactions, Query("SELECT count(*) FROM contract_events"));
        Assert.Equal((long)transactions, Query("SELECT count(*) FROM own"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transaction_that_holds_the_file_for_too_long_is_rolled_back(bool isFile)
    {
        await using var recorder = GeneratedRecorders.WithGuids(
            isFile ? Url : "sqlite:///:memory:", new EventStoreOptions { TransactionTimeout = TimeSpan.FromMilliseconds(200), LockTimeout = TimeSpan.FromSeconds(20) });
        await recorder.OpenAsync(Token);
        await using var slow = await BeginAsync(recorder);
        await slow.WriteAsync(Events(Guid.NewGuid()), true, Token);
        Run(slow, "CREATE TABLE mine (id INTEGER)");
        using var command = Command(slow.Connection, slow.DbTransaction, "INSERT INTO mine VALUES (1)");
        command.ExecuteNonQuery();

        // Other callers don't wait for it forever.
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        var refused = await Assert.ThrowsAsync<TransactionException>(() => slow.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
        Assert.Contains("TransactionTimeout (0.2 s)", refused.Message, StringComparison.Ordinal);
        Assert.False(slow.IsUsable);
        await Assert.ThrowsAsync<TransactionException>(() => slow.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.Throws<TransactionException>(() => slow.DbTransaction.Connection is null ? throw new TransactionException("") : command.ExecuteNonQuery());

        // A transaction that ends in time is committed, and the end of the slow one doesn't affect others.
        await using var quick = await BeginAsync(recorder);
        await quick.WriteAsync(Events(Guid.NewGuid()), true, Token);
        await slow.DisposeAsync();
        Assert.True(recorder.Database.Gate.IsTaken, "The end of the slow transaction released the gate of the quick one.");
        await quick.CommitAsync([], Token);
        await quick.DisposeAsync();
        await Task.Delay(300, Token);
        Assert.Equal(2, (await recorder.SelectNotificationsAsync(10, cancellationToken: Token)).Count);
        await using var reading = await BeginAsync(recorder, readOnly: true);
        Assert.Equal(0L, Scalar(reading, "SELECT count(*) FROM sqlite_schema WHERE name = 'mine'"));
        if (isFile)
        {
            // Nothing waits for it.
            await Task.Delay(300, Token);
            Assert.True(reading.IsUsable);
        }
    }

    [Fact]
    public async Task A_save_that_waits_for_another_process_honors_its_token()
    {
        await using var recorder = Open("?busy_timeout=30000");
        await recorder.OpenAsync(Token);
        using var elsewhere = Connect();
        Query(elsewhere, "BEGIN IMMEDIATE");
        using var cancellation = new CancellationTokenSource();
        var group = await HoldWriterAsync(recorder);
        var patient = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        var impatient = Enumerable.Range(0, 3).Select(_ => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, cancellation.Token).AsTask()).ToList();
        group.Set();
        await Task.Delay(300, Token);
        var watch = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        foreach (var save in impatient)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        output.WriteLine($"ended {watch.ElapsedMilliseconds} ms after its token");
        Assert.False(patient.IsCompleted);
        Query(elsewhere, "ROLLBACK");
        Assert.Equal([1L], await patient);
        Assert.Equal(1, await recorder.GetMaxPositionAsync(Token));
    }

    private static Task OutsideAsync(Func<Task> action)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(action);
        }
    }
}
