using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>How the subscriptions of a store share its log, and recognize it.</summary>
public sealed class SharedLogTests
{
    private static readonly Guid Id = Guid.NewGuid();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_subscriptions_are_woken_in_small_groups()
    {
        var (context, woken) = (new QueuedContext(), 0);
        var waking = context.Run(() => Crowd.ForEachAsync(new int[100], _ => woken++).AsTask());
        var counts = new List<int> { woken };
        while (context.Posted.TryDequeue(out var next))
        {
            context.Run(() => { next(); return true; });
            counts.Add(woken);
        }

        await waking;
        Assert.Equal([31, 63, 95, 100], counts);
    }

    [Fact]
    public async Task Callers_that_ask_during_a_call_share_the_next_answer()
    {
        var (calls, alone, together) = (0, new TaskCompletionSource<string>(), new TaskCompletionSource<string>());
        var shared = new SharedCalls<int, string>(_ =>
        {
            calls++;
            return new(together.Task);
        });
        var first = shared.AskAsync(1, () => new(alone.Task), Token).AsTask();
        using var giveUp = new CancellationTokenSource();
        var others = Enumerable.Range(0, 40).Select(_ => shared.AskAsync(1, () => new("not asked"), Token).AsTask()).ToList();
        var given = shared.AskAsync(1, () => new("not asked"), giveUp.Token).AsTask();
        Assert.Equal("other question", await shared.AskAsync(2, () => new("other question"), Token));
        Assert.Equal(0, calls);
        alone.SetResult("first");
        Assert.Equal("first", await first);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        while (Volatile.Read(ref calls) == 0)
        {
            await Task.Delay(1, Token);
        }

        // A caller that came too late for that answer gets the next one.
        var late = shared.AskAsync(1, () => new("not asked"), Token).AsTask();
        var answer = together;
        together = new();
        answer.SetResult("second");
        Assert.All(await Task.WhenAll(others), text => Assert.Equal("second", text));
        Assert.False(late.IsCompleted);
        together.SetException(new FormatException());
        await Assert.ThrowsAsync<FormatException>(() => late);
        Assert.Equal(2, calls);
        Assert.Equal("alone again", await EventuallyAsync(() => shared.AskAsync(1, () => new("alone again"), Token).AsTask(), text => text == "alone again"));
        await Assert.ThrowsAsync<FormatException>(async () => await shared.AskAsync(3, () => throw new FormatException(), Token));
        Assert.Equal("after a failure", await shared.AskAsync(3, () => new("after a failure"), Token));
    }

    [Fact]
    public void Two_reads_are_equal_when_all_their_arguments_are()
    {
        var query = new LogQuery(5, 1, 9, ["a", "b"]);
        Assert.Equal(query, new(5, 1, 9, ["a", "b"]));
        Assert.Equal(query, new(5, 0, 9, ["a", "b"], inclusiveOfStart: false));
        Assert.Equal(new LogQuery(5, 1, 9), new(5, 1, 9, []));
        LogQuery[] others =
        [
            new(6, 1, 9, ["a", "b"]), new(5, 2, 9, ["a", "b"]), new(5, 1, null, ["a", "b"]), new(5, 1, 9, ["a", "b"], inclusiveOfStart: false),
            new(5, 1, 9, ["a"]), new(5, 1, 9, ["a", "c"]), new(5, 1, 9),
        ];
        Assert.All(others, other => Assert.NotEqual(query, other));
        Assert.All(others, other => Assert.True(query != other && other != query));
        Assert.Equal(query.GetHashCode(), new LogQuery(5, 1, 9, ["a", "b"]).GetHashCode());
    }

    [Fact]
    public void Query_after_the_greatest_position_is_empty()
    {
        Assert.True(new LogQuery(1, long.MaxValue, inclusiveOfStart: false).IsEmpty);
        Assert.False(new LogQuery(1, long.MaxValue).IsEmpty);
        Assert.Equal(long.MaxValue, new LogQuery(1, long.MaxValue - 1, inclusiveOfStart: false).First);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogQuery(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamQuery<Guid>(Guid.Empty, limit: 0));
        Assert.Throws<ArgumentNullException>(() => new StreamQuery<string>(null!));
    }

