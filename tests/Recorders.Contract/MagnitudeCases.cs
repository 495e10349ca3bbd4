using System.Diagnostics;
using EventSourcing;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The time must grow in proportion to the work. The limits are generous: with a quadratic cost each case takes minutes.</summary>
internal static class MagnitudeCases
{
    private static readonly EventStoreOptions Large = new() { MaxSaveSize = int.MaxValue };

    public static IEnumerable<ContractCase> All =>
    [
        WithSchool("Magnitude: 40,000 aggregates in one save", async (school, _) =>
        {
            var dogs = Enumerable.Range(0, 40_000).Select(i => new Dog($"Dog {i}")).ToList();
            var began = Stopwatch.GetTimestamp();
            Check.Equal(dogs.Count, (await school.SaveAsync([.. dogs, dogs[0], dogs[^1]])).Count);
            Check.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60));
        }, Large),
        WithSchool("Magnitude: many loads and saves in one transaction", async (school, fixture) =>
        {
            // Each load is a round trip to a server.
            var count = fixture.Url.StartsWith("postgresql", StringComparison.Ordinal) ? 2_000 : 20_000;
            var began = Stopwatch.GetTimestamp();
            await using (var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true))
            {
                for (var i = 0; i < count; i++)
                {
                    var dog = new Dog($"Dog {i}");
                    await school.SaveAsync(dog);
                    if (i % 10 == 0)
                    {
                        await school.AddTrickAsync($"Dog {i}", "sit");
                    }
                    else
                    {
                        Check.True(await school.HasAsync($"Dog {i}"));
                    }
                }

                Check.Equal(count + count / 10, (await transaction.CommitAsync()).Count);
            }

            Check.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60));
            Check.Sequence(["sit"], await school.GetTricksAsync($"Dog {count - 10}"));
        }, Large),
    ];
}
