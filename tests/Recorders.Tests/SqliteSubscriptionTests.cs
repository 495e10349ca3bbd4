using System.Runtime.CompilerServices;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Subscriptions on a file: how they are notified, and what they keep open. None of them polls.</summary>
public sealed class SqliteSubscriptionTests : SqliteTestBase
{
    private const string InsertElsewhere =
        "INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES (randomblob(16), 1, 'Other', x'7b7d') RETURNING id";

    [Fact]
    public async Task Commits_of_other_connections_are_noticed()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        await using var subscription = Subscribing.Log(recorder).SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        using var elsewhere = Connect();
        for (var i = 0; i < 20; i++)
        {
            var next = subscription.MoveNextAsync();
            await Task.Delay(i, Token);
            var position = (long)Query(elsewhere, InsertElsewhere)!;
            Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
            Assert.Equal(position, subscription.Current.Position);
        }
    }

    [Fact]
    public async Task A_log_without_its_last_events_is_still_the_same_log()
    {
        await using var recorder = Open();
        using var elsewhere = Connect();
        foreach (var topics in new string[]?[] { null, ["Tested", "Other"] })
        {
            var last = (await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 3), true, Token))[^1];
            var log = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(10) });
            await using var subscription = log.SubscribeAsync(last - 3, topics, Token).GetAsyncEnumerator(Token);
            for (var i = 0; i < 3; i++)
            {
                Assert.True(await subscription.MoveNextAsync());
            }

            Query(elsewhere, $"DELETE FROM contract_events WHERE id > {last - 2} RETURNING id");
            var next = subscription.MoveNextAsync().AsTask();
            var fresh = Subscribing.TakeAsync(log, last, 1, topics);
            await Task.Delay(200, Token);
            Assert.False(next.IsCompleted || fresh.IsCompleted, $"{next.Exception}{fresh.Exception}");
            var position = (long)Query(elsewhere, InsertElsewhere)!;
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), Token));
            Assert.Equal(position, subscription.Current.Position);
            Assert.Equal([position], await fresh.WaitAsync(TimeSpan.FromSeconds(10), Token));
            await Assert.ThrowsAsync<PositionAheadOfStoreException>(() => Subscribing.TakeAsync(log, position + 1, 1, topics));
        }
    }

    [Fact]
    public async Task Stores_of_a_file_notify_each_other()
    {
        await using var one = Open();
        await using var other = Open();
        var seen = Task.Run(() => Subscribing.TakeAsync(Subscribing.Log(one), null, 10), Token);
        for (var i = 0; i < 10; i++)
        {
            await other.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), await seen.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task The_file_is_checked_only_while_a_watch_is_open()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var appends = recorder.Database.Appends;
        Assert.True(appends.EndAsync().IsCompleted);
        var first = recorder.Watch();
        var looking = appends.EndAsync();
        var second = recorder.Watch();
        first.Dispose();
        await Task.Delay(50, Token);
        Assert.False(looking.IsCompleted);
        second.Dispose();
        await looking.WaitAsync(TimeSpan.FromSeconds(10), Token);

        // And again, most often before the old check has ended. SQLite keeps a handle for the next connection rather than lose
        // the locks of the others, so there may be one more than at first.
        var before = OpenHandles();
        for (var i = 0; i < 100; i++)
        {
            recorder.Watch().Dispose();
        }

        await appends.EndAsync().WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.InRange(OpenHandles(), 0, before + 1);
    }

    [Fact]
    public async Task Only_a_commit_wakes_a_watch()
    {
        // By an earlier store: the writer of this one would tidy up a second later, which is a hint, too.
        await using (var earlier = Open())
        {
            await earlier.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        using var watch = recorder.Watch();

        // The first check can't tell whether there was a commit.
        Assert.True(await watch.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token));
        Assert.False(await watch.WaitAsync(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token));
        Query("UPDATE contract_events SET topic = 'Else'");
        Assert.True(await watch.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token));
        Assert.False(await watch.WaitAsync(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token));
    }

    [Fact]
    public async Task A_closed_store_keeps_nothing_open_for_its_subscribers()
    {
        for (var round = 0; round < 10; round++)
        {
            var recorder = Open();
            var watch = recorder.Watch();
            var subscribers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Subscribing.TakeAsync(Subscribing.Log(recorder), null, 1000), Token)).ToList();
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            await Task.Delay(round, Token);
            await recorder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);

            // The watch itself is disposed of too late.
            Assert.Equal(0, OpenHandles());
            Assert.False(File.Exists(Path + "-wal"));
            foreach (var subscriber in subscribers)
            {
                await Assert.ThrowsAsync<ObjectDisposedException>(() => subscriber.WaitAsync(TimeSpan.FromSeconds(10), Token));
            }

            watch.Dispose();
        }
    }

    [Fact]
    public async Task Idle_subscriptions_hold_no_transaction()
    {
        await using var recorder = Open();
        await using var subscription = Subscribing.Log(recorder).SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        var next = subscription.MoveNextAsync();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 5), true, Token);
        await next;
        for (var i = 0; i < 20; i++)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 5), true, Token);
            await Task.Delay(5, Token);

            // 0 means that nothing blocked it. The check for appends of other processes blocks it for a moment; a transaction would last.
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (Query("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "Something holds a transaction.");
            }
        }
    }

    [Fact]
    public async Task A_watch_does_not_keep_its_caller_s_flow()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        using var watch = WatchWith(recorder, out var value);
        for (var i = 0; i < 50 && value.IsAlive; i++)
        {
            await Task.Delay(10, Token);
            GC.Collect();
        }

        Assert.False(value.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static AppendWatch WatchWith(IApplicationRecorder<Guid> recorder, out WeakReference value)
        {
            var flow = new AsyncLocal<object?> { Value = new object() };
            value = new WeakReference(flow.Value);
            var result = recorder.Watch();
            flow.Value = null;
            return result;
        }
    }

    /// <summary>How often this process has the database file open; 0 where the system doesn't say.</summary>
    private int OpenHandles() => !OperatingSystem.IsLinux() ? 0 : Directory.EnumerateFiles("/proc/self/fd")
        .Count(handle => Target(handle) == Path);

    private static string? Target(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>In a table that was created elsewhere, SQLite accepts values of any type. A row that can't be read is named after the rows before it, and can be skipped.</summary>
    [Theory]
    [InlineData("originator_id = x'01'")]
    [InlineData("originator_id = x''")]
    [InlineData("originator_id = 'text'")]
    [InlineData("originator_id = 5")]
    [InlineData("originator_version = 'abc'")]
    [InlineData("originator_version = x'03'")]
    [InlineData("originator_version = 3.5")]
    [InlineData("originator_id = NULL")]
    [InlineData("originator_version = NULL")]
    public async Task A_row_with_columns_of_other_types_is_named_by_its_position(string damage)
    {
        Query("CREATE TABLE contract_events (id INTEGER PRIMARY KEY, originator_id BLOB, originator_version INTEGER, topic TEXT, state BLOB)");
        Query("CREATE UNIQUE INDEX contract_events_aggregate_idx ON contract_events (originator_id, originator_version)");
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 5), true, Token);
        Query($"UPDATE contract_events SET {damage} WHERE id = 3");
        var log = Subscribing.Log(recorder);
        await ExpectAsync([], async _ => await log.SelectAsync(cancellationToken: Token));
        await ExpectAsync([1, 2], seen => AddAsync(seen, log.ReadAllAsync(cancellationToken: Token)));
        await ExpectAsync([1, 2], seen => AddAsync(seen, log.SubscribeAsync(cancellationToken: Token)));
        await ExpectAsync([], seen => AddAsync(seen, log.SubscribeAsync(after: 2, cancellationToken: Token)));
        Assert.Equal([4, 5], await Subscribing.TakeAsync(log, 3, 2));

        async Task ExpectAsync(long[] before, Func<List<long>, Task> read)
        {
            var seen = new List<long>();
            var failure = await Assert.ThrowsAsync<StreamCorruptedException>(() => read(seen));
            Assert.Equal((3, "Tested"), (failure.Position, failure.Topic));
            Assert.Equal(before, seen);
        }

        static async Task AddAsync(List<long> seen, IAsyncEnumerable<RecordedEvent<Guid>> recordings)
        {
            await foreach (var recording in recordings)
            {
                seen.Add(recording.Position!.Value);
            }
        }
    }

    [Fact]
    public async Task A_missing_text_key_is_not_taken_for_an_empty_one()
    {
        Query("CREATE TABLE contracttext_events (id INTEGER PRIMARY KEY, originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB)");
        Query("CREATE UNIQUE INDEX contracttext_events_aggregate_idx ON contracttext_events (originator_id, originator_version)");
        await using var recorder = GeneratedRecorders.WithStrings(Url);
        await recorder.InsertEventsAsync([new("", 1, "Tested", default), new("a", 1, "Tested", default)], true, Token);
        Assert.Equal(["", "a"], (await recorder.SelectNotificationsAsync(10, cancellationToken: Token)).Select(n => n.OriginatorId));
        Query("UPDATE contracttext_events SET originator_id = NULL WHERE id = 2");
        var failure = await Assert.ThrowsAsync<StreamCorruptedException>(async () => await recorder.SelectNotificationsAsync(10, cancellationToken: Token));
        Assert.Equal((2, "Tested"), (failure.Position, failure.Topic));
    }
}
