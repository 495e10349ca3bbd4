using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of a transaction around saves, on every engine.</summary>
internal static class TransactionCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Transaction: saves are seen inside, and by all after the commit", async (school, fixture) =>
        {
            await school.RegisterAsync("Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await school.RegisterAsync("Buster");
            await school.AddTrickAsync("Buster", "fetch ball");
            Check.Sequence(["fetch ball"], await school.GetTricksAsync("Buster"));
            var log = await ToListAsync(school.NotificationLog.ReadAllAsync());
            Check.Sequence(["Dog.Registered", "Dog.Registered", "Dog.TrickAdded"], log.Select(r => r.Topic));
            Check.Sequence([1L, null, null], log.Select(r => r.Position));
            if (fixture.KeepsEvents)
            {
                Check.Equal(1, await school.CountAsync());
            }
            var recordings = await transaction.CommitAsync();
            Check.Sequence([2L, 3L], recordings.Select(r => r.Position!.Value));
            Check.Equal(2, await school.CountAsync());
            await transaction.DisposeAsync();
            Check.Sequence(["fetch ball"], await school.GetTricksAsync("Buster"));
        }),
        WithSchool("Transaction: the delegate form commits, and rolls back on an exception", async (school, _) =>
        {
            var recordings = await school.Recorder.InTransactionAsync(async _ => await school.RegisterAsync("Fido"));
            Check.Sequence([1L], recordings.Select(r => r.Position!.Value));
            await Check.ThrowsAsync<FormatException>(() => school.Recorder.InTransactionAsync(async _ =>
            {
                await school.RegisterAsync("Buster");
                throw new FormatException();
            }).AsTask());
            Check.True(!await school.HasAsync("Buster"));
            Check.Equal(5, await school.Recorder.InTransactionAsync(async _ =>
            {
                await school.RegisterAsync("Rex");
                return 5;
            }));
            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Transaction: after a rollback events are pending again, and can be saved", async (school, _) =>
        {
            var dog = new Dog("Fido");
            await using (await school.Recorder.BeginTransactionAsync())
            {
                Check.Equal(null, (await school.SaveAsync(dog)).Single().Position);
                Check.Equal(0, (await school.SaveAsync(dog)).Count);
                dog.AddTrick("sit");
                Check.Equal(2L, (await school.SaveAsync(dog)).Single().Header.Version);
            }

            Check.Equal(0, await school.CountAsync());
            Check.Equal(2, (await school.SaveAsync(dog)).Count);
            Check.Equal(0, (await school.SaveAsync(dog)).Count);
            Check.Sequence(["sit"], await school.GetTricksAsync("Fido"));
        }),
        WithSchool("Transaction: a conflict leaves it usable", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await school.RegisterAsync("Rex");
            var stale = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
            stale.AddTrick("too late");
            await school.AddTrickAsync("Fido", "first");

            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await school.SaveAsync(stale);
            await school.AddTrickAsync("Rex", "sit");
            var conflict = await Check.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync().AsTask());
            Check.Equal((object)stale.Id, conflict.AggregateId);
            Check.Equal(1, conflict.ExpectedVersion);
            Check.Equal(2L, conflict.ActualVersion);
            transaction.Discard(stale);
            await school.AddTrickAsync("Fido", "second");
            Check.Equal(2, (await transaction.CommitAsync()).Count);
            await transaction.DisposeAsync();
            Check.Sequence(["first", "second"], await school.GetTricksAsync("Fido"));
            Check.Sequence(["sit"], await school.GetTricksAsync("Rex"));
        }),
        WithSchool("Transaction: two objects of one aggregate conflict at the save", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            var (one, other) = (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")), await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")));
            one.AddTrick("sit");
            other.AddTrick("roll");
            await school.SaveAsync(one);
            await Check.ThrowsAsync<ConcurrencyException>(() => school.SaveAsync(other).AsTask());
            await transaction.CommitAsync();
            await transaction.DisposeAsync();
            Check.Sequence(["sit"], await school.GetTricksAsync("Fido"));
        }),
        WithSchool("Transaction: an inner one joins", async (school, fixture) =>
        {
            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                await using (var inner = await school.Recorder.BeginTransactionAsync())
                {
                    await school.RegisterAsync("Fido");
                    Check.Equal(0, (await inner.CommitAsync()).Count);
                }

                if (fixture.KeepsEvents)
                {
                    Check.Equal(0, await school.CountAsync());
                }
                await using (await school.Recorder.BeginTransactionAsync(readOnly: true))
                {
                    Check.True(await school.HasAsync("Fido"));
                }
                Check.Equal(1, (await outer.CommitAsync()).Count);
            }

            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                await using (await school.Recorder.BeginTransactionAsync())
                {
                    await school.RegisterAsync("Rex");
                }
                await Check.ThrowsAsync<TransactionException>(() => outer.CommitAsync().AsTask());
            }

            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Transaction: it can't be committed before an inner one", async (school, _) =>
        {
            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                var inner = await school.Recorder.BeginTransactionAsync();
                await school.RegisterAsync("Fido");
                await Check.ThrowsAsync<TransactionException>(() => outer.CommitAsync().AsTask());
                await inner.CommitAsync();
                await inner.CommitAsync();
                await inner.DisposeAsync();
                Check.Equal(1, (await outer.CommitAsync()).Count);
            }

            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                // Committed, and not disposed of before the outer one.
                var inner = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
                await school.RegisterAsync("Rex");
                await inner.CommitAsync();
                Check.Equal(1, (await outer.CommitAsync()).Count);
                await inner.DisposeAsync();
            }

            await using (var outer = await school.Recorder.BeginTransactionAsync())
            {
                var inner = await school.Recorder.BeginTransactionAsync();
                await school.RegisterAsync("Buster");
                await Check.ThrowsAsync<TransactionException>(() => outer.CommitAsync().AsTask());
                await inner.DisposeAsync();
                await Check.ThrowsAsync<TransactionException>(() => outer.CommitAsync().AsTask());
            }

            await using (var session = school.CreateSession())
            using (session.Use())
            {
                await using var inner = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
                await school.RegisterAsync("Max");
                await Check.ThrowsAsync<TransactionException>(() => session.CommitAsync().AsTask());
                await inner.CommitAsync();
                Check.Equal(1, await session.CommitAsync());
            }

            Check.Equal(3, await school.CountAsync());
        }),
        WithSchool("Transaction: a transaction of another store refuses saves", async (school, _) =>
        {
            await using var other = await School.OpenAsync("memory:");
            var dog = new Dog("Fido");
            await using (var transaction = await other.Recorder.BeginTransactionAsync())
            {
                await Check.ThrowsAsync<TransactionException>(() => school.SaveAsync(dog, transaction).AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.SaveAsync([dog], transaction).AsTask());
                Check.Equal(1, dog.PendingEvents.Count);
                Check.Equal(0, (await transaction.CommitAsync()).Count);
            }

            await school.SaveAsync(dog);
            Check.Equal((1, 0), (await school.CountAsync(), await other.CountAsync()));
        }),
        new("Transaction: after the store is closed, each call throws ObjectDisposedException", async fixture =>
        {
            var school = await School.OpenForAsync(fixture);
            await school.RegisterAsync("Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await school.RegisterAsync("Rex");
            await school.DisposeAsync();
            for (var i = 0; i < 2; i++)
            {
                await Check.ThrowsAsync<ObjectDisposedException>(() => school.HasAsync("Fido"));
                await Check.ThrowsAsync<ObjectDisposedException>(() => school.Recorder.GetMaxPositionAsync().AsTask());
                await Check.ThrowsAsync<ObjectDisposedException>(() => ToListAsync(school.NotificationLog.ReadAllAsync()));
                await Check.ThrowsAsync<ObjectDisposedException>(() => transaction.CommitAsync().AsTask());
                if (fixture.Url.StartsWith("sqlite:", StringComparison.Ordinal) || fixture.Url.StartsWith("postgresql:", StringComparison.Ordinal))
                {
                    // Elsewhere saves are held without the store.
                    await Check.ThrowsAsync<ObjectDisposedException>(() => school.RegisterAsync("Buster"));
                    await Check.ThrowsAsync<ObjectDisposedException>(() => transaction.FlushAsync().AsTask());
                    await Check.ThrowsAsync<ObjectDisposedException>(() => Task.FromResult(transaction.Connection));
                }
            }
        }),
        WithSchool("Transaction: begun without a commit it only reads", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await using (var reading = await school.Recorder.BeginTransactionAsync(readOnly: true))
            {
                Check.True(await school.HasAsync("Fido"));
                await Check.ThrowsAsync<TransactionException>(() => school.RegisterAsync("Rex"));
                await Check.ThrowsAsync<TransactionException>(() => school.Recorder.BeginTransactionAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => reading.CommitAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.Recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1)).AsTask());
            }

            await school.RegisterAsync("Rex");
            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Transaction: with events only, it locks nothing before the commit", async (school, _) =>
        {
            await using var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
            await school.RegisterAsync("Fido");
            Check.True(await school.HasAsync("Fido"));
            await Check.ThrowsAsync<TransactionException>(() => Task.FromResult(transaction.Connection));
            await Check.ThrowsAsync<TransactionException>(() => transaction.FlushAsync().AsTask());
            Check.Equal(0, await school.CountAsync());
            await OutsideAsync(() => school.RegisterAsync("Rex"));
            Check.Equal(1, await school.CountAsync());
            Check.Equal(2L, (await transaction.CommitAsync()).Single().Position);
        }),
        WithSchool("Transaction: another store's save doesn't join", async (school, _) =>
        {
            await using var other = await School.OpenAsync("memory:");
            await using (await school.Recorder.BeginTransactionAsync())
            {
                await other.RegisterAsync("Fido");
                Check.True(!await school.HasAsync("Fido"));
                Check.Equal(1, await other.CountAsync());
            }

            Check.True(await other.HasAsync("Fido"));
        }),
        WithSchool("Transaction: a begin that fails leaves no transaction", async (school, _) =>
        {
            using var cancelled = new CancellationTokenSource();
            await cancelled.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => school.Recorder.BeginTransactionAsync(cancellationToken: cancelled.Token).AsTask());
            await school.RegisterAsync("Fido");
            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Transaction: work that is still running after the end can't save outside it", async (school, _) =>
        {
            var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task leftRunning;
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                leftRunning = Task.Run(async () =>
                {
                    await goOn.Task;
                    await school.RegisterAsync("Stray");
                });
                await school.RegisterAsync("Fido");
                await transaction.CommitAsync();
                await Check.ThrowsAsync<TransactionException>(() => school.RegisterAsync("Late"));
            }

            goOn.SetResult();
            await Check.ThrowsAsync<TransactionException>(() => leftRunning);
            await school.RegisterAsync("Rex");
            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Transaction: one that an async helper began isn't the caller's, and an exception says so", async (school, _) =>
        {
#pragma warning disable ESG0059 // The case that it warns of.
            async Task<StoreTransaction<Guid>> BeginAsync() => await school.Recorder.BeginTransactionAsync(eventsOnly: true);
#pragma warning restore ESG0059

            await using (var transaction = await BeginAsync())
            {
                await school.RegisterAsync("Past it");
                await Check.ThrowsAsync<TransactionException>(() => transaction.CommitAsync().AsTask());
            }

            await using (var transaction = await BeginAsync())
            {
                await school.SaveAsync(new Dog("Fido"), transaction);
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            ValueTask<StoreTransaction<Guid>> Begin() => school.Recorder.BeginTransactionAsync(eventsOnly: true);

            await using (var transaction = await Begin())
            {
                await school.RegisterAsync("Rex");
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            Check.Equal(3, await school.CountAsync());
        }),
        WithSchool("Transaction: two operations at once are an error", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            var sink = new WaitingSink();
            var reading = Task.Run(async () => await school.Recorder.ReadEventsAsync(Dog.CreateId("Fido"), sink));
            await sink.Reached.Task;
            await Check.ThrowsAsync<TransactionException>(() => school.RegisterAsync("Rex"));
            await Check.ThrowsAsync<TransactionException>(() => school.HasAsync("Fido"));
            await Check.ThrowsAsync<TransactionException>(() => transaction.CommitAsync().AsTask());
            sink.GoOn.Set();
            await reading;
            await school.RegisterAsync("Rex");
            Check.Equal(1, (await transaction.CommitAsync()).Count);
        }),
        WithSchool("Transaction: an enumeration that outlives it is an error", async (school, _) =>
        {
            for (var i = 0; i < 5; i++)
            {
                await school.RegisterAsync($"Dog {i}");
            }
            IAsyncEnumerator<RecordedEvent<Guid>> enumerator;
            await using (await school.Recorder.BeginTransactionAsync())
            {
                enumerator = school.NotificationLog.ReadAllAsync(pageSize: 2).GetAsyncEnumerator();
                Check.True(await enumerator.MoveNextAsync());
            }

            Check.True(await enumerator.MoveNextAsync());
            await Check.ThrowsAsync<TransactionException>(() => enumerator.MoveNextAsync().AsTask());
        }),
        WithSchool("Transaction: events that it holds can't be saved elsewhere", async (school, _) =>
        {
            var dog = new Dog("Fido");
            await using var other = await School.OpenAsync("memory:");
            await using (await school.Recorder.BeginTransactionAsync(eventsOnly: true))
            {
                await school.SaveAsync(dog);
                await Check.ThrowsAsync<TransactionException>(() => other.SaveAsync(dog).AsTask());
                await Check.ThrowsAsync<TransactionException>(() => OutsideAsync(() => school.SaveAsync(dog).AsTask()));
            }

            Check.Equal(1, (await school.SaveAsync(dog)).Count);
        }),
        WithSchool("Transaction: a subscription sees only committed events", async (school, _) =>
        {
            using var end = new CancellationTokenSource();
            var seen = new List<string>();
            var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var subscribing = Task.Run(async () =>
            {
                await foreach (var recording in school.NotificationLog.SubscribeAsync(cancellationToken: end.Token))
                {
                    seen.Add(((Dog.Registered)recording.Event).Name);
                    if (seen.Count == 2)
                    {
                        all.SetResult();
                    }
                }
            });
            await using (await school.Recorder.BeginTransactionAsync())
            {
                await school.RegisterAsync("Phantom");
            }
            await school.Recorder.InTransactionAsync(_ => school.RegisterAsync("Fido"));
            await school.RegisterAsync("Rex");
            await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await end.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => subscribing);
            Check.Sequence(["Fido", "Rex"], seen);
        }),
        WithSchool("Transaction: System.Transactions is refused", async (school, _) =>
        {
            await using var session = school.CreateSession();
            using (new System.Transactions.TransactionScope(System.Transactions.TransactionScopeAsyncFlowOption.Enabled))
            {
                await Check.ThrowsAsync<TransactionException>(() => school.RegisterAsync("Fido"));
                await Check.ThrowsAsync<TransactionException>(() => session.SaveAsync(new Dog("Rex")).AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.Recorder.BeginTransactionAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.Recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1)).AsTask());
            }

            Check.Equal(0, await school.CountAsync());
        }),
        WithSchool("Transaction: FlushAsync writes at once, and the end decides", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                var dog = new Dog("Phantom");
                await school.SaveAsync(dog);
                Check.Equal(1, (await transaction.FlushAsync()).Count);
                Check.Equal(0, (await transaction.FlushAsync()).Count);
                Check.True(await school.HasAsync("Phantom"));
                await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => transaction.Discard(dog)));
            }

            Check.True(!await school.HasAsync("Phantom"));
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.RegisterAsync("Fido");
                var flushed = await transaction.FlushAsync();
                await school.AddTrickAsync("Fido", "sit");
                var committed = await transaction.CommitAsync();
                Check.Equal(2, committed.Count);
                Check.Equal(flushed[0].Position, committed[0].Position);
                Check.True(committed[1].Position > committed[0].Position);
            }

            Check.Sequence(["sit"], await school.GetTricksAsync("Fido"));
        }),
        WithSchool("Transaction: a conflict at FlushAsync leaves it usable", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await school.RegisterAsync("Fido");
            var stale = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
            stale.AddTrick("too late");
            await school.AddTrickAsync("Fido", "first");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            await school.SaveAsync(stale);
            await school.RegisterAsync("Rex");
            await Check.ThrowsAsync<ConcurrencyException>(() => transaction.FlushAsync().AsTask());
            transaction.Discard(stale);
            await transaction.FlushAsync();
            await transaction.CommitAsync();
            Check.Equal(2, await school.CountAsync());
        }),
        WithSchool("Transaction: rows of the recorder are written inside, too", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            var id = Guid.NewGuid();
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.RegisterAsync("Fido");
                Check.Sequence([2L], await school.Recorder.InsertEventsAsync(Make.Events(id, 1, 1)));
                Check.Equal(1, (await school.Recorder.SelectEventsAsync(id)).Count);
            }

            Check.Equal(0, (await school.Recorder.SelectEventsAsync(id)).Count);
            Check.Equal(0, await school.CountAsync());
        }),
        WithSchool("Session: its owner commits and removes", async (school, _) =>
        {
            await using (var session = school.CreateSession())
            using (session.Use())
            {
                await school.RegisterAsync("Fido");
                await school.AddTrickAsync("Fido", "sit");
                Check.Equal(0, await school.CountAsync());
                Check.Equal(2, await session.CommitAsync());
                Check.Equal(0, await session.CommitAsync());
                await school.AddTrickAsync("Fido", "roll");
                Check.Equal(1, await session.CommitAsync());
                await school.RegisterAsync("Forgotten");
                Check.True(await school.HasAsync("Forgotten"));
            }

            Check.True(!await school.HasAsync("Forgotten"));
            Check.Sequence(["sit", "roll"], await school.GetTricksAsync("Fido"));
        }),
        WithSchool("Session: after a conflict it can go on", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await using var session = school.CreateSession();
            var stale = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
            stale.AddTrick("too late");
            await session.SaveAsync(stale);
            await school.AddTrickAsync("Fido", "first");
            await Check.ThrowsAsync<ConcurrencyException>(() => session.CommitAsync().AsTask());
            await session.RollbackAsync();
            using (session.Use())
            {
                await school.AddTrickAsync("Fido", "second");
            }
            Check.Equal(1, await session.CommitAsync());
            Check.Sequence(["first", "second"], await school.GetTricksAsync("Fido"));
        }),
    ];

    private static async Task<List<RecordedEvent<Guid>>> ToListAsync(IAsyncEnumerable<RecordedEvent<Guid>> recordings)
    {
        var list = new List<RecordedEvent<Guid>>();
        await foreach (var recording in recordings)
        {
            list.Add(recording);
        }

        return list;
    }

    private sealed class WaitingSink : EventSink<Guid>
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim GoOn { get; } = new();

        public override void Add(in EventRow<Guid> row)
        {
            Reached.SetResult();
            GoOn.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
