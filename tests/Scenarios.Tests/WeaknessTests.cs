using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace Scenarios.Tests;

/// <summary>
/// Weaknesses of designs that we know, with the user's own table in the same transaction. Further tests of them are beside their subject:
/// the contract's transaction cases, SqliteTransactionTests, LongTransactionTests.
/// </summary>
public sealed class WeaknessTests
{
    /// <summary>A transaction that is global to the process takes the saves of other stores, too.</summary>
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task A_save_of_another_store_goes_to_its_own_database(string name)
    {
        using var engine = await Engine.StartAsync(name);
        using var otherEngine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await using var other = await School.OpenAsync(otherEngine.Url);
        await using (await school.Recorder.BeginTransactionAsync())
        {
            await other.RegisterAsync("Fido");
            await school.RegisterAsync("Rex");
        }

        Assert.Equal((0, 1), (await school.CountAsync(), await other.CountAsync()));
        await using (var ours = await school.Recorder.BeginTransactionAsync())
        await using (var theirs = await other.Recorder.BeginTransactionAsync())
        {
            await other.RegisterAsync("Buster");
            await school.RegisterAsync("Rex");
            Assert.Equal("Buster", ((Dog.Registered)(await theirs.CommitAsync()).Single().Event).Name);
            Assert.Equal("Rex", ((Dog.Registered)(await ours.CommitAsync()).Single().Event).Name);
        }

        Assert.Equal((1, 2), (await school.CountAsync(), await other.CountAsync()));
    }

    /// <summary>A conflict must neither be reported with the driver's exception nor leave a dead transaction behind.</summary>
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task After_a_conflict_the_rest_is_committed_with_the_own_table(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await school.RegisterAsync("Fido");
        var stale = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
        stale.AddTrick("too late");
        await school.AddTrickAsync("Fido", "first");
        await using (var transaction = await school.Recorder.BeginTransactionAsync())
        {
            await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Ann", "Fido");
            await school.SaveAsync(stale);
            await school.RegisterAsync("Rex");
            var conflict = await Assert.ThrowsAsync<ConcurrencyException>(async () => await transaction.CommitAsync());
            Assert.Equal(2, conflict.ActualVersion);
            Assert.True(conflict.IsTransient);
            await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Bob", "Rex");
            transaction.Discard(stale);
            await transaction.CommitAsync();
        }

        Assert.Equal(["Ann", "Bob"], await engine.OwnersAsync());
        Assert.Equal(["first"], await school.GetTricksAsync("Fido"));
        Assert.True(await school.HasAsync("Rex"));
    }

    /// <summary>A failed statement must not be forgotten: later changes would be committed without it, or be lost unnoticed.</summary>
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task After_a_failed_statement_nothing_is_committed(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await using (var transaction = await school.Recorder.BeginTransactionAsync())
        {
            await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Ann", "Fido");
            await school.RegisterAsync("Fido");
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Ann", "Rex"));
            await Assert.ThrowsAsync<TransactionException>(async () => await transaction.CommitAsync());
        }

        Assert.Empty(await engine.OwnersAsync());
        Assert.Equal(0, await school.CountAsync());
    }

    /// <summary>A forgotten transaction must not keep others waiting forever.</summary>
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task A_transaction_that_is_never_disposed_doesnt_stop_others_forever(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url, new() { LockTimeout = TimeSpan.FromSeconds(1) });
        await Task.Run(async () => await ForgetAsync(school));
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await school.RegisterAsync("Fido");
                break;
            }
            catch (TransientStoreException exception) when (attempt < 20)
            {
                Assert.Equal("SQLite", name);
                Assert.Contains("transaction", exception.Message, StringComparison.OrdinalIgnoreCase);
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        Assert.Equal(1, await school.CountAsync());
    }

    /// <summary>Parallel flows must not share a transaction unnoticed; here each has its own.</summary>
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Parallel_units_of_work_agree_exactly(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url, new() { LockTimeout = TimeSpan.FromSeconds(30) });
        var (tasks, rounds) = TestRounds.IsLong ? (64, 50) : (16, 20);
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(task => Task.Run(async () =>
        {
            for (var round = 0; round < rounds; round++)
            {
                var key = $"{task}/{round}";
                try
                {
                    await school.Recorder.InTransactionAsync(async transaction =>
                    {
                        await school.RegisterAsync(key);
                        await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Owner of " + key, key);
                        if (round % 2 == 1)
                        {
                            throw new FormatException();
                        }
                    });
                }
                catch (FormatException)
                {
                    // Half of them fail midway.
                }
            }
        })));
        var log = await school.Recorder.SelectNotificationsAsync(100_000);
        var owners = await engine.OwnersAsync();
        Assert.Equal(tasks * rounds / 2, owners.Count);
        Assert.Equal(owners.Count, log.Count);
        Assert.Equal(
            owners.Select(o => Dog.CreateId(o["Owner of ".Length..])).Order(), log.Select(n => n.OriginatorId).Order());
    }

    private static async Task ForgetAsync(School school)
    {
#pragma warning disable ESG0036 // The compiler says so, but the warning can be turned off.
        var transaction = await school.Recorder.BeginTransactionAsync();
#pragma warning restore ESG0036
        await school.RegisterAsync("Forgotten");
        Assert.NotNull(transaction.Connection);
    }
}
