using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Waiting of callers: for room for a save, their turn at an aggregate, the first attempts of others.</summary>
public sealed class WaitingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_save_needs_room_for_its_states_and_metadata_and_a_little_more()
    {
        StoredEvent<Guid> small = new(Guid.Empty, 1, "a", default), large = new(Guid.Empty, 2, "a", new byte[100], new byte[50]);
        Assert.Equal([1024, 1024, 1174, 1324], new StoredEvent<Guid>[][] { [], [small], [small, large], [large, large] }.Select(SaveQueue.SizeOf));
    }

    [Fact]
    public async Task Saves_have_room_up_to_the_limit_and_a_lone_save_may_exceed_it()
    {
        var queue = new SaveQueue(100, waits: false);
        Assert.True(queue.TryEnter(60));
        Assert.True(queue.TryEnter(40));
        Assert.False(queue.TryEnter(1));
        Assert.False(queue.TryEnter(1000));
        queue.Leave(60);
        Assert.False(queue.TryEnter(61));
        Assert.True(queue.TryEnter(60));
        queue.Leave(60);
        queue.Leave(40);
        Assert.True(queue.TryEnter(1000));
        Assert.False(queue.TryEnter(1));
        var failure = await Assert.ThrowsAsync<TransientStoreException>(async () => await queue.WaitAsync(1, Token));
        Assert.Contains("100 bytes", failure.Message, StringComparison.Ordinal);
        queue.Leave(1000);
        Assert.True(queue.TryEnter(100));
    }

    [Fact]
    public async Task Saves_wait_for_room_in_the_order_of_arrival()
    {
        var queue = new SaveQueue(100, waits: true);
        Assert.True(queue.TryEnter(100));
        var waiting = new[] { 70, 40, 60 }.Select(bytes => queue.WaitAsync(bytes, Token).AsTask()).ToList();
        Assert.False(queue.TryEnter(1));
        queue.Leave(50);
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        queue.Leave(50);
        await waiting[0];
        Assert.False(queue.TryEnter(1), "Saves that came first still wait.");
        await Task.Delay(20, Token);
        Assert.Equal([true, false, false], waiting.Select(w => w.IsCompleted));
        queue.Leave(70);
        await Task.WhenAll(waiting);
        Assert.False(queue.TryEnter(1));
        queue.Leave(60);
        Assert.True(queue.TryEnter(60));
        queue.Leave(60);
        queue.Leave(40);

        // Room that came before the waiting began.
        await queue.WaitAsync(100, Token);
        Assert.False(queue.TryEnter(1));
        queue.Leave(100);
        await queue.WaitAsync(1000, Token);
    }

    [Fact]
    public async Task A_save_cancelled_while_it_waits_makes_room_for_the_next()
    {
        var queue = new SaveQueue(100, waits: true);
        Assert.True(queue.TryEnter(50));
        using var giveUp = new CancellationTokenSource();
        var large = queue.WaitAsync(90, giveUp.Token).AsTask();
        var small = queue.WaitAsync(50, Token).AsTask();
        Assert.False(small.IsCompleted);
        await giveUp.CancelAsync();
        Assert.Equal(giveUp.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large)).CancellationToken);
        await small;
        queue.Leave(50);
        queue.Leave(50);
        Assert.True(queue.TryEnter(100), "The cancelled save still holds room.");
        queue.Leave(100);

        // Cancelled at the moment its turn comes.
        for (var i = 0; i < 200; i++)
        {
            Assert.True(queue.TryEnter(100));
            using var late = new CancellationTokenSource();
            var waiting = queue.WaitAsync(100, late.Token).AsTask();
            queue.Leave(100);
            late.Cancel();
            await waiting;
            queue.Leave(100);
        }
    }

    [Fact]
    public async Task Turns_come_in_the_order_of_arrival_and_a_flow_has_one_turn_at_most()
    {
        var turns = new AggregateTurns<string>();
        var first = await TakeAsync(turns, "a");
        Assert.NotNull(first);
        var (second, third) = (TakeAsync(turns, "a"), TakeAsync(turns, "a"));
        using (var other = await TakeAsync(turns, "b"))
        {
            Assert.NotNull(other);
        }

        Assert.Equal([false, false], new[] { second, third }.Select(t => t.IsCompleted));
        first.Dispose();
        using (var turn = await second)
        {
            Assert.Equal("a", turn!.Key);
            Assert.False(third.IsCompleted);
        }

        (await third)!.Dispose();
        turns.Enter(null);

        // Turns inside turns, at any depth.
        turns.Enter(await TakeAsync(turns, "a"));
        turns.Enter(await TakeAsync(turns, "b"));
        foreach (var key in new[] { "a", "b" })
        {
            Assert.Null(await TakeAsync(turns, key).WaitAsync(TimeSpan.FromSeconds(5), Token));
        }

        Assert.NotNull(await TakeAsync(turns, "c"));
    }

    [Fact]
    public async Task Waiting_for_a_turn_ends_after_the_timeout_or_with_the_token()
    {
        var (turns, time) = (new AggregateTurns<string>(), new ManualTime());
        var first = await TakeAsync(turns, "a", time);
        var late = TakeAsync(turns, "a", time);
        var (due, end) = Assert.Single(time.Timers);
        Assert.Equal(TimeSpan.FromSeconds(10), due);
        end();
        Assert.Null(await late);
        using var giveUp = new CancellationTokenSource();
        var given = TakeAsync(turns, "a", time, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        first!.Dispose();
        (await TakeAsync(turns, "a", time).WaitAsync(TimeSpan.FromSeconds(10), Token))!.Dispose();
    }

    // The turn comes before the waiting caller continues, because it doesn't continue on this thread.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_turn_that_comes_at_the_last_moment_is_not_lost(bool isCancelled)
    {
        for (var i = 0; i < 100; i++)
        {
            var (turns, time) = (new AggregateTurns<string>(), new ManualTime());
            using var giveUp = new CancellationTokenSource();
            var first = await TakeAsync(turns, "a", time);
            var waiting = TakeAsync(turns, "a", time, giveUp.Token);
            new QueuedContext().Run(() =>
            {
                if (isCancelled)
                {
                    giveUp.Cancel();
                }
                else
                {
                    time.Timers.Single().End();
                }

                first!.Dispose();
                return true;
            });
            AggregateTurns<string>.Turn? turn = null;
            if (await Record.ExceptionAsync(async () => turn = await waiting) is { } exception)
            {
                Assert.IsAssignableFrom<OperationCanceledException>(exception);
            }

            turn?.Dispose();
            Assert.NotNull(await TakeAsync(turns, "a").WaitAsync(TimeSpan.FromSeconds(10), Token));
        }
    }

    [Fact]
    public async Task First_attempts_are_awaited_until_they_end_and_then_forgotten()
    {
        var (attempts, time) = (new FirstAttempts(), new ManualTime());
        await attempts.WaitAsync(time, Token);
        var (one, two) = (attempts.Begin(), attempts.Begin());
        var waiting = attempts.WaitAsync(time, Token);
        var given = attempts.WaitAsync(time, new CancellationToken(canceled: true));
        attempts.End(one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(waiting.IsCompleted);
        attempts.End(two);
        await waiting;
        await attempts.WaitAsync(time, Token);
        Assert.True(IsForgotten(attempts));

        // The wait is limited.
        attempts.Begin();
        var patient = attempts.WaitAsync(time, Token);
        var (due, end) = time.Timers.Last();
        Assert.Equal(TimeSpan.FromSeconds(1), due);
        Assert.False(patient.IsCompleted);
        end();
        await patient;
    }

    private static bool IsForgotten(FirstAttempts attempts)
    {
        var reference = Make(attempts);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return !reference.TryGetTarget(out _);

        static WeakReference<TaskCompletionSource> Make(FirstAttempts attempts)
        {
            var attempt = attempts.Begin();
            attempts.End(attempt);
            return new(attempt);
        }
    }

    private static Task<AggregateTurns<string>.Turn?> TakeAsync(AggregateTurns<string> turns, string key, TimeProvider? time = null, CancellationToken cancellationToken = default) =>
        turns.TakeAsync(key, TimeSpan.FromSeconds(10), time ?? TimeProvider.System, cancellationToken).AsTask();
}