    [Fact]
    public void Each_reader_gets_as_many_rows_as_it_wants_and_then_the_failure()
    {
        var rows = new LogRows<Guid>();
        Assert.False(rows.IsFull);
        for (var i = 1; i <= 3; i++)
        {
            rows.Add(Row(i, new string((char)('a' + i), 10)));
        }

        rows.Failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(new FormatException());
        var (all, one) = (new Texts(int.MaxValue), new Texts(1));
        Assert.Throws<FormatException>(() => rows.Give(all));
        Assert.Equal(["1 bbbbbbbbbb", "2 cccccccccc", "3 dddddddddd"], all.Found);
        rows.Give(one);
        Assert.Equal(["1 bbbbbbbbbb"], one.Found);
        rows.Failure = null;
        rows.Give(new Texts(int.MaxValue));
    }

    [Fact]
    public void A_page_ends_at_4_MiB_of_states_and_metadata_besides_its_first_row()
    {
        var half = new string('a', 1 << 21);
        Assert.Equal([false, false, true], Spend((half + half, half + half), (half, ""), (half, "")));
        Assert.Equal([false, true], Spend(("", ""), (half, half)));
        Assert.Equal([false, false, true], Spend(("", ""), (half, half[1..]), ("a", "")));

        static bool[] Spend(params (string State, string Metadata)[] rows)
        {
            var (page, budget) = (new LogRows<Guid>(), default(PageBudget));
            return [.. rows.Select((row, i) =>
            {
                page.Add(Row(i + 1, row.State, metadata: row.Metadata));
                budget.Spend(Row(i + 1, row.State, metadata: row.Metadata));
                Assert.Equal(budget.IsSpent, page.IsFull);
                return budget.IsSpent;
            })];
        }
    }

    [Fact]
    public void An_event_is_recognized_by_its_topic_and_the_beginning_and_length_of_its_state()
    {
        var state = new string('a', 200);
        var mark = LogMark<Guid>.Of(Row(1, state));
        Assert.Equal(mark, LogMark<Guid>.Of(Row(1, state)));
        Assert.NotEqual(mark, LogMark<Guid>.Of(Row(2, state)));
        Assert.NotEqual(mark, LogMark<Guid>.Of(Row(1, state, "other")));
        Assert.NotEqual(mark, LogMark<Guid>.Of(Row(1, "b" + state[1..])));
        Assert.NotEqual(mark, LogMark<Guid>.Of(Row(1, state[..95] + "b" + state[96..])));
        Assert.NotEqual(mark, LogMark<Guid>.Of(Row(1, state + "a")));
        Assert.NotEqual(LogMark<Guid>.Of(Row(1, "a")), LogMark<Guid>.Of(Row(1, "b")));
        Assert.NotEqual(LogMark<Guid>.Of(Row(1, "")), LogMark<Guid>.Of(Row(1, "b")));
    }

    [Theory]
    [InlineData(32, 1, null)]
    [InlineData(33, 1, 10.0)]
    [InlineData(33, 100, 500.0)]
    public async Task Many_subscriptions_pause_after_they_were_woken(int count, int milliseconds, double? rest)
    {
        await using var recorder = new InMemoryRecorder<Guid>();
        var time = new ManualTime(TimeSpan.FromMilliseconds(milliseconds));
        var log = new SharedLog<Guid>(recorder, new EventStoreOptions { TimeProvider = time, PollingInterval = TimeSpan.FromHours(1) });
        var followers = Enumerable.Range(0, count).Select(_ => log.Follow()).ToList();
        Assert.Equal(count, log.Followers);
        await EventuallyAsync(() => Task.FromResult(time.Timers.Count), timers => timers == 1);
        await recorder.AppendAsync(new([new(Id, 1, "Tested", "{}"u8.ToArray())], AppendCondition.VersionsFree), Token);
        foreach (var follower in followers)
        {
            await follower.WaitAsync(Token);
        }

        var (due, end) = await EventuallyAsync(() => Task.FromResult(time.Timers.ElementAtOrDefault(1)), timer => timer.End is not null);
        Assert.Equal(rest ?? 3_600_000, due.TotalMilliseconds);
        end();
        followers.ForEach(f => f.Dispose());
        Assert.Equal(0, log.Followers);
    }

