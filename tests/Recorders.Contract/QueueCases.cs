using EventSourcing;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>Saves that aren't awaited can't fill the memory.</summary>
internal static class QueueCases
{
    private const int Saves = 200;

    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Queue: saves beyond the limit fail before any part of them is written", async (school, fixture) =>
        {
            var (saved, refused) = await SaveBesideOneAsync(school, fixture);
            Check.Equal(Saves, saved + refused);
            Check.True(saved >= 8);
            // In memory no save waits for another.
            Check.Equal(!IsInMemory(fixture), refused > 0);
            Check.Equal(saved + 1L, await school.CountAsync());
            await school.RegisterAsync("Afterwards");
            Check.Equal(saved + 2L, await school.CountAsync());
        }, new EventStoreOptions { MaxQueuedBytes = 10_000, LockTimeout = TimeSpan.FromSeconds(30) }),
        WithSchool("Queue: saves beyond the limit wait if the options say so", async (school, fixture) =>
        {
            Check.Equal((Saves, 0), await SaveBesideOneAsync(school, fixture));
            Check.Equal(Saves + 1L, await school.CountAsync());
        }, new EventStoreOptions { MaxQueuedBytes = 10_000, WaitWhenQueueIsFull = true, LockTimeout = TimeSpan.FromSeconds(30) }),
        WithSchool("Queue: a save that waits for room can be cancelled", async (school, fixture) =>
        {
            using var giveUp = new CancellationTokenSource();
            var (saved, given) = await SaveBesideOneAsync(school, fixture, giveUp, TimeSpan.FromMilliseconds(100));
            Check.Equal(Saves, saved + given);
            Check.Equal(saved + 1L, await school.CountAsync());
            await school.RegisterAsync("Afterwards");
        }, new EventStoreOptions { MaxQueuedBytes = 10_000, WaitWhenQueueIsFull = true, LockTimeout = TimeSpan.FromSeconds(30) }),
        WithSchool("Queue: a save that is alone may be larger than the limit", async (school, _) =>
        {
            await school.RegisterAsync(new string('a', 50_000));
            Check.Equal(1, await school.CountAsync());
        }, new EventStoreOptions { MaxQueuedBytes = 10_000 }),
    ];

    /// <summary>Saves many dogs while a transaction makes them wait.</summary>
    /// <returns>How many were saved, and how many weren't.</returns>
    private static async Task<(int Saved, int Refused)> SaveBesideOneAsync(School school, RecorderFixture fixture, CancellationTokenSource? giveUp = null, TimeSpan after = default)
    {
        Task<bool>[] saves = [];
        await using (var transaction = await school.Recorder.BeginTransactionAsync())
        {
            await school.RegisterAsync("Holder");
            if (!IsInMemory(fixture))
            {
                await transaction.FlushAsync();
            }

            await OutsideAsync(() =>
            {
                saves = [.. Enumerable.Range(0, Saves).Select(i => Task.Run(() => SaveAsync(school, $"Dog {i}", giveUp?.Token ?? default)))];
                return Task.CompletedTask;
            });
            giveUp?.CancelAfter(after);
            await Task.Delay(300);
            await transaction.CommitAsync();
        }

        var results = await Task.WhenAll(saves);
        return (results.Count(r => r), results.Count(r => !r));
    }

    private static bool IsInMemory(RecorderFixture fixture) => fixture.Url.StartsWith("memory:", StringComparison.Ordinal);

    private static async Task<bool> SaveAsync(School school, string name, CancellationToken cancellationToken)
    {
        try
        {
            await school.SaveAsync(new Dog(name), cancellationToken: cancellationToken);
            return true;
        }
        catch (TransientStoreException exception) when (exception.Message.Contains("MaxQueuedBytes", StringComparison.Ordinal))
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
