using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Aggregates in the session of a context, without a transaction of the user's.</summary>
public sealed class SaveChangesTests : SessionTestBase
{
    public static TheoryData<string, int, bool> Writings
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (var engine in new[] { "sqlite", "postgresql" })
            {
                // No statement, a single one, several.
                foreach (var entities in new[] { 0, 1, 3 })
                {
                    data.Add(engine, entities, true);
                    data.Add(engine, entities, false);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Writings))]
    public async Task Events_are_committed_with_SaveChanges(string engine, int entities, bool isAsync)
    {
        await OpenAsync(engine);
        var behavior = engine == "sqlite" ? AutoTransactionBehavior.Never : AutoTransactionBehavior.WhenNeeded;
        await using var context = CreateContext();
        context.Database.AutoTransactionBehavior = behavior;
        var session = context.GetEventSession(School);
        for (var round = 1; round <= 2; round++)
        {
            var dog = new Dog($"Fido {round}");
            Assert.Null((await session.SaveAsync(dog, Token))[0].Position);
            for (var i = 0; i < entities; i++)
            {
                context.Add(new Owner { Name = $"Ann {round} {i}" });
            }

            Assert.Equal(round - 1, Engine.CountEvents());

            Assert.Equal(entities, isAsync ? await context.SaveChangesAsync(Token) : context.SaveChanges());
            Assert.Equal((entities * round, round), (Engine.CountOwners(), Engine.CountEvents()));
            Assert.Empty(dog.PendingEvents);
            Assert.False(session.HasSaves);
            Assert.Equal(behavior, context.Database.AutoTransactionBehavior);
            Assert.Null(context.Database.CurrentTransaction);
        }

        // It is written once.
        Assert.Equal(0, await context.SaveChangesAsync(Token));
        Assert.Equal(2, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Saves_of_the_application_join_the_session(string engine)
    {
        await OpenAsync(engine);
        await using (var context = CreateContext())
        {
            var session = context.GetEventSession(School);
            Assert.Same(session, context.GetEventSession(School));
            using (session.Use())
            {
                await School.RegisterAsync("Fido");
                await School.AddTrickAsync("Fido", "sit");
                Assert.Equal(["sit"], await School.GetTricksAsync("Fido"));
            }

            Assert.Equal(0, await School.GetVersionAsync("Fido"));
            context.Add(new Owner { Name = "Ann" });
            await context.SaveChangesAsync(Token);
        }

        Assert.Equal(2, await School.GetVersionAsync("Fido"));
        await using (var context = CreateContext())
        {
            await context.GetEventSession(School).SaveAsync(new Dog("forgotten"), Token);
        }

        Assert.Equal((1L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Writings))]
    public async Task A_conflict_commits_nothing_and_can_be_resolved(string engine, int entities, bool isAsync)
    {
        await OpenAsync(engine);
        var stale = await StaleDogAsync("Fido");
        await using var context = CreateContext();
        var session = context.GetEventSession(School);
        await session.SaveAsync([stale, new Dog("Rex")], Token);
        for (var i = 0; i < entities; i++)
        {
            context.Add(new Owner { Name = $"Ann {i}" });
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var conflict = isAsync
                ? await Assert.ThrowsAsync<ConcurrencyException>(() => context.SaveChangesAsync(Token))
                : Assert.Throws<ConcurrencyException>(() => context.SaveChanges());
            Assert.Equal((1L, 2L), (conflict.ExpectedVersion, conflict.ActualVersion));
            Assert.Equal((0L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
            Assert.Equal(entities > 0, context.ChangeTracker.HasChanges());
            Assert.Equal(AutoTransactionBehavior.WhenNeeded, context.Database.AutoTransactionBehavior);
        }

        session.Discard(stale);
        await context.SaveChangesAsync(Token);
        Assert.Equal(((long)entities, 3L), (Engine.CountOwners(), Engine.CountEvents()));
        Assert.Single(stale.PendingEvents);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task When_an_entity_is_refused_the_events_wait_for_the_next_try(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext();
        var dog = new Dog("Fido");
        await context.GetEventSession(School).SaveAsync(dog, Token);
        var second = new Owner { Name = "Ann" };
        context.AddRange(new Owner { Name = "Ann" }, second);
        await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync(Token));
        Assert.Throws<DbUpdateException>(() => context.SaveChanges());
        Assert.Equal((0L, 0L), (Engine.CountOwners(), Engine.CountEvents()));
        Assert.Single(dog.PendingEvents);

        second.Name = "Bob";
        await context.SaveChangesAsync(Token);
        Assert.Equal((2L, 1L), (Engine.CountOwners(), Engine.CountEvents()));
        Assert.Empty(dog.PendingEvents);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Without_a_session_in_use_nothing_changes(string engine)
    {
        await OpenAsync(engine);
        var faults = new Faults();
        await using var context = CreateContext(faults);
        context.Add(new Owner { Name = "Ann" });
        await context.SaveChangesAsync(Token);
        await context.SaveChangesAsync(Token);
        Assert.Equal(0, faults.Transactions);

        await using var plain = Engine.CreateContext();
        Assert.Contains("UseEventSourcing()", Assert.Throws<InvalidOperationException>(() => plain.GetEventSession(School)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_pooled_context_keeps_no_session(string engine)
    {
        await OpenAsync(engine);
        var options = Engine.Options();
        options.UseEventSourcing();
        var pool = new PooledDbContextFactory<SchoolContext>(options.Options, 1);
        var dog = new Dog("Fido");
        StoreSession<Guid> left;
        await using (var context = await pool.CreateDbContextAsync(Token))
        {
            left = context.GetEventSession(School);
            await left.SaveAsync(dog, Token);
        }

        await using (var context = await pool.CreateDbContextAsync(Token))
        {
            context.Add(new Owner { Name = "Ann" });
            await context.SaveChangesAsync(Token);
            var session = context.GetEventSession(School);
            Assert.NotSame(left, session);
            Assert.False(session.HasSaves);
            await context.SaveChangesAsync(Token);
            Assert.Equal((1L, 0L), (Engine.CountOwners(), Engine.CountEvents()));
            await Assert.ThrowsAsync<TransactionException>(() => left.SaveAsync(dog, Token).AsTask());
            await session.SaveAsync(dog, Token);
            await context.SaveChangesAsync(Token);
        }

        Assert.Equal(1, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Writings))]
    public async Task Two_stores_on_one_context_are_both_written_or_neither(string engine, int entities, bool isAsync)
    {
        await OpenAsync(engine);
        await using var kennel = await Kennel.OpenAsync(Engine.Url, cancellationToken: Token);
        var stale = await StaleDogAsync("Fido");
        await using var context = CreateContext();
        for (var i = 0; i < entities; i++)
        {
            context.Add(new Owner { Name = $"Ann {i}" });
        }

        await context.GetEventSession(kennel).SaveAsync(new Dog("Rex"), Token);
        await context.GetEventSession(School).SaveAsync(stale, Token);
        if (isAsync)
        {
            await Assert.ThrowsAsync<ConcurrencyException>(() => context.SaveChangesAsync(Token));
        }
        else
        {
            Assert.Throws<ConcurrencyException>(() => context.SaveChanges());
        }

        Assert.Equal((0L, 2L, 0L), (Engine.CountOwners(), Engine.CountEvents(), Engine.CountEvents("kennel")));

        context.GetEventSession(School).Discard(stale);
        await context.GetEventSession(School).SaveAsync(new Dog("Bello"), Token);
        await context.SaveChangesAsync(Token);
        Assert.Equal((entities, 3L, 1L), (Engine.CountOwners(), Engine.CountEvents(), Engine.CountEvents("kennel")));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_session_that_was_disposed_of_or_is_on_another_connection_takes_no_part(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext();
        await using (var session = context.GetEventSession(School))
        {
            await session.SaveAsync(new Dog("Fido"), Token);
        }

        await context.SaveChangesAsync(Token);
        Assert.Equal(0, Engine.CountEvents());

        // Committed by itself, alone.
        await context.GetEventSession(School).SaveAsync(new Dog("Fido"), Token);
        await context.GetEventSession(School).CommitAsync(Token);
        Assert.Equal(1, Engine.CountEvents());

        if (engine == "postgresql")
        {
            await context.GetEventSession(School).SaveAsync(new Dog("Rex"), Token);
            await context.GetEventSession(School).GetTransactionAsync(Token);
            await Assert.ThrowsAsync<TransactionException>(() => context.SaveChangesAsync(Token));
        }

        Assert.Equal(1, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_system_transaction_is_refused(string engine)
    {
        await OpenAsync(engine);
        await using var context = CreateContext();
        await context.GetEventSession(School).SaveAsync(new Dog("Fido"), Token);
        using (new System.Transactions.TransactionScope(System.Transactions.TransactionScopeAsyncFlowOption.Enabled))
        {
            await Assert.ThrowsAsync<TransactionException>(() => context.SaveChangesAsync(Token));
        }

        await context.SaveChangesAsync(Token);
        Assert.Equal(1, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_retrying_strategy_neither_duplicates_nor_loses_events(string engine)
    {
        await OpenAsync(engine);
        var count = 0;
        foreach (var fault in new[] { Fault.Command, Fault.BeforeCommit, Fault.Commit })
        {
            foreach (var (entities, isAsync) in new[] { (1, true), (2, false), (2, true), (0, true), (0, false) })
            {
                if (fault == Fault.Command && entities == 0)
                {
                    continue;
                }

                var faults = new Faults { Next = fault };
                await using var context = CreateContext(faults, isRepeating: true);
                var dog = new Dog($"Fido {count}");
                await context.GetEventSession(School).SaveAsync(dog, Token);
                for (var i = 0; i < entities; i++)
                {
                    context.Add(new Owner { Name = $"Ann {count} {i}" });
                }

                var (owners, events) = (Engine.CountOwners(), Engine.CountEvents());
                Assert.Equal(entities, isAsync ? await context.SaveChangesAsync(Token) : context.SaveChanges());
                Assert.Equal((owners + entities, events + 1), (Engine.CountOwners(), Engine.CountEvents()));
                Assert.Equal(1, faults.Count);
                Assert.Empty(dog.PendingEvents);
                count++;
            }
        }
    }
}
