using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>Transactions and sessions that are abandoned, have failed or have nothing to write, on every engine.</summary>
internal static class EdgeCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Edge: a commit that its caller abandons is written as it was saved, or not at all", async (school, fixture) =>
        {
            var name = new string('a', 500);
            var dog = new Dog(name);
            Task commit = Task.CompletedTask;
            await using (var holder = await school.Recorder.BeginTransactionAsync())
            {
                await school.RegisterAsync("Holder");
                if (fixture is not InMemoryFixture)
                {
                    await holder.FlushAsync();
                }
                await OutsideAsync(async () =>
                {
                    var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
                    await school.SaveAsync(dog);
                    commit = transaction.CommitAsync().AsTask();
                    await transaction.DisposeAsync();

                    // The memory of its events isn't given to others.
                    await using (await school.Recorder.BeginTransactionAsync(eventsOnly: true))
                    {
                        await school.RegisterAsync(new string('b', 500));
                    }
                });
                await holder.CommitAsync();
            }

            await commit;
            // Its caller no longer waits for the result.
            Check.Equal(fixture is InMemoryFixture ? 0 : 1, dog.PendingEvents.Count);
            Check.Equal(name, (await school.Repository.GetAsync<Dog>(Dog.CreateId(name))).Name);
            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Edge: saves that were written together can't be dropped in parts, and dropped saves leave nothing behind", async (school, fixture) =>
        {
            await using var session = school.CreateSession();
            var (one, two) = (new Dog("Fido"), new Dog("Rex"));
            await session.SaveAsync(one);
            session.Discard(one);
            Check.Equal((false, 0), (session.HasSaves, session.SaveCount));
            Check.Equal(0, await session.CommitAsync());
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.SaveAsync([one, two]);
                Check.Sequence([1L, 2L], (await transaction.FlushAsync()).Select(r => r.Position!.Value));
                foreach (var dog in new[] { one, two })
                {
                    await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => transaction.Discard(dog)));
                }
                Check.Equal(0, (await transaction.FlushAsync()).Count);
                Check.Equal(2, (await transaction.CommitAsync()).Count);
            }

            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Edge: written events are read once, followed by the held ones", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            var dog = new Dog("Fido");
            await school.SaveAsync(dog);
            await transaction.FlushAsync();
            dog.AddTrick("sit");
            await school.SaveAsync(dog);
            Check.Sequence([1L, 2L], Make.Versions(await school.Recorder.SelectEventsAsync(dog.Id)));
            Check.Sequence([1L, null], (await school.NotificationLog.SelectAsync()).Select(r => r.Position));
            Check.Sequence([1L, 2L], (await transaction.CommitAsync()).Select(r => r.Position!.Value));
        }),
        WithSchool("Edge: rows of the recorder in a transaction are checked, and there may be none", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            Check.Equal(0, (await school.Recorder.InsertEventsAsync([])).Count);
            await Check.ThrowsAsync<ArgumentNullException>(() => school.Recorder.InsertEventsAsync([Make.Event(Guid.NewGuid(), 1, topic: null!)]).AsTask());
            await Check.ThrowsAsync<ArgumentNullException>(() => school.Recorder.InsertEventsAsync(null!).AsTask());
            Check.Sequence([1L], await school.Recorder.InsertEventsAsync([Make.Event(Guid.NewGuid(), 1)]));
            Check.Equal(0, (await transaction.CommitAsync()).Count);
            Check.Equal(1L, await school.Recorder.Provider.GetMaxPositionAsync());
        }),
        WithSchool("Edge: a transaction that can no longer be committed refuses every operation", async (school, fixture) =>
        {
            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                await using var late = await school.Recorder.BeginTransactionAsync();
                await (await school.Recorder.BeginTransactionAsync()).DisposeAsync();
                await Check.ThrowsAsync<TransactionException>(() => late.CommitAsync().AsTask());
                var refused = await Check.ThrowsAsync<TransactionException>(() => Task.FromResult(outer.Connection));
                Check.True(refused.InnerException is TransactionException);
                refused = await Check.ThrowsAsync<TransactionException>(() => outer.FlushAsync().AsTask());
                Check.True(refused.InnerException is TransactionException);
                await Check.ThrowsAsync<TransactionException>(() => school.RegisterAsync("Fido"));
                await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => outer.Discard(new Dog("Fido"))));
            }

            Check.Equal(0, await school.CountAsync());
        }),
        WithSchool("Edge: saves that a session has written with its own connection stay written when the last saves are dropped", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using var session = school.CreateSession();
            await session.SaveAsync(new Dog("Fido"));
            await using (var transaction = await session.GetTransactionAsync())
            {
                Check.Equal(1, (await transaction.FlushAsync()).Count);
            }
            await session.SaveAsync(new Dog("Rex"));
            await session.RetractAsync(7);
            Check.Equal(2, await session.CommitAsync());
            Check.Equal(2, await school.CountAsync());
        }),
        WithConnection("Edge: nothing is written into a transaction for a session that is empty or has ended, or without a transaction", async (school, connection) =>
        {
            var session = school.CreateSession();
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await session.FlushAsync(transaction, default);
                await session.SaveAsync(new Dog("Fido"));
                await Check.ThrowsAsync<ArgumentNullException>(() => session.FlushAsync(null!, default).AsTask());
                await session.DisposeAsync();
                await Check.ThrowsAsync<TransactionException>(() => session.FlushAsync(transaction, default).AsTask());
                await transaction.CommitAsync();
            }

            Check.Equal(0, await school.CountAsync());
        }),
        WithConnection("Edge: a participant in a user's transaction is written before each save and before each read", async (school, connection) =>
        {
            await using var transaction = await connection.BeginTransactionAsync();
            using (school.Recorder.Use(transaction))
            {
                var part = new Part();
                await using var joined = await school.Recorder.BeginTransactionAsync();
                joined.Enlist(part);
                await school.RegisterAsync("Fido");
                Check.Equal(1, part.Flushes);
                await school.HasAsync("Fido");
                Check.Equal(2, part.Flushes);
                await joined.CommitAsync();
            }

            await transaction.CommitAsync();
            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Edge: the work of a session is retried, and is told which attempt is the last", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            foreach (var (attempts, canRepeat, expected) in new[] { (3, true, "False, False, True"), (3, false, "False"), (1, true, "True") })
            {
                await using var session = school.CreateSession();
                var (told, part) = (new List<bool>(), new Part { CanRepeat = canRepeat });
                await Check.ThrowsAsync<ConcurrencyException>(() => session.RepeatAsync<int>(async isLast =>
                {
                    told.Add(isLast);
                    using (session.Use())
                    {
                        await using var joined = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
                        joined.Enlist(part);
                        await joined.CommitAsync();
                    }

                    await session.SaveAsync(new Dog("Fido"));
                    try
                    {
                        return await session.CommitAsync();
                    }
                    catch (ConcurrencyException)
                    {
                        Check.Equal(canRepeat, session.TryForget());
                        await session.RollbackAsync();
                        throw;
                    }
                }, () => canRepeat, attempts, default).AsTask());
                Check.Equal(expected, string.Join(", ", told));
                Check.Equal(canRepeat ? told.Count : 0, part.Forgets);
                Check.True(session.TryForget());
            }

            await using var other = school.CreateSession();
            Check.Equal(5, await other.RepeatAsync(_ => new ValueTask<int>(5), () => true, 2, default));
        }),
    ];
}
