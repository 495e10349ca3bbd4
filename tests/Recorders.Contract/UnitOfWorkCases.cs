using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>Saves that a transaction or a session holds: how they are read, dropped, taken back and made again, on every engine.</summary>
internal static class UnitOfWorkCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Unit of work: the stream of an aggregate has the stored events and then the held ones, with all limits", async (school, _) =>
        {
            var dog = await SaveAsync(school, "Fido", "a");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await HoldAsync(school, dog, "b");
            await HoldAsync(school, dog, "c");
            await Expect([1, 2, 3, 4]);
            await Expect([4, 3, 2, 1], descending: true);
            await Expect([1], limit: 1);
            await Expect([1, 2], limit: 2);
            await Expect([1, 2, 3], limit: 3);
            await Expect([1, 2, 3, 4], limit: 5);
            await Expect([4], descending: true, limit: 1);
            await Expect([4, 3], descending: true, limit: 2);
            await Expect([4, 3, 2], descending: true, limit: 3);
            await Expect([4, 3, 2, 1], descending: true, limit: 5);
            await Expect([2, 3, 4], after: 1);
            await Expect([4], after: 3);
            await Expect([], after: 4);
            await Expect([1, 2, 3], upTo: 3);
            await Expect([1, 2], upTo: 2);
            await Expect([3], after: 2, upTo: 3);
            await Expect([3, 2], after: 1, upTo: 3, descending: true, limit: 2);
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => Expect([], limit: 0));
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => Expect([], descending: true, limit: 0));
            await Check.ThrowsAsync<ArgumentNullException>(() => school.Recorder.ReadEventsAsync(dog.Id, null!).AsTask());
            Check.Equal(0, (await school.Recorder.SelectEventsAsync(Guid.NewGuid())).Count);

            async Task Expect(long[] versions, long? after = null, long? upTo = null, bool descending = false, int? limit = null) =>
                Check.Sequence(versions, Make.Versions(await school.Recorder.SelectEventsAsync(dog.Id, after, upTo, descending, limit)));
        }),
        WithSchool("Unit of work: the log has the stored events and then the held ones, with start, stop, topics and limit", async (school, _) =>
        {
            var dog = await SaveAsync(school, "Fido", "a");
            await SaveAsync(school, "Rex");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await HoldAsync(school, dog, "b");
            await HoldAsync(school, new Dog("Buster"));
            await Expect([1, 2, 3, null, null]);
            await Expect([2, 3, null, null], start: 2);
            await Expect([3, null, null], start: 2, inclusive: false);
            await Expect([2, 3], start: 2, stop: 3);
            await Expect([2], start: 2, stop: 2);
            await Expect([1, 2], stop: 2);
            await Expect([null, null], start: 100);
            await Expect([], start: long.MaxValue);
            await Expect([], start: 3, stop: 2);
            await Expect([1, 2, 3], limit: 3);
            await Expect([1, 2, 3, null], limit: 4);
            await Expect([2, 3, null], start: 2, limit: 3);
            await Expect([2, null], topics: ["Dog.TrickAdded"]);
            await Expect([1, 3, null], topics: ["Dog.Registered"]);
            await Expect([1, 2, 3, null, null], topics: ["Dog.Registered", "Dog.TrickAdded"]);
            await Expect([1, 2, 3, null, null], topics: []);
            await Expect([], topics: ["Cat"]);
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => Expect([], limit: 0));
            await Check.ThrowsAsync<ArgumentNullException>(() => school.Recorder.ReadNotificationsAsync(null!, 1).AsTask());
            Check.Equal(3L, await school.Recorder.GetMaxPositionAsync());

            async Task Expect(long?[] positions, long? start = null, long? stop = null, string[]? topics = null, bool inclusive = true, int limit = 10) =>
                Check.Sequence(positions, await PositionsAsync(school, limit, start, stop, topics, inclusive));
        }),
        WithSchool("Unit of work: the log can be enumerated in pages of any size, wherever they end", async (school, _) =>
        {
            var dog = await SaveAsync(school, "Fido", "a", "b");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await HoldAsync(school, dog, "c", "d");
            await HoldAsync(school, new Dog("Rex"));
            for (var pageSize = 1; pageSize <= 7; pageSize++)
            {
                Check.Sequence<(long?, long)>([(1, 1), (2, 2), (3, 3), (null, 4), (null, 5), (null, 1)], await EnumerateAsync(school, pageSize));
                Check.Sequence<(long?, long)>([(2, 2), (3, 3), (null, 4), (null, 5)], await EnumerateAsync(school, pageSize, after: 1, topics: ["Dog.TrickAdded"]));
            }

            await using var enumerator = school.NotificationLog.ReadAllAsync(pageSize: 4).GetAsyncEnumerator();
            for (var i = 0; i < 4; i++)
            {
                Check.True(await enumerator.MoveNextAsync());
            }
            transaction.Discard(dog);
            await Check.ThrowsAsync<TransactionException>(() => enumerator.MoveNextAsync().AsTask());
        }),
        WithSchool("Unit of work: a reader that has enough gets no more held events", async (school, _) =>
        {
            var dog = await SaveAsync(school, "Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await HoldAsync(school, dog, "b", "c");
            var (ofAggregate, ofLog, backwards) = (new FullSink(2), new FullSink(2), new FullSink(1));
            await school.Recorder.ReadEventsAsync(dog.Id, ofAggregate);
            await school.Recorder.ReadEventsAsync(dog.Id, backwards, descending: true);
            await school.Recorder.ReadNotificationsAsync(ofLog, 10);
            Check.Equal((2, 2, 1), (ofAggregate.Rows, ofLog.Rows, backwards.Rows));
        }),
        WithSchool("Unit of work: discarded events can be saved elsewhere, and held ones can't", async (school, _) =>
        {
            await using var other = await School.OpenAsync("memory:");
            foreach (var together in new[] { false, true })
            {
                var (dropped, kept) = (new Dog($"Fido {together}"), new Dog($"Rex {together}"));
                await using (var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true))
                {
                    if (together)
                    {
                        await school.SaveAsync([dropped, kept]);
                    }
                    else
                    {
                        await school.SaveAsync(dropped);
                        await school.SaveAsync(kept);
                    }

                    transaction.Discard(dropped);
                    Check.True(!await school.HasAsync(dropped.Name));
                    Check.Equal(1, (await other.SaveAsync(dropped)).Count);
                    await Check.ThrowsAsync<TransactionException>(() => other.SaveAsync(kept).AsTask());
                    Check.Sequence([kept.Id], (await transaction.CommitAsync()).Select(r => r.AggregateId));
                }

                Check.True(await school.HasAsync(kept.Name));
                Check.True(!await school.HasAsync(dropped.Name));
                Check.Equal(0, (await school.SaveAsync(kept)).Count);
            }
        }),
        WithSchool("Unit of work: discarded events can be saved again in the same transaction, by another object too", async (school, _) =>
        {
            await SaveAsync(school, "Fido");
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                var (one, other) = (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")), await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")));
                await HoldAsync(school, one, "sit", "beg");
                transaction.Discard(one);
                await HoldAsync(school, other, "roll");
                Check.Sequence(["roll"], await school.GetTricksAsync("Fido"));
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            Check.Sequence(["roll"], await school.GetTricksAsync("Fido"));
        }),
        WithSchool("Unit of work: held events can be discarded although other aggregates were written", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            var (written, held) = (new Dog("Fido"), new Dog("Rex"));
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.SaveAsync(written);
                await transaction.FlushAsync();
                await school.SaveAsync(held);
                transaction.Discard(held);
                await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => transaction.Discard(written)));
                Check.Sequence([written.Id], (await transaction.CommitAsync()).Select(r => r.AggregateId));
            }

            Check.Equal(1, (await school.SaveAsync(held)).Count);
        }),
        WithSchool("Unit of work: saves of one aggregate in several steps are dropped together", async (school, _) =>
        {
            var dog = new Dog("Fido");
            await using var session = school.CreateSession();
            await session.SaveAsync(dog);
            dog.AddTrick("sit");
            await session.SaveAsync([new Dog("Rex"), dog]);
            session.Discard(dog);
            Check.True(session.HasSaves);
            Check.Equal(1, await session.CommitAsync());
            Check.True(!session.HasSaves);
            Check.Equal(2, (await school.SaveAsync(dog)).Count);
        }),
        WithSchool("Unit of work: a save that conflicts with held events is refused as a whole, wherever the conflict is", async (school, _) =>
        {
            await SaveAsync(school, "Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            var (one, other) = (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")), await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")));
            await HoldAsync(school, one, "sit");
            other.AddTrick("roll");
            var fresh = new Dog("Rex");
            foreach (var both in new[] { new[] { fresh, other }, [other, fresh] })
            {
                var refused = await Check.ThrowsAsync<ConcurrencyException>(() => school.SaveAsync(both).AsTask());
                Check.Equal((one.Id, 1L, (long?)2L), ((Guid)refused.AggregateId, refused.ExpectedVersion, refused.ActualVersion));
            }

            await school.SaveAsync(fresh);
            await HoldAsync(school, one, "beg");
            Check.Equal(3, (await transaction.CommitAsync()).Count);
        }),
        WithSchool("Unit of work: two objects in one save that conflict with each other are refused", async (school, _) =>
        {
            await SaveAsync(school, "Fido");
            var (one, other) = (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")), await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")));
            one.AddTrick("sit");
            other.AddTrick("roll");
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await Check.ThrowsAsync<ConcurrencyException>(async () =>
                {
                    await school.SaveAsync([one, other]);
                    await transaction.CommitAsync();
                });
            }

            Check.Equal(1, (await school.SaveAsync(one)).Count);
        }),
        WithConnection("Unit of work: in a user's transaction, stream and log include the events that it has written", async (school, connection) =>
        {
            var dog = await SaveAsync(school, "Fido");
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await using var session = school.Recorder.Provider.Join(transaction);
                Check.Sequence([2L, 3L], await session.AppendAsync(new(Make.Events(dog.Id, 2, 2), AppendCondition.VersionsNext), default));
                PositionSink stream = new(), log = new();
                await session.ReadStreamAsync(new(dog.Id, descending: true, limit: 2), stream, default);
                await session.ReadLogAsync(new(10, start: 2), log, default);
                Check.Sequence([3L, 2L], stream.Positions);
                Check.Sequence([2L, 3L], log.Positions);
                Check.Equal(3L, await session.GetMaxPositionAsync(default));
                await transaction.RollbackAsync();
            }

            Check.Equal(1, (await school.Recorder.SelectEventsAsync(dog.Id)).Count);
        }),
        WithConnection("Unit of work: events that a user's transaction wrote and rolled back can be saved again in another one", async (school, connection) =>
        {
            var dog = new Dog("Fido");
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                Check.Equal(1L, (await school.SaveAsync(dog, transaction)).Single().Position);
                await transaction.RollbackAsync();
            }

            // Its save counted as done, so the next event would leave a gap.
            dog.AddTrick("sit");
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await Check.ThrowsAsync<ConcurrencyException>(() => school.SaveAsync(dog, transaction).AsTask());
                await transaction.RollbackAsync();
            }

            Check.Equal(0, await school.CountAsync());
            Check.Equal(0, (await school.Recorder.SelectEventsAsync(dog.Id)).Count);
        }),
        WithConnection("Unit of work: a session that another owner writes and rolls back holds its saves as before", async (school, connection) =>
        {
            foreach (var (outside, inside) in new[] { (1, 2), (2, 1), (1, 0), (0, 2) })
            {
                var dogs = Enumerable.Range(0, outside + inside).Select(i => new Dog($"{outside}-{inside}-{i}")).ToList();
                await using var session = school.CreateSession();
                foreach (var dog in dogs)
                {
                    await session.SaveAsync(dog);
                }
                await using (var transaction = await connection.BeginTransactionAsync())
                {
                    await session.FlushAsync(transaction, default);
                    await transaction.RollbackAsync();
                }

                await session.RetractAsync(outside);
                Check.Equal(outside, session.SaveCount);
                using (session.Use())
                {
                    foreach (var (dog, i) in dogs.Select((d, i) => (d, i)))
                    {
                        Check.Equal(i < outside, await school.HasAsync(dog.Name));
                    }
                }

                Check.Equal(outside, await session.CommitAsync());
                foreach (var (dog, i) in dogs.Select((d, i) => (d, i)))
                {
                    Check.Equal(i < outside, await school.HasAsync(dog.Name));
                    Check.Equal(i < outside ? 0 : 1, (await school.SaveAsync(dog)).Count);
                }
            }
        }),
        WithConnection("Unit of work: a session is written into another owner's transaction, and after a failure into the next", async (school, connection) =>
        {
            var dog = new Dog("Fido");
            await using var session = school.CreateSession();
            await session.SaveAsync(dog);
            for (var attempt = 0; attempt < 2; attempt++)
            {
                // The session isn't told of the last rollback.
                await using var failing = await connection.BeginTransactionAsync();
                await session.FlushAsync(failing, default);
                await failing.RollbackAsync();
            }

            dog.AddTrick("sit");
            await session.SaveAsync(dog);
            await session.RetractAsync(int.MaxValue);
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await session.FlushAsync(transaction, default);
                await session.FlushAsync(transaction, default);
                Check.Equal(2, session.SaveCount);
                await transaction.CommitAsync();
            }

            session.Committed();
            Check.Equal(0, session.SaveCount);
            Check.Equal(0, await session.CommitAsync());
            Check.Sequence(["sit"], await school.GetTricksAsync("Fido"));
            Check.Equal(0, (await school.SaveAsync(dog)).Count);
        }),
        WithConnection("Unit of work: a session whose writing failed with another owner's transaction goes on after that", async (school, connection) =>
        {
            await using var session = school.CreateSession();
            await session.SaveAsync(new Dog("Fido"));
            await using (var failing = await connection.BeginTransactionAsync())
            {
                await session.FlushAsync(failing, default);
                await failing.RollbackAsync();
                await session.SaveAsync(new Dog("Rex"));
                await Check.ThrowsAsync<TransactionException>(() => session.FlushAsync(failing, default).AsTask());
                await Check.ThrowsAsync<TransactionException>(() => session.SaveAsync(new Dog("Buster")).AsTask());
            }

            await session.RetractAsync(int.MaxValue);
            await session.SaveAsync(new Dog("Buster"));
            Check.Equal(3, await session.CommitAsync());
            Check.Equal(3, await school.CountAsync());
        }),
        WithSchool("Unit of work: a session drops its last saves without a transaction, too", async (school, _) =>
        {
            var (first, second, third) = (new Dog("Fido"), new Dog("Rex"), new Dog("Buster"));
            await using var session = school.CreateSession();
            await session.SaveAsync(first);
            await session.SaveAsync(second);
            second.AddTrick("sit");
            await session.SaveAsync([second, third]);
            await session.RetractAsync(5);
            Check.Equal(3, session.SaveCount);
            await session.RetractAsync(2);
            Check.Equal(2, session.SaveCount);
            using (session.Use())
            {
                Check.True(!await school.HasAsync("Buster"));
                Check.Sequence([], await school.GetTricksAsync("Rex"));
            }

            await session.SaveAsync(second);
            Check.Equal(3, await session.CommitAsync());
            await session.RetractAsync(0);
            Check.Sequence(["sit"], await school.GetTricksAsync("Rex"));
            Check.Equal(1, (await school.SaveAsync(third)).Count);
            await session.SaveAsync(new Dog("Lost"));
            await session.RetractAsync(0);
            Check.Equal(0, await session.CommitAsync());
        }),
        WithSchool("Unit of work: a state or metadata that is larger than the limit is refused when it is read", async (school, _) =>
        {
            var (large, small) = (new string('x', 300), "x");
            foreach (var (name, metadata) in new[] { (large, ""), (small, $$"""{"correlationId":"{{large}}"}""") })
            {
                var id = Guid.NewGuid();
                var state = $$"""{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"{{name}}"}""";
                var start = (await school.Recorder.Provider.InsertEventsAsync([Make.Event(id, 1, "Dog.Registered", state, metadata)]))[0];
                var tooLarge = await Check.ThrowsAsync<PayloadTooLargeException>(async () => await school.Repository.GetAsync<Dog>(id));
                Check.Equal(("Dog.Registered", (object?)id, 1L, 250L), (tooLarge.Topic, tooLarge.AggregateId, tooLarge.Version, tooLarge.Limit));
                await Check.ThrowsAsync<PayloadTooLargeException>(async () => await school.NotificationLog.SelectAsync(start, 1));
            }
        }, new EventStoreOptions { MaxStateSize = 250 }),
    ];

    private static async Task<Dog> SaveAsync(School school, string name, params string[] tricks)
    {
        var dog = new Dog(name);
        await HoldAsync(school, dog, tricks);
        return dog;
    }

    private static async Task HoldAsync(School school, Dog dog, params string[] tricks)
    {
        foreach (var trick in tricks)
        {
            dog.AddTrick(trick);
        }

        await school.SaveAsync(dog);
    }

    private static async Task<List<(long?, long)>> EnumerateAsync(School school, int pageSize, long? after = null, string[]? topics = null)
    {
        var events = new List<(long?, long)>();
        await foreach (var recording in school.NotificationLog.ReadAllAsync(after, topics, pageSize))
        {
            events.Add((recording.Position, recording.Header.Version));
        }

        return events;
    }

    private static async Task<List<long?>> PositionsAsync(School school, int limit, long? start, long? stop, string[]? topics, bool inclusive)
    {
        var sink = new PositionSink();
        await school.Recorder.ReadNotificationsAsync(sink, limit, start, stop, topics, inclusive);
        return sink.Positions;
    }

    private sealed class PositionSink : EventSink<Guid>
    {
        public List<long?> Positions { get; } = [];

        public override void Add(in EventRow<Guid> row) => Positions.Add(row.Position < 1 ? null : row.Position);
    }

    private sealed class FullSink(int limit) : EventSink<Guid>
    {
        public int Rows { get; private set; }

        public override bool IsFull => Rows == limit;

        public override void Add(in EventRow<Guid> row) => Rows++;
    }
}
