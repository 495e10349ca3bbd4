using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of tracked positions, on every engine.</summary>
internal static class TrackingCases
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithSchool("Tracking: the greatest position of each name (Python's tests 38 and 44)", async (school, _) =>
        {
            var tracking = school.Tracking;
            Check.Equal(null, await tracking.GetPositionAsync("upstream1"));
            await tracking.TrackAsync(new("upstream1", 21));
            Check.Equal(21L, await tracking.GetPositionAsync("upstream1"));
            Check.Equal(null, await tracking.GetPositionAsync("upstream2"));
            await tracking.TrackAsync(new("upstream1", 22));
            await tracking.TrackAsync(new("upstream2", 1));
            await tracking.TrackAsync(new("upstream1", 25));
            Check.Equal((25L, 1L), ((await tracking.GetPositionAsync("upstream1"))!.Value, (await tracking.GetPositionAsync("upstream2"))!.Value));
        }),
        WithSchool("Tracking: an equal or lower position is refused, and a hole can't be filled (Python's tests 38 and 42)", async (school, _) =>
        {
            var tracking = school.Tracking;
            await tracking.TrackAsync(new("upstream", 21));
            await tracking.TrackAsync(new("upstream", 24));
            foreach (var position in (long[])[24, 23, 22, 21, 1])
            {
                var refusal = await Check.ThrowsAsync<AlreadyTrackedException>(() => tracking.TrackAsync(new("upstream", position)).AsTask());
                Check.Equal(("upstream", position, 24L), (refusal.Name, refusal.Position, refusal.TrackedPosition!.Value));
            }

            Check.Equal(24L, await tracking.GetPositionAsync("upstream"));
        }),
        WithSchool("Tracking: whether a position is tracked (Python's tests 38 and 41)", async (school, _) =>
        {
            var tracking = school.Tracking;
            Check.True(await tracking.HasPositionAsync("upstream", null));
            Check.True(!await tracking.HasPositionAsync("upstream", 1));
            await tracking.TrackAsync(new("upstream", 1));
            await tracking.TrackAsync(new("upstream", 3));
            Check.True(await tracking.HasPositionAsync("upstream", null));
            Check.True(await tracking.HasPositionAsync("upstream", 1));
            Check.True(await tracking.HasPositionAsync("upstream", 2));
            Check.True(await tracking.HasPositionAsync("upstream", 3));
            Check.True(!await tracking.HasPositionAsync("upstream", 4));
            Check.True(!await tracking.HasPositionAsync("other", 1));
        }),
        WithSchool("Tracking: names are kept as they are", async (school, _) =>
        {
            string[] names = ["A", "a", "Ä", "名前", "it's \"quoted\"; --", " ", new('n', 255), "🐕"];
            for (var i = 0; i < names.Length; i++)
            {
                await school.Tracking.TrackAsync(new(names[i], i + 1));
            }

            for (var i = 0; i < names.Length; i++)
            {
                Check.Equal(i + 1L, await school.Tracking.GetPositionAsync(names[i]));
            }

            foreach (var name in (string[])["", new('n', 256), "a\0b", "\ud800"])
            {
                await Check.ThrowsAsync<ArgumentException>(() => school.Tracking.GetPositionAsync(name).AsTask());
                await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(new Tracking(name, 1)));
            }

            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => Task.FromResult(new Tracking("a", 0)));
            await Check.ThrowsAsync<ArgumentException>(() => school.Tracking.TrackAsync(default).AsTask());
            await school.Tracking.TrackAsync(new("most", long.MaxValue));
            Check.Equal(long.MaxValue, await school.Tracking.GetPositionAsync("most"));
        }),
        WithSchool("Tracking: events and position are stored together, or neither is (Python's test 40)", async (school, _) =>
        {
            async Task ProcessAsync(Dog dog, Tracking tracking) => await school.Recorder.InTransactionAsync(async _ =>
            {
                await school.SaveAsync(dog);
                await school.Tracking.TrackAsync(tracking);
                Check.Equal(tracking.Position, await school.Tracking.GetPositionAsync(tracking.Name));
            });

            await ProcessAsync(new Dog("Fido"), new("upstream", 1));
            Check.Equal(1, await school.CountAsync());

            // The same position with another event.
            await Check.ThrowsAsync<AlreadyTrackedException>(() => ProcessAsync(new Dog("Rex"), new("upstream", 1)));
            Check.Equal(1, await school.CountAsync());

            // The same event with another position.
            await Check.ThrowsAsync<ConcurrencyException>(() => ProcessAsync(new Dog("Fido"), new("upstream", 2)));
            Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
            Check.Equal(1, await school.CountAsync());
            await ProcessAsync(new Dog("Rex"), new("upstream", 2));

            // Without a position.
            await school.RegisterAsync("Buster");
            Check.Equal((3L, 2L), (await school.CountAsync(), (await school.Tracking.GetPositionAsync("upstream"))!.Value));
        }),
        WithConnection("Tracking: a request of positions alone takes part in the transaction", async (school, _) =>
        {
            var recorder = school.Recorder;
            await recorder.InTransactionAsync(async _ => await recorder.AppendAsync(new([], AppendCondition.VersionsNext, [new("upstream", 3), new("other", 1)])));
            Check.Equal((3L, 1L), ((await recorder.Tracking.GetPositionAsync("upstream", default))!.Value, (await recorder.Tracking.GetPositionAsync("other", default))!.Value));
            await Check.ThrowsAsync<AlreadyTrackedException>(() => recorder.InTransactionAsync(async _ =>
                await recorder.AppendAsync(new([], AppendCondition.VersionsNext, [new("upstream", 3)]))).AsTask());
        }),
        WithSchool("Tracking: after a refused position the transaction can only be rolled back", async (school, _) =>
        {
            await school.Tracking.TrackAsync(new("upstream", 5));
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.RegisterAsync("Fido");
                await Check.ThrowsAsync<AlreadyTrackedException>(() => school.Tracking.TrackAsync(new("upstream", 5)).AsTask());
                var refusal = await Check.ThrowsAsync<TransactionException>(() => transaction.CommitAsync().AsTask());
                Check.True(refusal.InnerException is AlreadyTrackedException);
            }

            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.Tracking.TrackAsync(new("upstream", 6));
                await school.Tracking.TrackAsync(new("upstream", 8));
                Check.Equal(8L, await school.Tracking.GetPositionAsync("upstream"));
                await Check.ThrowsAsync<AlreadyTrackedException>(() => school.Tracking.TrackAsync(new("upstream", 8)).AsTask());
            }

            Check.Equal((5L, 0), ((await school.Tracking.GetPositionAsync("upstream"))!.Value, await school.CountAsync()));
        }),
        WithSchool("Tracking: several positions in one transaction", async (school, _) =>
        {
            await using (var transaction = await school.Recorder.BeginTransactionAsync())
            {
                await school.Tracking.TrackAsync(new("upstream", 6));
                await school.RegisterAsync("Fido");
                                await school.Tracking.TrackAsync(new("upstream", 8));
                await school.Tracking.TrackAsync(new("other", 1));
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            Check.Equal((8L, 1L), ((await school.Tracking.GetPositionAsync("upstream"))!.Value, (await school.Tracking.GetPositionAsync("other"))!.Value));
            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Tracking: a conflict leaves the transaction usable, and the position with it", async (school, _) =>
        {
            await school.RegisterAsync("Fido");
            await using var transaction = await school.Recorder.BeginTransactionAsync();
            var dog = new Dog("Fido");
            await school.SaveAsync(dog);
            await school.Tracking.TrackAsync(new("upstream", 1));
            await Check.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync().AsTask());
            transaction.Discard(dog);
            Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
            await transaction.CommitAsync();
            await transaction.DisposeAsync();
            Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
            await Check.ThrowsAsync<AlreadyTrackedException>(() => school.Tracking.TrackAsync(new("upstream", 1)).AsTask());
        }),
        WithSchool("Tracking: a rollback forgets the position", async (school, _) =>
        {
            await using (await school.Recorder.BeginTransactionAsync())
            {
                await school.Tracking.TrackAsync(new("upstream", 1));
            }

            Check.Equal(null, await school.Tracking.GetPositionAsync("upstream"));
            await school.Tracking.TrackAsync(new("upstream", 1));
            await using (await school.Recorder.BeginTransactionAsync())
            {
                await school.Tracking.TrackAsync(new("upstream", 2));
            }

            Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
        }),
        WithSchool("Tracking: a session tracks, commits and rolls back", async (school, _) =>
        {
            await using var session = school.CreateSession();
            using (session.Use())
            {
                await school.RegisterAsync("Fido");
                await school.Tracking.TrackAsync(new("upstream", 1));
                Check.Equal(1, await session.CommitAsync());
                await school.Tracking.TrackAsync(new("upstream", 2));
                await session.RollbackAsync();
                await school.Tracking.TrackAsync(new("upstream", 3));
                await session.CommitAsync();
                Check.Equal(3L, await school.Tracking.GetPositionAsync("upstream"));
            }

            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Tracking: a transaction of events only tracks, and one that only reads doesn't", async (school, _) =>
        {
            await school.Tracking.TrackAsync(new("upstream", 1));
            await using (await school.Recorder.BeginTransactionAsync(readOnly: true))
            {
                await Check.ThrowsAsync<TransactionException>(() => school.Tracking.TrackAsync(new("upstream", 2)).AsTask());
                Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
            }

            await using (var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true))
            {
                await school.RegisterAsync("Fido");
                await school.Tracking.TrackAsync(new("upstream", 2));
                Check.Equal(2L, await school.Tracking.GetPositionAsync("upstream"));
                await Check.ThrowsAsync<TransactionException>(() => school.Tracking.MigrateAsync().AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.Tracking.EnsureSchemaAsync().AsTask());
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            Check.Equal((2L, 1), ((await school.Tracking.GetPositionAsync("upstream"))!.Value, await school.CountAsync()));
        }),
        WithSchool("Tracking: of two sessions that hold a position, the second is refused at its commit", async (school, _) =>
        {
            await using var first = school.CreateSession();
            await using var second = school.CreateSession();
            foreach (var session in (StoreSession<Guid>[])[first, second])
            {
                using (session.Use())
                {
                    await school.SaveAsync(new Dog(session == first ? "Fido" : "Rex"));
                    await school.Tracking.TrackAsync(new("upstream", 1));
                }
            }

            Check.Equal(1, await first.CommitAsync());
            var refusal = await Check.ThrowsAsync<AlreadyTrackedException>(() => second.CommitAsync().AsTask());
            Check.Equal(("upstream", 1L, 1L), (refusal.Name, refusal.Position, refusal.TrackedPosition!.Value));
            await Check.ThrowsAsync<TransactionException>(() => second.CommitAsync().AsTask());
            await second.RollbackAsync();
            Check.Equal(1, await school.CountAsync());
        }),
        WithSchool("Tracking: many runners process each position once", async (school, fixture) =>
        {
            const int Positions = 40;
            var runners = fixture.KeepsEvents ? 2 : 1;
            var schools = new List<School> { school };
            for (var i = 1; i < runners; i++)
            {
                schools.Add(await School.OpenForAsync(fixture));
            }

            var refusals = 0;
            await Task.WhenAll(Enumerable.Range(0, 6).Select(runner => OutsideAsync(async () =>
            {
                var mine = schools[runner % schools.Count];
                for (var position = 1; position <= Positions; position++)
                {
                    try
                    {
                        await mine.Recorder.InTransactionAsync(async _ =>
                        {
                            await mine.RegisterAsync($"Dog of position {position}, {runner}");
                            await mine.Tracking.TrackAsync(new("upstream", position));
                        });
                    }
                    catch (AlreadyTrackedException)
                    {
                        Interlocked.Increment(ref refusals);
                    }
                }
            })));
            var names = (await school.NotificationLog.SelectAsync(limit: 1000)).Select(r => ((Dog.Registered)r.Event).Name.Split(',')[0]).ToList();
            Check.Equal(names.Count, names.Distinct().Count());
            Check.Equal(names.Count, 6 * Positions - refusals);
            Check.Equal((long)Positions, await school.Tracking.GetPositionAsync("upstream"));
            foreach (var other in schools.Skip(1))
            {
                await other.DisposeAsync();
            }
        }),
        WithSchool("Tracking: a wait ends with the position (Python's test 39)", async (school, fixture) =>
        {
            await school.Tracking.TrackAsync(new("upstream", 5));
            await school.Tracking.WaitForAsync("upstream", 5, TimeSpan.Zero);
            await school.Tracking.WaitForAsync("upstream", 1, Timeout.InfiniteTimeSpan);

            var waiting = school.Tracking.WaitForAsync("upstream", 7, Long).AsTask();
            await school.Tracking.TrackAsync(new("upstream", 6));
            await Task.Delay(20);
            Check.True(!waiting.IsCompleted);
            await school.Tracking.TrackAsync(new("upstream", 8));
            await waiting;

            if (fixture.KeepsEvents)
            {
                await using var other = await School.OpenForAsync(fixture);
                waiting = school.Tracking.WaitForAsync("upstream", 9, Long).AsTask();
                await other.Tracking.TrackAsync(new("upstream", 9));
                await waiting;
            }
        }),
        WithSchool("Tracking: another store of the database ends a wait by a signal", async (school, fixture) =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var session = school.CreateSession();
            await using var waiter = await School.OpenForAsync(fixture, new() { TimeProvider = new WithoutPolling() });
            Func<Tracking, Task>[] writes =
            [
                async tracking => await school.Tracking.TrackAsync(tracking),
                async tracking => await school.Recorder.InTransactionAsync(async _ => await school.Tracking.TrackAsync(tracking)),
                async tracking => await school.Recorder.InTransactionAsync(async _ =>
                {
                    await school.RegisterAsync($"Dog {tracking.Position}");
                    await school.Tracking.TrackAsync(tracking);
                }),
                async tracking =>
                {
                    using (session.Use())
                    {
                        await school.Tracking.TrackAsync(tracking);
                        await session.CommitAsync();
                    }
                },
                async tracking =>
                {
                    if (fixture.Connect() is not { } connection)
                    {
                        await school.Tracking.TrackAsync(tracking);
                        return;
                    }

                    // Its end isn't reported.
                    await using (connection)
                    {
                        await using var transaction = await connection.BeginTransactionAsync();
                        using (school.Recorder.Use(transaction))
                        {
                            await school.Tracking.TrackAsync(tracking);
                        }

                        await transaction.CommitAsync();
                    }
                },
            ];
            for (var position = 1; position <= writes.Length * 2; position++)
            {
                var waiting = waiter.Tracking.WaitForAsync("upstream", position, Long).AsTask();

                // It has read once, and waits.
                await Task.Delay(30);
                Check.True(!waiting.IsCompleted);
                await OutsideAsync(() => writes[position % writes.Length](new("upstream", position)));
                await waiting.WaitAsync(TimeSpan.FromSeconds(20));
            }
        }),
        new("Tracking: closing the store ends a wait", async fixture =>
        {
            await using var school = await School.OpenForAsync(fixture, new() { TimeProvider = new WithoutPolling() });
            var waiting = school.Tracking.WaitForAsync("upstream", 1, Long).AsTask();
            await Task.Delay(30);
            var closing = Stopwatch.StartNew();
            await school.DisposeAsync();
            await Check.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20)));
            Check.True(closing.Elapsed < TimeSpan.FromSeconds(4));
        }),
        WithSchool("Tracking: a wait that ends without the position says how far it came (Python's test 39)", async (school, _) =>
        {
            var timeout = await Check.ThrowsAsync<TrackingTimeoutException>(() => school.Tracking.WaitForAsync("upstream", 3, TimeSpan.Zero).AsTask());
            Check.Equal(("upstream", 3L, null), (timeout.Name, timeout.Position, timeout.TrackedPosition));
            Check.Equal("'upstream' has not reached position 3 within 0 s: it has not begun.", timeout.Message);
            await school.Tracking.TrackAsync(new("upstream", 1));
            timeout = await Check.ThrowsAsync<TrackingTimeoutException>(() => school.Tracking.WaitForAsync("upstream", 3, TimeSpan.FromMilliseconds(50)).AsTask());
            Check.Equal("'upstream' has not reached position 3 within 0.05 s: it is at 1, which is 2 behind.", timeout.Message);

            using var cancellation = new CancellationTokenSource();
            var waiting = school.Tracking.WaitForAsync("upstream", 3, Long, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => waiting);
            foreach (var wrong in (TimeSpan[])[TimeSpan.FromMilliseconds(-2), TimeSpan.FromDays(25)])
            {
                await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => school.Tracking.WaitForAsync("upstream", 3, wrong).AsTask());
            }
        }),
        WithSchool("Tracking: positions are kept", async (school, fixture) =>
        {
            await school.Tracking.TrackAsync(new("upstream", 7));
            if (fixture.KeepsEvents)
            {
                await using var other = await School.OpenForAsync(fixture);
                Check.Equal(7L, await other.Tracking.GetPositionAsync("upstream"));
                await Check.ThrowsAsync<AlreadyTrackedException>(() => other.Tracking.TrackAsync(new("upstream", 7)).AsTask());
            }
        }),
        WithSchool("Tracking: the table can be created before, and is compared", async (school, _) =>
        {
            Check.Sequence([], await school.Recorder.VerifySchemaAsync());
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await school.Tracking.EnsureSchemaAsync())));
            Check.Equal(null, await school.Tracking.GetPositionAsync("upstream"));
            Check.True(!await school.Tracking.MigrateAsync());
            Check.Sequence([], await school.Recorder.VerifySchemaAsync());
        }),
        WithConnection("Tracking: in an external transaction it is committed or rolled back with it", async (school, connection) =>
        {
            await using (var transaction = await connection.BeginTransactionAsync())
            using (school.Recorder.Use(transaction))
            {
                await school.Tracking.TrackAsync(new("upstream", 1));
                Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
                await transaction.RollbackAsync();
            }

            Check.Equal(null, await school.Tracking.GetPositionAsync("upstream"));
            await using (var transaction = await connection.BeginTransactionAsync())
            using (school.Recorder.Use(transaction))
            {
                await school.Tracking.TrackAsync(new("upstream", 1));
                await Check.ThrowsAsync<AlreadyTrackedException>(() => school.Tracking.TrackAsync(new("upstream", 1)).AsTask());
                await transaction.CommitAsync();
            }

            Check.Equal(1L, await school.Tracking.GetPositionAsync("upstream"));
        }),
        WithConnection("Tracking: a rollback to a savepoint doesn't undo a position", async (school, _) =>
        {
            foreach (var (back, position) in ((string, long)[])[("ROLLBACK TO SAVEPOINT before", 1), ("SELECT 1; ROLLBACK TO SAVEPOINT before", 2)])
            {
                await using var transaction = await school.Recorder.BeginTransactionAsync();
                async Task RunAsync(string sql)
                {
                    await using var command = transaction.Connection.CreateCommand();
                    (command.CommandText, command.Transaction) = (sql, transaction.DbTransaction);
                    await command.ExecuteNonQueryAsync();
                }

                await RunAsync("SAVEPOINT before");
                await school.Tracking.TrackAsync(new("upstream", position));
                await RunAsync(back);
                await transaction.CommitAsync();
            }

            Check.Equal(2L, await school.Tracking.GetPositionAsync("upstream"));
        }),
    ];
}
