using System.Data;
using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Transactions that wait for each other's locks: each ends with success or a typed exception, and never hangs.</summary>
public sealed class TransactionLockTests(ITestOutputHelper output) : TransactionTestBase
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Each of two transactions has written to one of two stores, and wants to write to the other.</summary>
    [Fact]
    public async Task Two_stores_in_opposite_order_in_one_transaction_are_a_deadlock_that_is_reported()
    {
        await using var one = await OpenAsync("", new() { LockTimeout = TimeSpan.FromSeconds(20) });
        await using var other = GeneratedRecorders.WithStringsAt(Database.Url, new() { LockTimeout = TimeSpan.FromSeconds(20) });
        await using var first = Connect();
        await using var second = Connect();
        await using var ofFirst = await first.BeginTransactionAsync(Token);
        await using var ofSecond = await second.BeginTransactionAsync(Token);
        await one.Join(ofFirst).WriteAsync(Events(Guid.NewGuid()), true, Token);
        await other.Join(ofSecond).WriteAsync(Texts(), true, Token);
        var (firstThen, secondThen) = (other.Join(ofFirst), one.Join(ofSecond));
        var writing = new[] { firstThen.WriteAsync(Texts(), true, Token).AsTask(), secondThen.WriteAsync(Events(Guid.NewGuid()), true, Token).AsTask() };
        var victim = await Task.WhenAny(writing).WaitAsync(Patience, Token);
        var failure = await Assert.ThrowsAsync<TransientStoreException>(() => victim);
        Assert.Equal("40P01", (failure.InnerException as PostgresException)?.SqlState);
        Assert.True(failure.IsTransient);

        // The savepoint was rolled back, so the victim could go on; when it ends, the other transaction gets its lock.
        var isFirst = victim == writing[0];
        Assert.True(isFirst ? firstThen.IsUsable : secondThen.IsUsable);
        await (isFirst ? ofFirst : ofSecond).RollbackAsync(Token);
        await (isFirst ? writing[1] : writing[0]).WaitAsync(Patience, Token);
        await (isFirst ? ofSecond : ofFirst).CommitAsync(Token);
        Assert.Equal(2, Count("SELECT (SELECT count(*) FROM contract_events) + (SELECT count(*) FROM contracttext_events)"));
    }

    /// <summary>As above, but each store has a transaction of its own: no server sees that they wait for each other.</summary>
    [Fact]
    public async Task Two_stores_in_opposite_order_in_two_transactions_of_a_flow_are_a_timeout()
    {
        var options = new EventStoreOptions { LockTimeout = TimeSpan.FromSeconds(1) };
        await using var guids = await GuidApplication.OpenAsync(Database.Url, options, Token);
        await using var texts = await TextApplication.OpenAsync(Database.Url, options, Token);
        var (hasGuids, hasTexts) = (new TaskCompletionSource(), new TaskCompletionSource());
        var time = Stopwatch.StartNew();
        var outcomes = await Task.WhenAll(Task.Run(GuidsFirstAsync, Token), Task.Run(TextsFirstAsync, Token)).WaitAsync(Patience, Token);
        output.WriteLine($"{outcomes.Count(failed => failed)} of 2 timed out after {time.Elapsed.TotalMilliseconds:F0} ms");
        Assert.Contains(true, outcomes);
        AssertNothingIsHeld();
        Assert.Equal(outcomes.Count(failed => !failed) * 2, Count("SELECT (SELECT count(*) FROM contract_events) + (SELECT count(*) FROM contracttext_events)"));

        async Task<bool> GuidsFirstAsync()
        {
            await using var outer = await guids.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await guids.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
            await outer.FlushAsync(Token);
            hasGuids.SetResult();
            await hasTexts.Task.WaitAsync(Patience, Token);
            await using var inner = await texts.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await texts.SaveAsync(new TextThing(Guid.NewGuid().ToString(), "x"), Token);
            if (await TimesOutAsync(() => inner.FlushAsync(Token).AsTask()))
            {
                return true;
            }

            await inner.CommitAsync(Token);
            await outer.CommitAsync(Token);
            return false;
        }

        async Task<bool> TextsFirstAsync()
        {
            await using var outer = await texts.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await texts.SaveAsync(new TextThing(Guid.NewGuid().ToString(), "x"), Token);
            await outer.FlushAsync(Token);
            hasTexts.SetResult();
            await hasGuids.Task.WaitAsync(Patience, Token);
            await using var inner = await guids.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await guids.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
            if (await TimesOutAsync(() => inner.FlushAsync(Token).AsTask()))
            {
                return true;
            }

            await inner.CommitAsync(Token);
            await outer.CommitAsync(Token);
            return false;
        }
    }

    [Fact]
    public async Task Fifty_transactions_beside_saves()
    {
        const int Transactions = 50;
        var rounds = TestRounds.Of(6, 60);
        await using var recorder = await OpenAsync("?max_pool_size=20", new() { LockTimeout = TimeSpan.FromSeconds(10) });
        var (committed, rolledBack, conflicts, saves) = (0, 0, 0, 0);
        var shared = Guid.NewGuid();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var saving = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(SaveAsync, Token)));
        await Task.WhenAll(Enumerable.Range(0, Transactions).Select(i => Task.Run(() => TransactAsync(i), Token))).WaitAsync(TimeSpan.FromMinutes(4), Token);
        await end.CancelAsync();
        await saving.WaitAsync(Patience, Token);

        output.WriteLine($"{committed} committed, {rolledBack} rolled back, {conflicts} conflicts, {saves} saves beside, seed {TestRounds.Seed}");
        Assert.Equal(Transactions * rounds, committed + rolledBack + conflicts);
        Assert.Equal(committed, Count("SELECT count(*) FROM owners"));
        // Each row of the user's has its event, and each event has its row, except the events of the saves.
        Assert.Equal(committed, Count("SELECT count(*) FROM contract_events WHERE topic = 'GuidThing.Made' AND originator_version = 1 AND metadata = 'outer'"));
        Assert.Equal(saves, Count("SELECT count(*) FROM contract_events WHERE metadata = 'beside'"));
        Assert.True(committed > 0 && rolledBack > 0 && conflicts > 0 && saves > 0);
        AssertNothingIsHeld();

        async Task TransactAsync(int i)
        {
            var random = TestRounds.Random(i);
            for (var round = 0; round < rounds; round++)
            {
                await using var session = await BeginAsync(recorder, isolationLevel: random.Next(3) == 0 ? IsolationLevel.RepeatableRead : IsolationLevel.Unspecified);
                await InsertRowAsync(session, (i * 1000) + round);
                var kind = random.Next(10);
                if (kind == 0)
                {
                    await session.WriteAsync([Event(Guid.NewGuid(), 1, "outer")], true, Token);
                    Interlocked.Increment(ref rolledBack);
                    continue;
                }

                try
                {
                    // Some events begin at a version that has no predecessor yet.
                    var events = kind < 3 ? new[] { Event(Guid.NewGuid(), 1, "outer"), Event(shared, 2, "never") } : [Event(Guid.NewGuid(), 1, "outer")];
                    await session.CommitAsync(events, Token);
                    Interlocked.Increment(ref committed);
                }
                catch (ConcurrencyException) when (kind < 3 && session.IsUsable)
                {
                    Interlocked.Increment(ref conflicts);
                }
            }
        }

        async Task SaveAsync()
        {
            while (!end.IsCancellationRequested)
            {
                await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, "beside")], true, Token);
                Interlocked.Increment(ref saves);
            }
        }
    }

    private static StoredEvent<Guid> Event(Guid id, long version, string metadata) =>
        new(id, version, "GuidThing.Made", State("x"), System.Text.Encoding.UTF8.GetBytes(metadata));

    private static StoredEvent<string>[] Texts() => [new(Guid.NewGuid().ToString(), 1, "TextThing.Made", State("x"))];

    private static async Task<bool> TimesOutAsync(Func<Task> action)
    {
        try
        {
            await action();
            return false;
        }
        catch (TransientStoreException)
        {
            return true;
        }
    }
}