    [Fact]
    public async Task The_recorder_is_watched_as_long_as_a_subscription_follows()
    {
        var watched = new System.Collections.Concurrent.ConcurrentQueue<bool>();
        await using var recorder = new HookedRecorder { Signal = new AppendSignal(watched.Enqueue) };
        var log = new SharedLog<Guid>(recorder, new EventStoreOptions { PollingInterval = TimeSpan.FromHours(1) });
        var (one, two) = (log.Follow(), log.Follow());
        one.Dispose();
        await Task.Delay(20, Token);
        Assert.Equal([true], watched);
        recorder.Signal.Set();
        await two.WaitAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        two.Dispose();
        await EventuallyAsync(() => Task.FromResult(watched.Count), count => count == 2);
        var three = log.Follow();
        await EventuallyAsync(() => Task.FromResult(watched.Count), count => count == 3);
        recorder.Signal.Set();
        await three.WaitAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        three.Dispose();
        await EventuallyAsync(() => Task.FromResult(watched.Count), count => count == 4);
        Assert.Equal([true, false, true, false], watched);
    }

    [Fact]
    public async Task Without_hints_polling_finds_changes_and_wakes_only_for_them()
    {
        var (time, failure) = (new ManualTime(), (Exception?)null);
        await using var recorder = new HookedRecorder { Signal = new AppendSignal(), Reading = _ => failure is null ? default : throw failure };
        var log = new SharedLog<Guid>(recorder, new EventStoreOptions { TimeProvider = time, PollingInterval = TimeSpan.FromHours(1) });
        var (follower, looks) = (log.Follow(), 0);
        Assert.False(await LookAsync(), "The log is empty.");
        await InsertAsync(1);
        Assert.True(await LookAsync());
        Assert.False(await LookAsync());
        await InsertAsync(2);
        Assert.True(await LookAsync());
        await InsertAsync(3);
        await InsertAsync(4);
        await InsertAsync(5);
        Assert.True(await LookAsync());
        Assert.False(await LookAsync());

        // The last event is deleted, and then all of them.
        recorder.HasRow = position => position < 5;
        recorder.State = new LogState { GreatestPosition = 4 };
        Assert.True(await LookAsync());
        Assert.False(await LookAsync());
        recorder.HasRow = _ => false;
        recorder.State = new LogState();
        Assert.True(await LookAsync());
        Assert.False(await LookAsync());

        // When polling fails, each subscription reads for itself.
        failure = new FormatException();
        Assert.True(await LookAsync());
        failure = null;
        Assert.False(await LookAsync());
        follower.Dispose();

        async Task<bool> LookAsync()
        {
            var (_, end) = await EventuallyAsync(() => Task.FromResult(time.Timers.ElementAtOrDefault(looks)), timer => timer.End is not null);
            looks++;
            var woken = follower.WaitAsync(Token).AsTask();
            end();
            await EventuallyAsync(() => Task.FromResult(time.Timers.Count), count => count > looks);
            if (await Task.WhenAny(woken, Task.Delay(20, Token)) == woken)
            {
                return true;
            }
            // It still waits, and is woken so that nothing remains of this look.
            recorder.Signal!.Set();
            await woken;
            looks++;
            return false;
        }

        async Task InsertAsync(int version) => await recorder.AppendAsync(new([new(Id, version, "Tested", "{}"u8.ToArray())], AppendCondition.VersionsFree), Token);
    }

