using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

/// <summary>Subscriptions to a recorder that fails, is slow, and gives wrong hints: each still sees every event once, in order.</summary>
public static class SubscriptionFaults
{
    private static readonly string[]?[] Filters = [null, ["A"], ["B", "C"], ["None"]];

    /// <summary>Writes and subscribes at once, on a recorder that is empty or not.</summary>
    /// <returns>How many failures the subscriptions met.</returns>
    public static async Task<int> RunAsync(IApplicationRecorder<Guid> recorder, int seed, int saves)
    {
        var faulty = new FaultyRecorder(recorder, seed);
        var log = Subscribing.Log(faulty, new EventStoreOptions { TimeProvider = new HastyClock() });
        var end = long.MaxValue;
        var subscribers = Filters.Select((topics, i) => Task.Run(() => SubscribeAsync(topics, new Random(seed + i)))).ToList();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() => WriteAsync(new Random(seed - i - 1)))));
        Volatile.Write(ref end, (await recorder.GetMaxPositionAsync())!.Value);

        // One more event, for subscriptions that reached the end before it was set.
        await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, "D")]);
        for (var i = 0; i < Filters.Length; i++)
        {
            var wanted = await recorder.SelectNotificationsAsync(int.MaxValue, stop: end, topics: Filters[i]);
            var seen = await subscribers[i];
            if (!Positions(wanted).SequenceEqual(seen.Where(p => p <= end)))
            {
                throw new CheckFailedException($"EVENTSOURCING_SEED={seed}, topics {i}: {wanted.Count} events, of which {seen.Intersect(Positions(wanted)).Count()} were seen among {seen.Count}");
            }
        }

        return faulty.Failures;

        async Task WriteAsync(Random mine)
        {
            for (var i = 0; i < saves; i++)
            {
                await faulty.InsertEventsAsync(
                    [.. Enumerable.Range(0, mine.Next(1, 60)).Select(_ => Event(Guid.NewGuid(), 1, mine.Next(10) == 0 ? "C" : mine.Next(2) == 0 ? "A" : "B"))]);
                if (mine.Next(3) == 0)
                {
                    await Task.Delay(mine.Next(4));
                }
            }
        }

        async Task<List<long>> SubscribeAsync(string[]? topics, Random mine)
        {
            var seen = new List<long>();
            long? after = null;
            while (true)
            {
                // Now and then it is resumed at its position.
                var batches = mine.Next(1, 30);
                await foreach (var batch in log.SubscribeInBatchesAsync(after, topics))
                {
                    Check.True(batch.Position > (after ?? 0));
                    seen.AddRange(batch.Events.Select(r => r.Position!.Value));
                    after = batch.Position;
                    if (after >= Volatile.Read(ref end))
                    {
                        return seen;
                    }

                    if (mine.Next(4) == 0)
                    {
                        await Task.Delay(mine.Next(3));
                    }

                    if (--batches == 0)
                    {
                        break;
                    }
                }
            }
        }
    }

    private sealed class FaultyRecorder(IApplicationRecorder<Guid> inner, int seed) : HookedRecorder(inner)
    {
        private readonly AppendSignal _signal = new();
        private readonly Random _random = new(seed);
        private int _failures;

        public int Failures => _failures;

        public override async ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<Guid> request, CancellationToken cancellationToken = default)
        {
            if (Roll(5))
            {
                _signal.Set();
            }

            var positions = await base.AppendAsync(request, cancellationToken);
            if (Roll(2))
            {
                _signal.Set();
            }

            return positions;
        }

        public override async ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken = default)
        {
            await BeAsync();
            if (Roll(6))
            {
                sink = new TornSink(sink, this, Next(100));
            }

            await base.ReadLogAsync(query, sink, cancellationToken);
            await BeAsync();
        }

        public override async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default)
        {
            await BeAsync();
            var head = await base.GetMaxPositionAsync(cancellationToken);
            await BeAsync();
            return head;
        }

        public override AppendWatch Watch() => _signal.Watch();

        private async ValueTask BeAsync()
        {
            if (Roll(8))
            {
                await Task.Delay(Next(4));
            }

            if (Roll(8))
            {
                throw Fail();
            }
        }

        private TransientStoreException Fail()
        {
            Interlocked.Increment(ref _failures);
            return new("The server is away.");
        }

        private bool Roll(int sides) => Next(sides) == 0;

        private int Next(int below)
        {
            lock (_random)
            {
                return _random.Next(below);
            }
        }

        private sealed class TornSink(EventSink<Guid> sink, FaultyRecorder recorder, int rows) : EventSink<Guid>
        {
            private int _rows = rows;

            public override void Add(in EventRow<Guid> row)
            {
                if (_rows-- == 0)
                {
                    throw recorder.Fail();
                }

                sink.Add(row);
            }
        }
    }

    /// <summary>Time that passes a thousand times as fast.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 1000 : dueTime, period);
    }
}
