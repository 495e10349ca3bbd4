using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;
using static Recorders.Contract.Subscribing;

namespace Recorders.Contract;

/// <summary>Most of them never poll: an event without a hint within the process would not be seen at all.</summary>
internal static class SubscriptionCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Subscription: catches up over several pages, then goes on", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 1203));
            var seen = new List<long>();
            await foreach (var recording in Log(recorder).SubscribeAsync())
            {
                Check.Equal(id, recording.AggregateId);
                seen.Add(recording.Header.Version);
                if (seen.Count == 1210)
                {
                    break;
                }
                if (seen.Count >= 1203)
                {
                    await recorder.InsertEventsAsync([Event(id, seen.Count + 1)], true);
                }
            }

            Check.Sequence(Enumerable.Range(1, 1210).Select(i => (long)i), seen);
        }),
        WithRecorder("Subscription: begins before there is anything", async recorder =>
        {
            var first = Task.Run(() => TakeAsync(Log(recorder), null, 1));
            await Task.Delay(50);
            var positions = await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1));
            Check.Sequence(positions, await first);
        }),
        WithRecorder("Subscription: several of them while others write, each event once and in order", async recorder =>
        {
            var saves = TestRounds.Of(40, 300);
            var total = 4 * saves * 3;
            var subscribers = new List<Task<List<long>>>();
            var writers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                var id = Guid.NewGuid();
                for (var i = 0; i < saves; i++)
                {
                    await recorder.InsertEventsAsync(Events(id, i * 3 + 1, 3), true);
                }
            })));
            for (var i = 0; i < 4; i++)
            {
                subscribers.Add(Task.Run(() => TakeAsync(Log(recorder), null, total)));
                await Task.Delay(i * 5);
            }

            await writers;
            var all = Positions(await recorder.SelectNotificationsAsync(int.MaxValue)).ToList();
            Check.Equal(total, all.Count);
            foreach (var seen in await Task.WhenAll(subscribers))
            {
                Check.Sequence(all, seen);
            }
        }),
        WithRecorder("Subscription: topics, while others write", async recorder =>
        {
            var saves = TestRounds.Of(60, 300);
            var subscriber = Task.Run(() => TakeAsync(Log(recorder), null, 3 * saves * 2, ["B", "C"]));
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < saves; i++)
                {
                    var id = Guid.NewGuid();
                    await recorder.InsertEventsAsync([Event(id, 1, "A"), Event(id, 2, "B"), Event(id, 3, "A"), Event(id, 4, "C")], true);
                }
            })));
            var wanted = await recorder.SelectNotificationsAsync(int.MaxValue, topics: ["B", "C"]);
            Check.Sequence(Positions(wanted), await subscriber);
        }),
        WithRecorder("Subscription: a batch's position moves on where no topic matches, and only then is a batch empty", async recorder =>
        {
            var id = Guid.NewGuid();
            var last = (await recorder.InsertEventsAsync(Events(id, 1, 700)))[^1];
            await using var batches = Log(recorder).SubscribeInBatchesAsync(topics: ["Rare"]).GetAsyncEnumerator();
            Check.Equal((0, last), await NextAsync());

            last = (await recorder.InsertEventsAsync(Events(id, 701, 2)))[^1];
            Check.Equal((0, last), await NextAsync());

            var positions = await recorder.InsertEventsAsync([Event(id, 703), Event(id, 704, "Rare"), Event(id, 705)]);
            Check.Equal((1, positions[2]), await NextAsync());
            Check.Equal(positions[1], batches.Current.Events[0].Position);

            async Task<(int, long)> NextAsync()
            {
                Check.True(await batches.MoveNextAsync());
                return (batches.Current.Events.Count, batches.Current.Position);
            }
        }),
        WithRecorder("Subscription: a batch is a page, and its position that of its last event", async recorder =>
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1100));
            var sizes = new List<int>();
            await foreach (var batch in Log(recorder).SubscribeInBatchesAsync(topics: []))
            {
                sizes.Add(batch.Events.Count);
                Check.Equal(batch.Events[^1].Position, batch.Position);
                if (sizes.Sum() == 1100)
                {
                    break;
                }
            }

            Check.Sequence([500, 500, 100], sizes);
        }),
        WithRecorder("Subscription: resumed after a position", async recorder =>
        {
            var all = await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 30));
            var seen = new List<long>();
            var log = Log(recorder);
            while (seen.Count < 30)
            {
                seen.AddRange(await TakeAsync(log, seen.Count == 0 ? null : seen[^1], Math.Min(7, 30 - seen.Count)));
            }
            Check.Sequence(all, seen);

            // The same object can be enumerated twice.
            var subscription = log.SubscribeAsync(all[27]);
            for (var i = 0; i < 2; i++)
            {
                Check.Sequence(all.Skip(28), await TakeAsync(subscription, 2));
            }
        }),
        WithRecorder("Subscription: cancelled while it waits, and before it begins", async recorder =>
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2));
            using var cancellation = new CancellationTokenSource();
            var waiting = Task.Run(() => TakeAsync(Log(recorder).SubscribeAsync(cancellationToken: cancellation.Token), 3));
            await Task.Delay(50);
            await cancellation.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
            await Check.ThrowsAsync<OperationCanceledException>(() =>
                TakeAsync(Log(recorder).SubscribeAsync(cancellationToken: cancellation.Token), 1));

            // In the middle of a page: the rest of the page isn't delivered.
            using var inside = new CancellationTokenSource();
            await using var recordings = Log(recorder).SubscribeAsync(cancellationToken: inside.Token).GetAsyncEnumerator();
            Check.True(await recordings.MoveNextAsync());
            await inside.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => recordings.MoveNextAsync().AsTask());
        }),
        new("Subscription: disposal of the store ends it", async fixture =>
        {
            var recorder = fixture.WithGuids();
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2));
            var waiting = Enumerable.Range(0, 3).Select(i => Task.Run(() => TakeAsync(Log(recorder), null, 3, i == 0 ? null : ["X", "Dog.Registered"]))).ToList();
            await Task.Delay(50);
            await recorder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            foreach (var subscriber in waiting)
            {
                await Check.ThrowsAsync<ObjectDisposedException>(() => subscriber.WaitAsync(TimeSpan.FromSeconds(30)));
            }
            await Check.ThrowsAsync<ObjectDisposedException>(() => TakeAsync(Log(recorder), null, 1));
        }),
        WithRecorder("Subscription: a slow one holds up neither writers nor other subscriptions", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 1));
            await using var slow = Log(recorder).SubscribeAsync().GetAsyncEnumerator();
            Check.True(await slow.MoveNextAsync());
            for (var version = 2; version <= 100; version++)
            {
                await recorder.InsertEventsAsync([Event(id, version)], true);
            }
            var all = await TakeAsync(Log(recorder), null, 100);
            var seen = new List<long> { slow.Current.Position!.Value };
            while (seen.Count < 100 && await slow.MoveNextAsync())
            {
                seen.Add(slow.Current.Position!.Value);
            }
            Check.Sequence(all, seen);
        }),
        WithRecorder("Subscription: an event that can't be read ends it, after the events before; it can be resumed after that event", async recorder =>
        {
            var id = Guid.NewGuid();
            var positions = await recorder.InsertEventsAsync([Event(id, 1), Event(id, 2), Event(id, 3, "Poison"), Event(id, 4), Event(id, 5, state: "no JSON")]);
            var (seen, failure) = await RunAsync<UnknownTopicException>(null);
            Check.Sequence(positions.Take(2), seen);
            Check.Equal(positions[2], failure.Position);

            // The same again, and then past the event.
            (seen, _) = await RunAsync<UnknownTopicException>(positions[1]);
            Check.Equal(0, seen.Count);
            (seen, var other) = await RunAsync<StateDecodeException>(failure.Position);
            Check.Sequence([positions[3]], seen);
            Check.Equal(positions[4], other.Position);

            async Task<(List<long>, TException)> RunAsync<TException>(long? after)
                where TException : Exception
            {
                var found = new List<long>();
                return (found, await Check.ThrowsAsync<TException>(async () =>
                {
                    await foreach (var recording in Log(recorder).SubscribeAsync(after))
                    {
                        found.Add(recording.Position!.Value);
                    }
                }));
            }
        }),
        WithRecorder("Log: an event that can't be read ends the enumeration, after the events before; it can be resumed after that event", async recorder =>
        {
            var id = Guid.NewGuid();
            var positions = await recorder.InsertEventsAsync([Event(id, 1), Event(id, 2), Event(id, 3, "Poison"), Event(id, 4), Event(id, 5, state: "no JSON")]);
            foreach (var pageSize in new[] { 1, 2, 3, 500 })
            {
                var (seen, failure) = await RunAsync<UnknownTopicException>(null, pageSize);
                Check.Sequence(positions.Take(2), seen);
                Check.Equal(positions[2], failure.Position);
                (seen, _) = await RunAsync<UnknownTopicException>(positions[1], pageSize);
                Check.Equal(0, seen.Count);
                (seen, var other) = await RunAsync<StateDecodeException>(failure.Position, pageSize);
                Check.Sequence([positions[3]], seen);
                Check.Equal(positions[4], other.Position);
            }

            async Task<(List<long>, TException)> RunAsync<TException>(long? after, int pageSize)
                where TException : Exception
            {
                var found = new List<long>();
                return (found, await Check.ThrowsAsync<TException>(async () =>
                {
                    await foreach (var recording in Log(recorder).ReadAllAsync(after, pageSize: pageSize))
                    {
                        found.Add(recording.Position!.Value);
                    }
                }));
            }
        }),
        WithRecorder("Subscription: a position that the store hasn't reached is refused", async recorder =>
        {
            var failure = await Check.ThrowsAsync<PositionAheadOfStoreException>(() => TakeAsync(Log(recorder), 5, 1));
            Check.Equal((5L, (long?)null), (failure.Position, failure.GreatestPosition));

            var id = Guid.NewGuid();
            var last = (await recorder.InsertEventsAsync(Events(id, 1, 3)))[^1];
            foreach (var topics in new string[]?[] { null, ["Dog.Registered"] })
            {
                foreach (var after in new[] { last + 1, long.MaxValue })
                {
                    failure = await Check.ThrowsAsync<PositionAheadOfStoreException>(() => TakeAsync(Log(recorder), after, 1, topics));
                    Check.Equal((after, (long?)last), (failure.Position, failure.GreatestPosition));
                }

                Check.True(!failure.IsTransient);
                var next = Task.Run(() => TakeAsync(Log(recorder), last, 1, topics));
                await Task.Delay(20);
                last = (await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1)]))[0];
                Check.Sequence([last], await next);
                Check.Equal(1, (await TakeAsync(Log(recorder), -1, 1, topics)).Count);
            }
        }),
        WithRecorder("Subscription: a store that was restored to an earlier state is refused, also by a running subscription", async recorder =>
        {
            foreach (var topics in new string[]?[] { null, ["Dog.Registered"] })
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 3));
                var restored = new RestoredRecorder(recorder);
                await using var batches = Log(restored, new EventStoreOptions { PollingInterval = TimeSpan.FromMilliseconds(10) })
                    .SubscribeInBatchesAsync(topics: topics).GetAsyncEnumerator();
                Check.True(await batches.MoveNextAsync());
                var seen = batches.Current.Position;
                restored.End = 1;
                var failure = await Check.ThrowsAsync<PositionAheadOfStoreException>(() => batches.MoveNextAsync().AsTask());
                Check.Equal((seen, (long?)1), (failure.Position, failure.GreatestPosition));
            }
        }),
        WithRecorder("Subscription: a log that has another event at its position is refused, also if the log is longer", async recorder =>
        {
            foreach (var topics in new string[]?[] { null, ["Dog.Registered"], ["Rare"] })
            {
                await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1), Event(Guid.NewGuid(), 1, "Rare"), Event(Guid.NewGuid(), 1, "Common")]);
                var switched = new SwitchedRecorder(recorder);
                await using var batches = Log(switched, new EventStoreOptions { PollingInterval = TimeSpan.FromMilliseconds(10) })
                    .SubscribeInBatchesAsync(topics: topics).GetAsyncEnumerator();
                Check.True(await batches.MoveNextAsync());
                var seen = batches.Current.Position;

                // The same events up to the last one, and then others, which it must not deliver.
                await using var other = new InMemoryRecorder<Guid>();
                foreach (var row in await recorder.SelectNotificationsAsync(int.MaxValue, stop: seen - 1))
                {
                    await other.InsertEventsAsync([new(row.OriginatorId, row.OriginatorVersion, row.Topic, row.State)]);
                }
                await other.InsertEventsAsync([Event(Guid.NewGuid(), 1), Event(Guid.NewGuid(), 1, "Rare"), Event(Guid.NewGuid(), 1, "Common")]);
                switched.Recorder = other;
                var failure = await Check.ThrowsAsync<PositionAheadOfStoreException>(() => batches.MoveNextAsync().AsTask());
                Check.Equal(seen, failure.Position);
                Check.True(failure.GreatestPosition > seen);
            }
        }),
        WithRecorder("Subscription: a log that has another event at its position is refused, also if the next event can't be read or none was seen before", async recorder =>
        {
            var seen = (await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 3)))[^1];
            await using var other = new InMemoryRecorder<Guid>();
            foreach (var row in await recorder.SelectNotificationsAsync(int.MaxValue, stop: seen - 1))
            {
                await other.InsertEventsAsync([new(row.OriginatorId, row.OriginatorVersion, row.Topic, row.State)]);
            }
            await other.InsertEventsAsync([Event(Guid.NewGuid(), 1), Event(Guid.NewGuid(), 1, "Poison")]);
            foreach (var after in new long?[] { null, seen })
            {
                var (switched, reads) = (new SwitchedRecorder(recorder), 0);
                switched.Read = () => reads++;
                await using var batches = Log(switched, new EventStoreOptions { PollingInterval = TimeSpan.FromMilliseconds(10) })
                    .SubscribeInBatchesAsync(after).GetAsyncEnumerator();
                if (after is null)
                {
                    Check.True(await batches.MoveNextAsync());
                }
                var next = batches.MoveNextAsync().AsTask();
                for (var i = 0; Volatile.Read(ref reads) < 3; i++)
                {
                    Check.True(i < 10_000);
                    await Task.Delay(1);
                }

                switched.Recorder = other;
                Check.Equal(seen, (await Check.ThrowsAsync<PositionAheadOfStoreException>(() => next)).Position);
            }
        }),
        WithRecorder("Subscription: with topics, too, it begins before there is anything, and a batch is a page", async recorder =>
        {
            var log = Log(recorder);
            await using var batches = log.SubscribeInBatchesAsync(topics: ["Wanted"]).GetAsyncEnumerator();
            var next = batches.MoveNextAsync().AsTask();
            await Task.Delay(50);
            Check.True(!next.IsCompleted);
            var id = Guid.NewGuid();
            var first = await recorder.InsertEventsAsync([Event(id, 1, "Wanted")]);
            Check.True(await next);
            Check.Sequence(first, batches.Current.Events.Select(r => r.Position!.Value));

            var all = await recorder.InsertEventsAsync([.. Enumerable.Range(2, 2200).Select(i => Event(id, i, i % 2 == 0 ? "Wanted" : "Other"))]);
            var (sizes, seen) = (new List<int>(), new List<long>());
            while (seen.Count < 1100)
            {
                Check.True(await batches.MoveNextAsync());
                sizes.Add(batches.Current.Events.Count);
                seen.AddRange(batches.Current.Events.Select(r => r.Position!.Value));
            }

            Check.Sequence([500, 500, 100], sizes);
            Check.Sequence(all.Where((_, i) => i % 2 == 0), seen);
            Check.Equal(all[^1], batches.Current.Position);
        }),
        WithRecorder("Subscription: an append right after a reading isn't missed", async recorder =>
        {
            foreach (var topics in new string[]?[] { null, ["Dog.Registered"] })
            {
                // The event is appended after the reading has ended, and before its result is returned.
                var after = await recorder.GetMaxPositionAsync();
                var readings = 0;
                var hooked = new HookedRecorder(recorder)
                {
                    AfterRead = async () =>
                    {
                        if (readings++ < 3)
                        {
                            await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1), Event(Guid.NewGuid(), 1, "Other")]);
                        }
                    },
                };
                await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1)]);
                var seen = await TakeAsync(Log(hooked), after, topics is null ? 7 : 4, topics);
                Check.Sequence(Positions(await recorder.SelectNotificationsAsync(100, after, topics: topics, inclusiveOfStart: after is null)), seen);
            }
        }),
        WithRecorder("Subscription: a page of large events ends early", async recorder =>
        {
            var (id, large) = (Guid.NewGuid(), $"{{\"text\":\"{new string('a', 1 << 20)}\"}}");
            for (var i = 1; i <= 30; i++)
            {
                await recorder.InsertEventsAsync([Event(id, i, state: large)]);
            }
            var log = Log(recorder, new EventStoreOptions { MaxStateSize = 2 << 20 });
            var versions = new List<long>();
            await foreach (var batch in log.SubscribeInBatchesAsync())
            {
                Check.True(batch.Events.Count is > 0 and <= 6);
                versions.AddRange(batch.Events.Select(r => r.Header.Version));
                if (versions.Count >= 30)
                {
                    break;
                }
            }

            Check.Sequence(Enumerable.Range(1, 30).Select(i => (long)i), versions);
            Check.Equal(30, await log.ReadAllAsync(pageSize: 1000).CountAsync());
            Check.Equal(30, (await log.SelectAsync(limit: 1000)).Count);
        }),
        WithRecorder("Subscription: many subscriptions share their readings", async recorder =>
        {
            var (reads, subscriptions, saves) = (0, TestRounds.Of(300, 3000), 10);
            var log = Log(new HookedRecorder(recorder)
            {
                // Long enough that the others want to read meanwhile.
                AfterRead = () =>
                {
                    Interlocked.Increment(ref reads);
                    return Task.Delay(10);
                },
            });
            string[]?[] topics = [null, ["Dog.Registered"], ["Dog.Registered", "Cat"], ["Cat"]];
            var all = Enumerable.Range(0, subscriptions).Select(i => Task.Run(() => TakeAsync(log, null, topics[i % 4] is ["Cat"] ? 1 : 2 * saves, topics[i % 4]))).ToList();
            var expected = new List<long>();
            for (var i = 0; i < saves; i++)
            {
                expected.AddRange(await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2)));
                await Task.Delay(20);
            }

            var last = await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, topic: "Cat")]);
            var seen = await Task.WhenAll(all);
            for (var i = 0; i < subscriptions; i++)
            {
                Check.Sequence(topics[i % 4] is ["Cat"] ? last : expected, seen[i]);
            }
            // Separately, each would have read once for each save.
            Check.True(reads < subscriptions * saves / 4);
        }),
        WithRecorder("Subscription: its reader may go on after an event of an unknown topic", async recorder =>
        {
            foreach (var topic in new[] { "A", "Poison", "A", "Poison", "Poison", "A" })
            {
                await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, topic)]);
            }
            var (log, position, seen, passedOver) = (Log(recorder), (long?)null, new List<long>(), new List<long>());
            while (seen.Count < 3)
            {
                try
                {
                    await foreach (var recording in log.SubscribeAsync(position))
                    {
                        seen.Add((position = recording.Position)!.Value);
                        if (seen.Count == 3)
                        {
                            break;
                        }
                    }
                }
                catch (UnknownTopicException unknown)
                {
                    passedOver.Add((position = unknown.Position)!.Value);
                }
            }

            Check.Sequence([1L, 3, 6], seen);
            Check.Sequence([2L, 4, 5], passedOver);
        }),
        WithRecorder("Subscription: one that retries is reported, until it gets on or ends", async recorder =>
        {
            var (told, isAway) = (new System.Collections.Concurrent.ConcurrentQueue<SubscriptionFailure>(), true);
            var log = Log(new HookedRecorder(recorder)
            {
                AfterRead = () => Volatile.Read(ref isAway) ? throw new TransientStoreException("It is away.") : Task.CompletedTask,
            });
            log.Subscriptions.Failed += told.Enqueue;
            log.Subscriptions.Failed += _ => throw new InvalidOperationException("A listener fails.");
            await using var subscription = log.SubscribeAsync(topics: ["Dog.Registered", "Poison"]).GetAsyncEnumerator();
            var next = subscription.MoveNextAsync().AsTask();
            for (var i = 0; told.Count < 2 || log.Subscriptions.Failing.Count == 0; i++)
            {
                Check.True(i < 1000);
                await Task.Delay(5);
                if (i == 0)
                {
                    await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, topic: "Cat")]);
                }
            }

            Check.True(await Task.WhenAny(next, Task.Delay(1)) != next);
            Volatile.Write(ref isAway, false);
            await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1)]);
            Check.True(await next);
            Check.Equal(0, log.Subscriptions.Failing.Count);
            Check.Sequence(Enumerable.Range(1, told.Count), told.Select(f => f.Failures));
            foreach (var failure in told)
            {
                Check.Equal(("Contract", "TransientStoreException", true), (failure.Application, failure.ErrorType, failure.IsRetried));
                Check.Sequence(["Dog.Registered", "Poison"], failure.Topics!);
                Check.Equal(told.First().Since, failure.Since);
            }

            await recorder.InsertEventsAsync([Event(Guid.NewGuid(), 1, topic: "Poison")]);
            await Check.ThrowsAsync<UnknownTopicException>(() => subscription.MoveNextAsync().AsTask());
            Check.Equal(("UnknownTopicException", false, 1), (told.Last().ErrorType, told.Last().IsRetried, told.Last().Failures));
            Check.Equal(0, log.Subscriptions.Failing.Count);
        }),
        WithRecorder("Subscription: transient failures, and hints that are lost or false", recorder =>
            SubscriptionFaults.RunAsync(recorder, TestRounds.Seed, TestRounds.Of(20, 100))),
    ];

    /// <summary>Shows the log up to an earlier end.</summary>
    private sealed class RestoredRecorder(IApplicationRecorder<Guid> inner) : HookedRecorder(inner)
    {
        public long? End { get; set; }

        public override ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken = default) =>
            base.ReadLogAsync(new(query.Limit, query.First, Math.Min(End ?? long.MaxValue, query.Last), query.Topics), sink, cancellationToken);

        public override async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
            End ?? await base.GetMaxPositionAsync(cancellationToken);
    }

    /// <summary>Reads one log, and later another.</summary>
    private sealed class SwitchedRecorder(IApplicationRecorder<Guid> first) : HookedRecorder(first)
    {
        public IApplicationRecorder<Guid> Recorder { get; set; } = first;

        /// <summary>Told of each reading of the log.</summary>
        public Action? Read { get; set; }

        public override ValueTask ReadLogAsync(LogQuery query, EventSink<Guid> sink, CancellationToken cancellationToken = default)
        {
            Read?.Invoke();
            return Recorder.ReadLogAsync(query, sink, cancellationToken);
        }

        public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) => Recorder.GetMaxPositionAsync(cancellationToken);
    }
}
