using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Aggregates in the session of a context that has a transaction.</summary>
public sealed class ContextTransactionTests : SessionTestBase
{
    public static TheoryData<string, bool> Ways => new()
    {
        { "sqlite", true },
        { "sqlite", false },
        { "postgresql", true },
        { "postgresql", false },
    };

    [Theory, MemberData(nameof(Ways))]
    public async Task Events_are_committed_with_the_transaction(string engine, bool isAsync)
    {
        await OpenAsync(engine);
        await using var context = CreateContext();
        var session = context.GetEventSession(School);
        var (before, inside) = (new Dog("Fido"), new Dog("Rex"));
        await session.SaveAsync(before, Token);
        await using (var transaction = await context.Database.BeginTransactionAsync(Token))
        {
            context.Add(new Owner { Name = "Ann" });
            await context.SaveChangesAsync(Token);
            await session.SaveAsync(inside, Token);
            Assert.Single(before.PendingEvents);
            if (isAsync)
            {
                await transaction.CommitAsync(Token);
            }
            else
            {
                transaction.Commit();
            }

            Assert.Empty(before.PendingEvents);
            Assert.Empty(inside.PendingEvents);
        }

        Assert.Equal((1L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
        await session.SaveAsync(new Dog("Bello"), Token);
        await context.SaveChangesAsync(Token);
        Assert.Equal(3, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task After_a_rollback_nothing_is_stored_and_the_events_are_pending(string engine, bool isAsync)
    {
        await OpenAsync(engine);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new List<string>();
        var watching = Task.Run(async () =>
        {
            await foreach (var recording in School.NotificationLog.SubscribeAsync(cancellationToken: stop.Token))
            {
                seen.Add(recording.AggregateId.ToString());
                if (recording.AggregateId == Dog.CreateId("last"))
                {
                    break;
                }
            }
        }, Token);
        await using (var context = CreateContext())
        {
            // Rolled back, disposed of, disposed of while the connection stays open.
            foreach (var way in new[] { 0, 1, 2 })
            {
                if (way == 2)
                {
                    await context.Database.OpenConnectionAsync(Token);
                }

                var dog = new Dog("Fido");
                var session = context.GetEventSession(School);
                await using (var transaction = await context.Database.BeginTransactionAsync(Token))
                {
                    await session.SaveAsync(dog, Token);
                    context.Add(new Owner { Name = "Ann" });
                    await context.SaveChangesAsync(Token);
                    if (way == 0 && isAsync)
                    {
                        await transaction.RollbackAsync(Token);
                    }
                    else if (way == 0)
                    {
                        transaction.Rollback();
                    }
                }

                // Entity Framework considers the entity stored. In the third case, the end is noticed when the session is used.
                context.ChangeTracker.Clear();
                var next = new Dog($"Rex {way}");
                await session.SaveAsync(next, Token);
                Assert.Single(dog.PendingEvents);
                await context.SaveChangesAsync(Token);
                Assert.Equal((0L, way + 1L), (Engine.CountOwners(), Engine.CountEvents()));
                Assert.Empty(next.PendingEvents);
            }

            await context.Database.CloseConnectionAsync();
        }

        await School.SaveAsync(new Dog("last"), Token);
        await watching.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Equal(new[] { "Rex 0", "Rex 1", "Rex 2", "last" }.Select(n => Dog.CreateId(n).ToString()), seen);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_conflict_leaves_the_transaction_usable(string engine)
    {
        await OpenAsync(engine);
        var stale = await StaleDogAsync("Fido");
        await using var context = CreateContext();
        var session = context.GetEventSession(School);
        await using var transaction = await context.Database.BeginTransactionAsync(Token);
        context.Add(new Owner { Name = "Ann" });
        await context.SaveChangesAsync(Token);
        await session.SaveAsync([stale, new Dog("Rex")], Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync(Token));
        session.Discard(stale);
        await transaction.CommitAsync(Token);
        Assert.Equal((1L, 3L), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_failed_SaveChanges_inside_loses_no_event(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext();
        var session = context.GetEventSession(School);
        await session.SaveAsync(new Dog("Fido"), Token);
        await using (var transaction = await context.Database.BeginTransactionAsync(Token))
        {
            await session.SaveAsync(new Dog("Rex"), Token);
            var second = new Owner { Name = "Ann" };
            context.AddRange(new Owner { Name = "Ann" }, second);
            await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync(Token));
            await transaction.CreateSavepointAsync("here", Token);
            await transaction.RollbackToSavepointAsync("here", Token);
            second.Name = "Bob";
            await context.SaveChangesAsync(Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal((2L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Two_stores_in_one_transaction_are_both_written_or_neither(string engine)
    {
        await OpenAsync(engine);
        await using var kennel = await Kennel.OpenAsync(Engine.Url, cancellationToken: Token);
        var stale = await StaleDogAsync("Fido");
        await using var context = CreateContext();
        await using (var transaction = await context.Database.BeginTransactionAsync(Token))
        {
            await context.GetEventSession(kennel).SaveAsync(new Dog("Rex"), Token);
            await context.GetEventSession(School).SaveAsync(stale, Token);
            await Assert.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync(Token));
            context.GetEventSession(School).Discard(stale);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal((2L, 1L), (Engine.CountEvents(), Engine.CountEvents("kennel")));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task SaveChanges_in_a_transaction_from_elsewhere_writes_at_once(string engine)
    {
        await OpenAsync(engine);
        foreach (var commit in new[] { false, true })
        {
            await using var connection = Engine.Connect();
            await connection.OpenAsync(Token);
            await using var transaction = await connection.BeginTransactionAsync(Token);
            var options = new DbContextOptionsBuilder<SchoolContext>();
            Engine.Use(options, connection).UseEventSourcing();
            await using var context = new SchoolContext(options.Options);
            await context.Database.UseTransactionAsync(transaction, Token);
            var dog = new Dog("Fido");
            await context.GetEventSession(School).SaveAsync(dog, Token);
            context.Add(new Owner { Name = "Ann" });
            await context.SaveChangesAsync(Token);
            Assert.Empty(dog.PendingEvents);
            Assert.Equal((0L, 0L), (Engine.CountOwners(), Engine.CountEvents()));
            if (commit)
            {
                await transaction.CommitAsync(Token);
            }
            else
            {
                await transaction.RollbackAsync(Token);
            }

            Assert.Equal(commit ? (1L, 1L) : (0L, 0L), (Engine.CountOwners(), Engine.CountEvents()));
        }
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Two_stores_in_a_transaction_from_elsewhere_are_both_written_or_neither(string engine)
    {
        await OpenAsync(engine);
        await using var kennel = await Kennel.OpenAsync(Engine.Url, cancellationToken: Token);
        var stale = await StaleDogAsync("Fido");
        var rex = new Dog("Rex");
        await using (var connection = Engine.Connect())
        {
            await connection.OpenAsync(Token);
            await using var transaction = await connection.BeginTransactionAsync(Token);
            var options = new DbContextOptionsBuilder<SchoolContext>();
            Engine.Use(options, connection).UseEventSourcing();
            await using var context = new SchoolContext(options.Options);
            await context.Database.UseTransactionAsync(transaction, Token);
            await context.GetEventSession(kennel).SaveAsync(rex, Token);
            await context.GetEventSession(School).SaveAsync(stale, Token);
            await Assert.ThrowsAsync<ConcurrencyException>(() => context.SaveChangesAsync(Token));
            await transaction.CommitAsync(Token);
        }

        Assert.Equal((2L, 0L), (Engine.CountEvents(), Engine.CountEvents("kennel")));
        await kennel.SaveAsync(rex, Token);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Events_of_a_failed_commit_that_a_savepoint_undid_are_written_again(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext(new Faults { Next = Fault.BeforeCommit });
        var dog = new Dog("Fido");
        await using (var transaction = await context.Database.BeginTransactionAsync(Token))
        {
            await transaction.CreateSavepointAsync("here", Token);
            await context.GetEventSession(School).SaveAsync(dog, Token);
            await Assert.ThrowsAsync<FaultException>(() => transaction.CommitAsync(Token));
            await transaction.RollbackToSavepointAsync("here", Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Empty(dog.PendingEvents);
        Assert.Equal(1, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_strategy_that_retries_the_transaction_neither_duplicates_nor_loses_events(string engine)
    {
        await OpenAsync(engine);
        foreach (var fault in new[] { Fault.Command, Fault.BeforeCommit, Fault.Commit })
        {
            var faults = new Faults { Next = fault };
            await using var context = CreateContext(faults, isRepeating: true);
            var session = context.GetEventSession(School);
            var outside = new Dog($"Fido {fault}");
            await session.SaveAsync(outside, Token);
            context.Add(new Owner { Name = $"Ann {fault}" });
            var (owners, events) = (Engine.CountOwners(), Engine.CountEvents());
            await context.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
            {
                await using var transaction = await context.Database.BeginTransactionAsync(Token);
                await session.SaveAsync(new Dog($"Rex {fault}"), Token);
                await context.SaveChangesAsync(acceptAllChangesOnSuccess: false, Token);
                await transaction.CommitAsync(Token);
            });
            context.ChangeTracker.AcceptAllChanges();
            Assert.Equal(1, faults.Count);
            Assert.Equal((owners + 1, events + 2), (Engine.CountOwners(), Engine.CountEvents()));
            Assert.Empty(outside.PendingEvents);
        }
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_SaveChanges_that_another_interceptor_refuses_leaves_no_trace(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext(new Faults { Next = Fault.Saving });
        var (dog, session) = (new Dog("Fido"), context.GetEventSession(School));
        await session.SaveAsync(dog, Token);
        context.Add(new Owner { Name = "Ann" });
        await Assert.ThrowsAsync<FaultException>(() => context.SaveChangesAsync(Token));
        await using (var transaction = await context.Database.BeginTransactionAsync(Token))
        {
            await context.SaveChangesAsync(Token);
            await transaction.RollbackAsync(Token);
        }

        Assert.False(session.HasSaves);
        await School.SaveAsync(dog, Token);
        Assert.Equal((0L, 1L), (Engine.CountOwners(), Engine.CountEvents()));
        context.ChangeTracker.Clear();
        context.Add(new Owner { Name = "Bob" });
        await context.SaveChangesAsync(Token);
        Assert.Equal(AutoTransactionBehavior.WhenNeeded, context.Database.AutoTransactionBehavior);
    }
}