    [Fact]
    public async Task A_position_is_refused_when_it_was_never_assigned_or_the_log_is_another()
    {
        await using var recorder = new HookedRecorder();
        for (var version = 1; version <= 4; version++)
        {
            await recorder.AppendAsync(new([new(Id, version, "Tested", "{}"u8.ToArray())], AppendCondition.VersionsFree), Token);
        }

        var log = new SharedLog<Guid>(recorder, new EventStoreOptions());

        // Ahead of the log, and not ahead.
        foreach (var (position, state, isRefused) in new[]
        {
            (5L, new LogState { GreatestPosition = 4 }, true), (4, new LogState { GreatestPosition = 4 }, false), (5, new LogState { GreatestPosition = 4, GivenPosition = 5 }, false),
            (6, new LogState { GreatestPosition = 4, GivenPosition = 5 }, true), (1, new LogState(), true), (1, new LogState { GivenPosition = 1 }, false), (0, new LogState(), false),
        })
        {
            recorder.State = state;
            var place = new LogPlace<Guid>(log, position);
            foreach (var look in new Func<Task>[] { () => place.LookAsync(Token).AsTask(), async () => Assert.Equal(Math.Max(position, state.GreatestPosition ?? 0), await place.GetHeadAsync(Token)) })
            {
                if (!isRefused)
                {
                    await look();
                }
                else
                {
                    Assert.Equal((position, state.GreatestPosition), await RefusedAsync(look));
                }
            }
        }

        // Another event is where ours was.
        recorder.State = new LogState { GreatestPosition = 4, Identity = "a" };
        var seen = await SeenAsync(3);
        await seen.LookAsync(Token);
        await seen.CompareAsync(false, null, Token);
        await seen.CompareAsync(true, await seen.FindAsync(3, Token), Token);
        var other = await seen.FindAsync(2, Token);
        Assert.Equal((3, 4L), await RefusedAsync(() => seen.CompareAsync(true, other, Token).AsTask()));
        seen.Move(4, null);
        Assert.Equal(4, seen.Position);
        await seen.CompareAsync(true, null, Token);

        // Our event is missing. It was deleted if the log still knows the position and is the same log.
        recorder.HasRow = position => position != 3;
        recorder.State = new LogState { GreatestPosition = 4, GivenPosition = 4, Identity = "a" };
        await (await SeenAsync(3, "a")).CompareAsync(true, null, Token);
        await (await SeenAsync(3, "a")).LookAsync(Token);
        await (await SeenAsync(3, null)).CompareAsync(false, null, Token);
        await RefusedAsync(async () => await (await SeenAsync(3, "b")).CompareAsync(true, null, Token));
        await RefusedAsync(async () => await (await SeenAsync(3, "b")).LookAsync(Token));
        recorder.State = new LogState { GreatestPosition = 2, GivenPosition = 2, Identity = "a" };
        await RefusedAsync(async () => await (await SeenAsync(3, "a")).CompareAsync(true, null, Token));

        // Once the event is known to be deleted, nothing is compared any more.
        recorder.State = new LogState { GreatestPosition = 4, GivenPosition = 4, Identity = "a" };
        var deleted = await SeenAsync(3, "a");
        await deleted.LookAsync(Token);
        await deleted.CompareAsync(true, await seen.FindAsync(2, Token), Token);
        recorder.HasRow = null;
        await deleted.CompareAsync(true, await seen.FindAsync(2, Token), Token);

        // The look recorded the identity of the log: with our event in it, the log may have become another.
        var moved = await SeenAsync(4, "a");
        recorder.State = new LogState { GreatestPosition = 4, GivenPosition = 4, Identity = "b" };
        await moved.LookAsync(Token);
        recorder.HasRow = position => position != 4;
        await moved.CompareAsync(true, null, Token);

        async Task<LogPlace<Guid>> SeenAsync(long position, string? identity = "a")
        {
            var (state, rows) = (recorder.State, recorder.HasRow);
            (recorder.State, recorder.HasRow) = (new LogState { GreatestPosition = 4, Identity = identity }, null);
            var place = new LogPlace<Guid>(log, position);
            await place.LookAsync(Token);
            place.Move(position, await place.FindAsync(position, Token));
            (recorder.State, recorder.HasRow) = (state, rows);
            return place;
        }

        static async Task<(long, long?)> RefusedAsync(Func<Task> action)
        {
            var refused = await Assert.ThrowsAsync<PositionAheadOfStoreException>(action);
            return (refused.Position, refused.GreatestPosition);
        }
    }

    private static EventRow<Guid> Row(long position, string state, string topic = "Tested", string metadata = "") => new()
    {
        Position = position,
        OriginatorId = Id,
        OriginatorVersion = 7,
        Topic = System.Text.Encoding.UTF8.GetBytes(topic),
        State = System.Text.Encoding.UTF8.GetBytes(state),
        Metadata = System.Text.Encoding.UTF8.GetBytes(metadata),
    };

    private static async Task<T> EventuallyAsync<T>(Func<Task<T>> get, Func<T, bool> isRight)
    {
        for (var i = 0; i < 5000; i++)
        {
            var value = await get();
            if (isRight(value))
            {
                return value;
            }

            await Task.Delay(1, Token);
        }

        throw new TimeoutException();
    }

    private sealed class Texts(int limit) : EventSink<Guid>
    {
        public List<string> Found { get; } = [];

        public override bool IsFull => Found.Count == limit;

        public override void Add(in EventRow<Guid> row) => Found.Add($"{row.Position} {System.Text.Encoding.UTF8.GetString(row.State)}");
    }
}
