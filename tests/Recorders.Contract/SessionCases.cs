using EventSourcing;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>Sessions and transactions: the flow that they belong to, their participants, and what is refused after their end.</summary>
internal static class SessionCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Session: uses of several stores end in any order, each on its own", async (school, _) =>
        {
            await using var other = await School.OpenAsync("memory:");
            await using var third = await School.OpenAsync("memory:");
            School[] schools = [school, other, third];
            foreach (var order in new[] { new[] { 0, 1, 2 }, [1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0] })
            {
                var sessions = schools.Select(s => s.CreateSession()).ToList();
                var uses = sessions.Select(s => s.Use()).ToList();
                var ended = new HashSet<int>();
                foreach (var end in order)
                {
                    uses[end].Dispose();
                    uses[end].Dispose();
                    ended.Add(end);
                    for (var i = 0; i < schools.Length; i++)
                    {
                        var before = sessions[i].SaveCount;
                        await schools[i].SaveAsync(new Dog(Guid.NewGuid().ToString()));
                        Check.Equal(ended.Contains(i) ? before : before + 1, sessions[i].SaveCount);
                    }
                }

                foreach (var session in sessions)
                {
                    await session.DisposeAsync();
                }
            }
        }),
        WithSchool("Session: the innermost session in use applies, and then the one around it", async (school, _) =>
        {
            await using StoreSession<Guid> outer = school.CreateSession(), inner = school.CreateSession();
            using (outer.Use())
            {
                using (inner.Use())
                {
                    await school.RegisterAsync("Fido");
                }
                Check.Equal((0, 1), (outer.SaveCount, inner.SaveCount));
                Check.True(!await school.HasAsync("Fido"));
                await school.RegisterAsync("Rex");
            }

            await school.RegisterAsync("Buster");
            Check.Equal((1, 1), (outer.SaveCount, inner.SaveCount));
            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Session: a session that no store has created or used holds nothing, and says what to do", async (_, _) =>
        {
            await using var session = new StoreSession<Guid>();
            Check.True(session.AutoFlush);
            Check.Equal(0, await session.CommitAsync());
            await session.RollbackAsync();
            await session.RetractAsync(1);
            session.Committed();
            session.Discard(new Dog("Rex"));
            Check.True(!session.HasSaves);
            await Check.ThrowsAsync<TransactionException>(() => session.SaveAsync(new Dog("Fido")).AsTask());
            await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => session.Use()));
        }),
        WithSchool("Session: after its end everything is refused, and the events that it held are pending", async (school, _) =>
        {
            var dog = new Dog("Fido");
            var session = school.CreateSession();
            await session.SaveAsync(dog);
            Check.True(!session.IsDisposed);
            await session.DisposeAsync();
            await session.DisposeAsync();
            Check.True(session.IsDisposed);
            Check.True(!session.HasSaves);
            await Check.ThrowsAsync<TransactionException>(() => session.SaveAsync(dog).AsTask());
            await Check.ThrowsAsync<TransactionException>(() => session.CommitAsync().AsTask());
            await Check.ThrowsAsync<TransactionException>(() => session.GetTransactionAsync().AsTask());
            await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => session.Use()));
            Check.Equal(1, (await school.SaveAsync(dog)).Count);
        }),
        WithSchool("Session: its owner is asked before each use", async (school, _) =>
        {
            await using var session = school.CreateSession();
            session.Using = () => throw new FormatException();
            await Check.ThrowsAsync<FormatException>(() => session.SaveAsync(new Dog("Fido")).AsTask());
            session.Using = null;
            await session.SaveAsync(new Dog("Fido"));
            session.Discard(new Dog("Rex"));
            await Check.ThrowsAsync<ArgumentNullException>(() => Task.Run(() => session.Discard(null!)));
            await Check.ThrowsAsync<ArgumentNullException>(() => session.SaveAsync((IAggregate<Guid>)null!).AsTask());
            Check.Equal(1, await session.CommitAsync());
        }),
        WithSchool("Session: its transaction with a connection is committed and ended by the session", async (school, fixture) =>
        {
            if (fixture is InMemoryFixture)
            {
                return;
            }
            await using var session = school.CreateSession();
            await session.SaveAsync(new Dog("Fido"));
            await using (var transaction = await session.GetTransactionAsync())
            {
                Check.True((await session.GetTransactionAsync()).Connection == transaction.Connection);
                await session.SaveAsync(new Dog("Rex"));
                Check.Equal(0, (await transaction.CommitAsync()).Count);
            }

            Check.Equal(2, session.SaveCount);
            var handedOut = await session.GetTransactionAsync();
            await handedOut.DisposeAsync();
            await Check.ThrowsAsync<TransactionException>(async () => await session.FlushAsync((await session.GetTransactionAsync()).DbTransaction, default));
            Check.Sequence([1L, 2L], (await session.CommitWithEventsAsync()).Select(r => r.Position!.Value));
            await Check.ThrowsAsync<TransactionException>(() => handedOut.CommitAsync().AsTask());
            await session.SaveAsync(new Dog("Buster"));
            Check.Equal(1, await session.CommitAsync());
            Check.Equal(3, await school.CountAsync());
        }) with { NeedsConnection = true },
        WithSchool("Session: autoflush is set by the options, the session or the block", async (school, fixture) =>
        {
            foreach (var byOptions in new[] { true, false })
            {
                await using var opened = await School.OpenForAsync(fixture, new EventStoreOptions { AutoFlush = byOptions });
                await using var session = opened.CreateSession();
                Check.Equal(byOptions, session.AutoFlush);
                using (session.NoAutoFlush())
                {
                    Check.True(!session.AutoFlush);
                }
                Check.Equal(byOptions, session.AutoFlush);
                session.AutoFlush = !byOptions;
                await session.SaveAsync(new Dog($"Fido {byOptions}"));
                Check.Equal(!byOptions, session.AutoFlush);
                session.AutoFlush = byOptions;
                Check.Equal(byOptions, session.AutoFlush);
                await session.RollbackAsync();
                Check.Equal(byOptions, session.AutoFlush);
                await using var transaction = await opened.Recorder.BeginTransactionAsync(eventsOnly: true);
                Check.Equal(byOptions, transaction.AutoFlush);
                transaction.AutoFlush = true;
                using (transaction.NoAutoFlush())
                {
                    Check.True(!transaction.AutoFlush);
                }
                Check.True(transaction.AutoFlush);
            }
        }),
        WithSchool("Session: a participant in a transaction is written before each read and the commit", async (school, _) =>
        {
            foreach (var autoFlush in new[] { true, false })
            {
                var (part, other) = (new Part(), new Part());
                await using (var transaction = await school.Recorder.BeginTransactionAsync())
                {
                    transaction.AutoFlush = autoFlush;
                    transaction.Enlist(part);
                    Check.True(transaction.FindParticipant<Part>(p => p == part) == part);
                    Check.True(transaction.FindParticipant<Part>(p => p == other) is null);
                    transaction.Enlist(other);
                    Check.True(transaction.FindParticipant<Part>(p => p == other) == other);
                    Check.True(transaction.FindParticipant<Part>(_ => true) == part);
                    await school.RegisterAsync($"Fido {autoFlush}");
                    Check.Equal((0, 0), (part.Flushes, other.Flushes));
                    await school.GetTricksAsync($"Fido {autoFlush}");
                    Check.Equal(autoFlush ? (1, 1) : (0, 0), (part.Flushes, other.Flushes));
                    await school.NotificationLog.SelectAsync();
                    Check.Equal(autoFlush ? (2, 2) : (0, 0), (part.Flushes, other.Flushes));
                    await transaction.CommitAsync();
                    Check.Equal(autoFlush ? (3, 3) : (1, 1), (part.Flushes, other.Flushes));
                    Check.Equal((1, 1), (part.Commits, other.Commits));
                    Check.Equal((0, 0), (part.Disposals, other.Disposals));
                    await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => transaction.Enlist(new Part())));
                }

                Check.Equal((1, 1), (part.Disposals, other.Disposals));
            }
        }),
        WithSchool("Session: a transaction with a participant that fails can't be committed", async (school, _) =>
        {
            var dog = new Dog("Fido");
            Part part = new() { Failure = new FormatException() }, other = new();
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                transaction.Enlist(part);
                transaction.Enlist(other);
                await school.SaveAsync(dog);
                await Check.ThrowsAsync<FormatException>(() => transaction.CommitAsync().AsTask());
            }

            Check.Equal((0, 1, 1), (part.Commits, part.Disposals, other.Disposals));
            Check.Equal(0, await school.CountAsync());
            Check.Equal(1, (await school.SaveAsync(dog)).Count);
        }),
        WithSchool("Session: a transaction is run again only if all participants can forget their changes", async (school, _) =>
        {
            foreach (var canRepeat in new[] { true, false })
            {
                var name = $"Fido {canRepeat}";
                await school.RegisterAsync(name);
                var (parts, attempts) = (new List<Part>(), 0);
                async Task RunAsync() => await school.Recorder.InTransactionAsync(async transaction =>
                {
                    attempts++;
                    foreach (var can in new[] { true, canRepeat })
                    {
                        parts.Add(new Part { CanRepeat = can });
                        transaction.Enlist(parts[^1]);
                    }

                    var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name));
                    dog.AddTrick("mine");
                    await school.SaveAsync(dog);
                    if (attempts == 1)
                    {
                        await OutsideAsync(() => school.AddTrickAsync(name, "theirs"));
                    }
                }, eventsOnly: true, maxAttempts: 3);
                if (canRepeat)
                {
                    await RunAsync();
                }
                else
                {
                    await Check.ThrowsAsync<ConcurrencyException>(RunAsync);
                }
                Check.Equal(canRepeat ? 2 : 1, attempts);
                Check.Sequence(canRepeat ? [1, 1, 0, 0] : [0, 0], parts.Select(p => p.Forgets));
            }
        }),
        WithSchool("Session: a transaction of events only says after its end that it has ended", async (school, _) =>
        {
            var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true);
            await Check.ThrowsAsync<TransactionException>(() => Task.FromResult(transaction.DbTransaction));
            await school.RegisterAsync("Fido");
            Check.Equal(null, await school.Recorder.GetMaxPositionAsync());
            await Check.ThrowsAsync<ArgumentNullException>(() => Task.Run(() => transaction.Discard(null!)));
            await transaction.CommitAsync();
            foreach (var isDisposed in new[] { false, true })
            {
                await Check.ThrowsAsync<TransactionException>(() => transaction.CommitAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => transaction.FlushAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => Task.Run(() => transaction.Discard(new Dog("Fido"))));
                await Check.ThrowsAsync<TransactionException>(() => school.SaveAsync(new Dog("Rex"), transaction).AsTask());
                if (!isDisposed)
                {
                    await Check.ThrowsAsync<TransactionException>(() => school.HasAsync("Fido"));
                    await Check.ThrowsAsync<TransactionException>(() => school.NotificationLog.SelectAsync().AsTask());
                    await Check.ThrowsAsync<TransactionException>(() => school.Recorder.GetMaxPositionAsync().AsTask());
                }

                await transaction.DisposeAsync();
            }

            Check.Equal(1, await school.CountAsync());
            Check.Equal(1L, await school.Recorder.GetMaxPositionAsync());
        }),
        WithSchool("Session: nothing needs the synchronization context of its caller, which may be blocked", async (school, fixture) => await Task.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            try
            {
                var dog = new Dog("Fido");
                Wait(school.SaveAsync(dog).AsTask());
                var transaction = Result(school.Recorder.BeginTransactionAsync().AsTask());
                Wait(school.SaveAsync(new Dog("Rex"), transaction).AsTask());
                if (fixture is not InMemoryFixture)
                {
                    Wait(transaction.FlushAsync().AsTask());
                }
                Check.Equal(2, Result(school.NotificationLog.SelectAsync().AsTask()).Count);
                dog.AddTrick("sit");
                Wait(school.SaveAsync(dog, transaction).AsTask());
                Wait(transaction.CommitAsync().AsTask());
                Wait(transaction.DisposeAsync().AsTask());
                var session = school.CreateSession();
                Wait(session.SaveAsync(new Dog("Buster")).AsTask());
                Wait(session.CommitAsync().AsTask());
                Wait(session.DisposeAsync().AsTask());
                Check.Equal(2L, Result(school.Repository.GetAsync<Dog>(dog.Id).AsTask()).Version);
                Check.Equal(4L, Result(school.Recorder.GetMaxPositionAsync().AsTask()));
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(null);
            }
        })),
    ];

    private static void Wait(Task task) => Check.True(task.Wait(TimeSpan.FromSeconds(30)));

    private static T Result<T>(Task<T> task)
    {
        Wait(task);
        return task.Result;
    }

    /// <summary>The context of a blocked thread: posted work never runs.</summary>
    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
