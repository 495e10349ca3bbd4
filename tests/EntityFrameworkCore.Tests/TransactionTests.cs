using System.Data.Common;
using Dapper;
using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Contexts on a transaction that the recorder began.</summary>
public sealed class TransactionTests : EngineTestBase
{
    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Transaction_outside_the_application_with_an_own_table(string engine)
    {
        await OpenAsync(engine);
        IReadOnlyList<RecordedEvent<Guid>> recordings;
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var context = await transaction.UseDbContextAsync((DbContextOptionsBuilder<SchoolContext> options, DbConnection connection) => Engine.Use(options, connection), Token);
            context.Add(new Owner { Name = "Ann" });
            await School.RegisterAsync("Buster");
            await School.AddTrickAsync("Buster", "fetch ball");

            Assert.Equal(["fetch ball"], await School.GetTricksAsync("Buster"));
            Assert.Equal(0, Engine.CountOwners());
            Assert.Equal(0, Engine.CountEvents());
            recordings = await transaction.CommitAsync(Token);
            Assert.Equal(1, Engine.CountOwners());
        }

        Assert.Equal([1L, 2L], recordings.Select(r => r.Position!.Value));
        Assert.Equal(["fetch ball"], await School.GetTricksAsync("Buster"));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Nothing_is_stored_when_an_entity_is_refused(string engine)
    {
        await OpenAsync(engine);
        await using (var other = Engine.CreateContext())
        {
            other.Add(new Owner { Name = "Ann" });
            await other.SaveChangesAsync(Token);
        }

        var dog = new Dog("Fido");
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var context = await UseAsync(transaction);
            context.AddRange(new Owner { Name = "Bob" }, new Owner { Name = "Ann" });
            await School.SaveAsync(dog, Token);
            await Assert.ThrowsAsync<DbUpdateException>(() => transaction.CommitAsync(Token).AsTask());
        }

