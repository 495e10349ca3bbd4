using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Many units of work side by side, half of which fail half-way: entities and events agree exactly.</summary>
public sealed class ParallelTests(ITestOutputHelper output) : SessionTestBase
{
    private static readonly (int Workers, int Units) Counts = (TestRounds.Of(16, 64), TestRounds.Of(10, 50));

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public Task On_transactions_of_the_recorder(string engine) => RunAsync(engine, async (name, succeeds) =>
    {
        await using var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token);
        await using var context = Engine.CreateContext();
        await transaction.UseDbContextAsync(context, Token);
        context.Add(new Owner { Name = name });
        await School.RegisterAsync(name);
        await School.AddTrickAsync(name, "sit");
        if (!succeeds)
        {
            throw new FaultException();
        }

        await transaction.CommitAsync(Token);
    });

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public Task With_SaveChanges(string engine) => RunAsync(engine, async (name, succeeds) =>
    {
        await using var context = CreateContext();
        var dog = new Dog(name);
        dog.AddTrick("sit");
        await context.GetEventSession(School).SaveAsync(dog, Token);
        context.Add(new Owner { Name = name });
        // The database refuses the second owner of a name, after the first one was written.
        if (!succeeds)
        {
            context.Add(new Owner { Name = name });
        }

        await context.SaveChangesAsync(Token);
    });

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public Task In_transactions_of_the_contexts(string engine) => RunAsync(engine, async (name, succeeds) =>
    {
        await using var context = CreateContext();
        await using var transaction = await context.Database.BeginTransactionAsync(Token);
        context.Add(new Owner { Name = name });
        await context.SaveChangesAsync(Token);
        var dog = new Dog(name);
        dog.AddTrick("sit");
        await context.GetEventSession(School).SaveAsync(dog, Token);
        if (!succeeds)
        {
            throw new FaultException();
        }

        await transaction.CommitAsync(Token);
    });

    private async Task RunAsync(string engine, Func<string, bool, Task> unit)
    {
        await OpenAsync(engine, new EventStoreOptions { LockTimeout = TimeSpan.FromMinutes(2), SaveTimeout = TimeSpan.FromMinutes(2) });
        var (succeeded, failed) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, Counts.Workers).Select(worker => Task.Run(async () =>
        {
            var random = TestRounds.Random(worker);
            for (var i = 0; i < Counts.Units; i++)
            {
                var succeeds = random.Next(2) == 0;
                try
                {
                    await unit($"{worker} {i} {(succeeds ? "yes" : "no")}", succeeds);
                    Interlocked.Increment(ref succeeded);
                }
                catch (Exception e) when (e is FaultException or DbUpdateException && !succeeds)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }, Token)));
        output.WriteLine($"{engine}: {succeeded} units, {failed} refused; seed {TestRounds.Seed}");

        Assert.Equal(Counts.Workers * Counts.Units, succeeded + failed);
        await using var context = Engine.CreateContext();
        var owners = await context.Owners.Select(o => o.Name).ToListAsync(Token);
        Assert.Equal(succeeded, owners.Count);
        Assert.All(owners, name => Assert.EndsWith("yes", name));
        Assert.Equal(2 * succeeded, Engine.CountEvents());
        foreach (var name in owners)
        {
            Assert.Equal(["sit"], await School.GetTricksAsync(name));
        }
    }
}
