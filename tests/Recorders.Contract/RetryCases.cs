using System.Diagnostics;
using EventSourcing;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>Callers that retry their work after a conflict, on every engine.</summary>
internal static class RetryCases
{
    private static readonly Guid Fido = Dog.CreateId("Fido");

    public static IEnumerable<ContractCase> All =>
    [
        WithFido("Retry: 200 parallel commands on one aggregate all succeed", async school =>
        {
            await InParallelAsync(200, i => school.RetryOnConflictAsync<Dog>(Fido, dog => dog.AddTrick($"trick {i}")).AsTask());
            Check.Sequence(Enumerable.Range(0, 200).Select(i => $"trick {i}").Order(), (await school.GetTricksAsync("Fido")).Order());
        }),
        WithFido("Retry: 200 parallel operations of the caller's own all succeed", async school =>
        {
            await InParallelAsync(200, i => school.RetryOnConflictAsync<int>(async token =>
            {
                await school.AddTrickAsync("Fido", $"trick {i}");
                return i;
            }).AsTask());
            Check.Equal(200, (await school.GetTricksAsync("Fido")).Count);
        }),
        WithFido("Retry: 200 parallel transactions all succeed, each exactly once", async school =>
        {
            await InParallelAsync(200, i => school.Recorder.InTransactionAsync(async _ =>
            {
                await school.AddTrickAsync("Fido", $"trick {i}");
                await school.RegisterAsync($"Dog {i}");
            }, eventsOnly: true, maxAttempts: 5).AsTask());
            Check.Sequence(Enumerable.Range(0, 200).Select(i => $"trick {i}").Order(), (await school.GetTricksAsync("Fido")).Order());
            Check.Equal(201, await school.CountAsync());
        }),
        WithFido("Retry: a transaction is run again from its beginning, up to the limit", async school =>
        {
            var runs = 0;
            var seen = await school.Recorder.InTransactionAsync(async _ =>
            {
                var dog = await school.Repository.GetAsync<Dog>(Fido);
                if (runs++ < 2)
                {
                    await OutsideAsync(() => school.AddTrickAsync("Fido", $"other {runs}"));
                }
                dog.AddTrick("mine");
                await school.SaveAsync(dog);
                return dog.Version;
            }, eventsOnly: true, maxAttempts: 3);
            Check.Equal((3, 4L), (runs, seen));
            Check.Sequence(["other 1", "other 2", "mine"], await school.GetTricksAsync("Fido"));

            runs = 0;
            await Check.ThrowsAsync<ConcurrencyException>(() => school.Recorder.InTransactionAsync(async _ =>
            {
                var dog = await school.Repository.GetAsync<Dog>(Fido);
                await OutsideAsync(() => school.AddTrickAsync("Fido", $"again {++runs}"));
                dog.AddTrick("never");
                await school.SaveAsync(dog);
            }, eventsOnly: true, maxAttempts: 2).AsTask());
            Check.Equal(2, runs);
            Check.Sequence(["other 1", "other 2", "mine", "again 1", "again 2"], await school.GetTricksAsync("Fido"));

            // Other failures aren't conflicts.
            runs = 0;
            await Check.ThrowsAsync<FormatException>(() => school.Recorder.InTransactionAsync(_ => runs++ < 9 ? throw new FormatException() : Task.CompletedTask, maxAttempts: 5).AsTask());
            Check.Equal(1, runs);
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => school.Recorder.InTransactionAsync(_ => Task.CompletedTask, maxAttempts: 0).AsTask());
        }),
        WithFido("Retry: an inner transaction leaves the retry to the outer one", async school =>
        {
            var (outer, inner) = (0, 0);
            await school.Recorder.InTransactionAsync(async _ =>
            {
                outer++;
                await school.Recorder.InTransactionAsync(async _ =>
                {
                    var dog = await school.Repository.GetAsync<Dog>(Fido);
                    if (inner++ == 0)
                    {
                        await OutsideAsync(() => school.AddTrickAsync("Fido", "other"));
                    }
                    dog.AddTrick("mine");
                    await school.SaveAsync(dog);
                }, maxAttempts: 5, eventsOnly: true);
            }, eventsOnly: true, maxAttempts: 2);
            Check.Equal((2, 2), (outer, inner));
            Check.Sequence(["other", "mine"], await school.GetTricksAsync("Fido"));
        }),
        WithFido("Retry: inside a transaction or session, where it would have no effect, it is refused", async school =>
        {
            await using (await school.Recorder.BeginTransactionAsync(eventsOnly: true))
            {
                await Check.ThrowsAsync<TransactionException>(() => school.RetryOnConflictAsync<Dog>(Fido, dog => dog.AddTrick("sit")).AsTask());
                await Check.ThrowsAsync<TransactionException>(() => school.RetryOnConflictAsync(_ => new ValueTask<int>(1)).AsTask());
            }

            await using var session = school.CreateSession();
            using (session.Use())
            {
                await Check.ThrowsAsync<TransactionException>(() => school.RetryOnConflictAsync<Dog>(Fido, dog => dog.AddTrick("sit")).AsTask());
            }
            Check.Equal(0, (await school.GetTricksAsync("Fido")).Count);
        }),
        WithFido("Retry: a command may call another one on its aggregate", async school =>
        {
            var began = Stopwatch.GetTimestamp();
            await school.RetryOnConflictAsync<Dog>(Fido, async dog =>
            {
                dog.AddTrick("outer");
                if (dog.Version == 2)
                {
                    await school.RetryOnConflictAsync<Dog>(Fido, inner => inner.AddTrick("inner"));
                }
            });
            Check.Sequence(["inner", "outer"], await school.GetTricksAsync("Fido"));
            Check.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(4));
        }),
        WithFido("Retry: callers wait for their turn, in order, but not forever", async school =>
        {
            var (entered, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
            var slow = school.RetryOnConflictAsync<Dog>(Fido, async dog =>
            {
                entered.TrySetResult();
                await goOn.Task;
                dog.AddTrick("slow");
            }).AsTask();
            await entered.Task;
            using var cancellation = new CancellationTokenSource();
            var ran = false;
            var cancelled = school.RetryOnConflictAsync<Dog>(Fido, _ => { ran = true; }, cancellationToken: cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => cancelled);
            Check.True(!ran);

            // It goes on without its turn, and the slow one retries.
            await school.RetryOnConflictAsync<Dog>(Fido, dog => dog.AddTrick("patient"));
            Check.Sequence(["patient"], await school.GetTricksAsync("Fido"));
            goOn.SetResult();
            await slow;
            Check.Sequence(["patient", "slow"], await school.GetTricksAsync("Fido"));
        }, TimeSpan.FromMilliseconds(500)),
    ];

    private static ContractCase WithFido(string name, Func<School, Task> run, TimeSpan? busyTimeout = null) => WithSchool(name, async (school, _) =>
    {
        await school.RegisterAsync("Fido");
        await run(school);
    }, busyTimeout is { } timeout ? new EventStoreOptions { LockTimeout = timeout } : null);

    private static Task InParallelAsync(int count, Func<int, Task> run) => Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => run(i))));
}