        Assert.Equal(1, Engine.CountOwners());
        Assert.Equal(0, Engine.CountEvents());
        Assert.Single(dog.PendingEvents);
        await School.SaveAsync(dog, Token);
        Assert.Equal(1, Engine.CountEvents());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_conflict_stores_nothing_until_its_events_are_discarded(string engine)
    {
        await OpenAsync(engine);
        var stale = await StaleDogAsync("Fido");
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            (await UseAsync(transaction)).Add(new Owner { Name = "Ann" });
            await School.SaveAsync(stale, Token);
            await Assert.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync(Token).AsTask());
        }

        Assert.Equal((0L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            (await UseAsync(transaction)).Add(new Owner { Name = "Ann" });
            await School.SaveAsync([stale, new Dog("Rex")], Token);
            await Assert.ThrowsAsync<ConcurrencyException>(() => transaction.CommitAsync(Token).AsTask());
            transaction.Discard(stale);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal((1L, 3L), (Engine.CountOwners(), Engine.CountEvents()));
        Assert.Single(stale.PendingEvents);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_context_can_be_created_in_each_way_and_once_for_its_type(string engine)
    {
        await OpenAsync(engine);
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var context = await UseAsync(transaction);
            Assert.Same(context, await transaction.UseDbContextAsync(new Factory(Engine), Token));
            context.Add(new Owner { Name = "Ann" });
            await using (var inner = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
            {
                Assert.Same(context, await UseAsync(inner));
                await inner.CommitAsync(Token);
            }

            await transaction.CommitAsync(Token);
        }

        SchoolContext made;
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            made = await transaction.UseDbContextAsync(new Factory(Engine), Token);
            made.Add(new Owner { Name = "Bob" });
            await transaction.CommitAsync(Token);
        }

        Assert.Throws<ObjectDisposedException>(() => made.Owners.Count());
        Assert.Equal(2, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_context_of_the_user_is_on_the_transaction_until_its_end(string engine)
    {
        await OpenAsync(engine);
        await using var context = Engine.CreateContext();
        context.Add(new Owner { Name = "Ann" });
        await context.SaveChangesAsync(Token);
        for (var round = 0; round < 2; round++)
        {
            context.Add(new Owner { Name = $"Bob {round}" });
            await using var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token);
            Assert.Same(context, await transaction.UseDbContextAsync(context, Token));
            Assert.Same(context, await transaction.UseDbContextAsync(context, Token));
            Assert.Same(transaction.Connection, context.Database.GetDbConnection());
            await School.RegisterAsync($"Fido {round}");
            await transaction.CommitAsync(Token);
            Assert.Null(context.Database.CurrentTransaction);
            Assert.Equal(2 + round, await context.Owners.CountAsync(Token));
        }

        context.Add(new Owner { Name = "Carl" });
        await context.SaveChangesAsync(Token);
        Assert.Equal((4L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
        await using var own = await context.Database.BeginTransactionAsync(Token);
        if (engine == "postgresql")
        {
            await using var busy = await School.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await Assert.ThrowsAsync<TransactionException>(() => busy.UseDbContextAsync(context, Token).AsTask());
        }
    }

    [Fact]
    public async Task A_context_with_a_data_source_gets_it_back_afterwards()
    {
        await OpenAsync("postgresql");
        await using var source = Npgsql.NpgsqlDataSource.Create(Engine.ConnectionString);
        await using var context = new SchoolContext(new DbContextOptionsBuilder<SchoolContext>().UseNpgsql(source).Options);
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await transaction.UseDbContextAsync(context, Token);
            context.Add(new Owner { Name = "Ann" });
            await transaction.CommitAsync(Token);
        }

        context.Add(new Owner { Name = "Bob" });
        await context.SaveChangesAsync(Token);
        Assert.Equal(2, await context.Owners.CountAsync(Token));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task After_a_rollback_the_changes_of_a_users_context_are_pending_as_before(string engine)
    {
        await OpenAsync(engine);
        await using var context = Engine.CreateContext();
        var (changed, deleted) = (new Owner { Name = "Ann" }, new Owner { Name = "Bob" });
        context.AddRange(changed, deleted);
        await context.SaveChangesAsync(Token);

        var added = new Owner { Name = "Carl", Visits = { new Visit { Reason = "Lessons" } } };
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await transaction.UseDbContextAsync(context, Token);
            context.Add(added);
            changed.Name = "Anna";
            context.Remove(deleted);
            await School.RegisterAsync("Fido");
            Assert.Equal(1, await School.GetVersionAsync("Fido"));
            Assert.False(context.ChangeTracker.HasChanges());
            // Changes again, on top of the written changes.
            added.Name = "Carla";
            var gone = new Owner { Name = "Dora" };
            context.Add(gone);
            Assert.Equal(1, await School.GetVersionAsync("Fido"));
            context.Remove(gone);
            Assert.Equal(1, await School.GetVersionAsync("Fido"));
        }

        Assert.Equal(2, Engine.CountOwners());
        // Another writer takes the keys that the database assigned.
        await using (var other = Engine.CreateContext())
        {
            other.Add(new Owner { Name = "Emil", Visits = { new Visit { Reason = "Walk" } } });
            await other.SaveChangesAsync(Token);
        }

        Assert.Equal(
            [(EntityState.Added, "Carla"), (EntityState.Modified, "Anna"), (EntityState.Deleted, "Bob")],
            context.ChangeTracker.Entries<Owner>().Select(e => (e.State, e.Entity.Name)).OrderByDescending(e => e.State));
        await context.SaveChangesAsync(Token);
        await using var check = Engine.CreateContext();
        Assert.Equal(["Anna", "Carla", "Emil"], await check.Owners.Select(o => o.Name).Order().ToListAsync(Token));
        Assert.Equal("Carla", (await check.Visits.Include(v => v.Owner).SingleAsync(v => v.Reason == "Lessons", Token)).Owner!.Name);
    }

    /// <summary>A context that tracked nothing before is reset when the work is retried; with another context, the work isn't retried.</summary>
    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_transaction_that_is_retried_writes_its_entities_once(string engine)
    {
        await OpenAsync(engine);
        await School.RegisterAsync("Fido");
        foreach (var (way, isRepeated) in new[] { ("made", true), ("inside", true), ("empty", true), ("tracking", false) })
        {
            await using var outside = Engine.CreateContext();
            if (way == "tracking")
            {
                outside.Add(new Owner { Name = "tracked before" });
            }

            var runs = 0;
            var before = await School.GetVersionAsync("Fido");
            var run = School.Recorder.InTransactionAsync(async transaction =>
            {
                var isMine = way == "inside";
                var context = way == "made" ? await UseAsync(transaction) : isMine ? Engine.CreateContext() : outside;
                try
                {
                    await transaction.UseDbContextAsync(context, Token);
                    context.Add(new Owner { Name = way });
                    await context.SaveChangesAsync(Token);
                    if (runs++ == 0)
                    {
                        throw new ConcurrencyException(Dog.CreateId("Fido"), 1, 2);
                    }

                    await School.AddTrickAsync("Fido", way);
                }
                finally
                {
                    if (isMine)
                    {
                        await context.DisposeAsync();
                    }
                }
            }, maxAttempts: 3, cancellationToken: Token).AsTask();
            if (isRepeated)
            {
                await run;
            }
            else
            {
                await Assert.ThrowsAsync<ConcurrencyException>(() => run);
            }

            Assert.Equal(isRepeated ? 2 : 1, runs);
            Assert.Equal(before + (isRepeated ? 1 : 0), await School.GetVersionAsync("Fido"));
            if (!isRepeated)
            {
                Assert.Equal(["tracked before", "tracking"], outside.ChangeTracker.Entries<Owner>().Where(e => e.State == EntityState.Added).Select(e => e.Entity.Name).Order());
            }
        }

        await using var check = Engine.CreateContext();
        Assert.Equal(["empty", "inside", "made"], await check.Owners.Select(o => o.Name).Order().ToListAsync(Token));
    }

    public static TheoryData<string, string> Disposals => [.. from engine in new[] { "sqlite", "postgresql" } from way in new[] { "added", "modified", "removed", "pooled", "pooled, modified" } select new TheoryDataRow<string, string>(engine, way)];

    [Theory, MemberData(nameof(Disposals))]
    public async Task Changes_of_a_context_that_is_disposed_of_before_the_commit_are_never_lost_silently(string engine, string way)
    {
        await OpenAsync(engine);
        await using (var before = Engine.CreateContext())
        {
            before.Add(new Owner { Name = "Ann" });
            await before.SaveChangesAsync(Token);
        }

        var options = Engine.Options();
        var isPooled = way.StartsWith("pooled", StringComparison.Ordinal);
        if (isPooled)
        {
            options.UseEventSourcing();
        }

        var pool = isPooled ? new PooledDbContextFactory<SchoolContext>(options.Options, 1) : null;
        foreach (var isSaved in new[] { false, true })
        {
            var dog = new Dog("Fido");
            var run = School.Recorder.InTransactionAsync(async transaction =>
            {
                await using var context = pool is null ? Engine.CreateContext() : await pool.CreateDbContextAsync(Token);
                await transaction.UseDbContextAsync(context, Token);
                var ann = await context.Owners.SingleAsync(Token);
                if (way.EndsWith("modified", StringComparison.Ordinal))
                {
                    ann.Name = "Anna";
                }
                else if (way == "removed")
                {
                    context.Remove(ann);
                }
                else
                {
                    context.Add(new Owner { Name = "Bob" });
                }

                if (isSaved)
                {
                    await context.SaveChangesAsync(Token);
                }

                await School.SaveAsync(dog, Token);
            }, cancellationToken: Token).AsTask();
            if (isSaved)
            {
                await run;
            }
            else
            {
                Assert.Contains("SchoolContext was disposed of", (await Assert.ThrowsAsync<TransactionException>(() => run)).Message, StringComparison.Ordinal);
            }

            Assert.Equal(isSaved ? 1 : 0, Engine.CountEvents());
        }
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_pooled_context_never_keeps_the_transaction(string engine)
    {
        await OpenAsync(engine);
        var options = Engine.Options();
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var unprotected = new PooledDbContextFactory<SchoolContext>(options.Options, 1);
            await Assert.ThrowsAsync<TransactionException>(() => transaction.UseDbContextAsync(unprotected, Token).AsTask());
        }

        options.UseEventSourcing();
        var pool = new PooledDbContextFactory<SchoolContext>(options.Options, 1);
        await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var lent = await pool.CreateDbContextAsync(Token);
            await transaction.UseDbContextAsync(lent, Token);
            lent.Add(new Owner { Name = "Ann" });
            await lent.SaveChangesAsync(Token);
            await lent.DisposeAsync();
            await using var other = await pool.CreateDbContextAsync(Token);
            Assert.Same(lent, other);
            Assert.NotSame(transaction.Connection, other.Database.GetDbConnection());
            Assert.Null(other.Database.CurrentTransaction);
            other.Add(new Owner { Name = "Bob" });
            Assert.Equal(0, await other.Owners.CountAsync(Token));
            await transaction.CommitAsync(Token);
            Assert.True(other.ChangeTracker.HasChanges());
            Assert.Equal(1, await other.Owners.CountAsync(Token));
        }

        // Contexts that the transaction created return to the pool, too.
        foreach (var commit in new[] { true, false })
        {
            SchoolContext made;
            await using (var transaction = await School.Recorder.BeginTransactionAsync(cancellationToken: Token))
            {
                made = await transaction.UseDbContextAsync(pool, Token);
                made.Add(new Owner { Name = "Carl" });
                if (commit)
                {
                    await transaction.CommitAsync(Token);
                }
            }

            await using var next = await pool.CreateDbContextAsync(Token);
            Assert.Same(made, next);
            Assert.Equal(2, await next.Owners.CountAsync(Token));
        }
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_session_commits_its_contexts_repeatedly(string engine)
    {
        await OpenAsync(engine);
        await using var session = School.CreateSession();
        using var use = session.Use();
        for (var round = 1; round <= 2; round++)
        {
            var context = await UseAsync(await session.GetTransactionAsync(Token));
            context.Add(new Owner { Name = $"Ann {round}" });
            await School.RegisterAsync($"Fido {round}");
            Assert.Equal(1, await session.CommitAsync(Token));
        }

        (await UseAsync(await session.GetTransactionAsync(Token))).Add(new Owner { Name = "forgotten" });
        await session.RollbackAsync();
        Assert.Equal((2L, 2L), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Dapper_on_the_connection_of_the_transaction(string engine)
    {
        await OpenAsync(engine);
        await School.Recorder.InTransactionAsync(async transaction =>
        {
            await transaction.Connection.ExecuteAsync("INSERT INTO owners (name) VALUES (@name)", new { name = "Ann" }, transaction.DbTransaction);
            await School.RegisterAsync("Fido");
            var context = await UseAsync(transaction);
            Assert.Equal("Ann", (await context.Owners.SingleAsync(Token)).Name);
        }, cancellationToken: Token);
        Assert.Equal((1L, 1L), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_transaction_of_Entity_Framework_is_passed_to_the_save(string engine)
    {
        await OpenAsync(engine);
        foreach (var commit in new[] { false, true })
        {
            await using var context = Engine.CreateContext();
            await using var transaction = await context.Database.BeginTransactionAsync(Token);
            context.Add(new Owner { Name = "Ann" });
            await context.SaveChangesAsync(Token);
            var dog = new Dog("Fido");
            await School.SaveAsync(dog, transaction.GetDbTransaction(), Token);
            using (School.Recorder.Use(transaction.GetDbTransaction()))
            {
                await School.AddTrickAsync("Fido", "sit");
            }

            if (commit)
            {
                await transaction.CommitAsync(Token);
            }
            else
            {
                await transaction.RollbackAsync(Token);
            }

            Assert.Equal(commit ? (1L, 2L) : (0L, 0L), (Engine.CountOwners(), Engine.CountEvents()));
        }
    }

    private ValueTask<SchoolContext> UseAsync(StoreTransaction<Guid> transaction) =>
        transaction.UseDbContextAsync(
            connection => new SchoolContext((DbContextOptions<SchoolContext>)Engine.Use(new DbContextOptionsBuilder<SchoolContext>(), connection).Options), Token);

    private sealed class Factory(Engine engine) : IDbContextFactory<SchoolContext>
    {
        public SchoolContext CreateDbContext() => engine.CreateContext();
    }
}
