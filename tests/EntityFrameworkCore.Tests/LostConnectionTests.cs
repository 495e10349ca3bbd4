using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>The connection is lost while the library writes events for Entity Framework, as in a failover.</summary>
public sealed class LostConnectionTests : SessionTestBase
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Without_a_strategy_a_lost_connection_is_a_transient_failure(int entities, bool isAsync)
    {
        await OpenAsync("postgresql");
        EndConnections(times: 1);
        await using var context = await ContextAsync(0, entities);
        await Assert.ThrowsAsync<TransientStoreException>(() => SaveAsync(context, isAsync));
        Assert.Equal((0, 0), (Engine.CountOwners(), Engine.CountEvents()));

        await SaveAsync(context, isAsync);
        Assert.Equal((entities, 1), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(0, false, false)]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    public async Task A_strategy_that_retries_writes_again(int entities, bool isAsync, bool isExplicit)
    {
        await OpenAsync("postgresql");
        EndConnections(times: 2);
        await using var context = await ContextAsync(3, entities);
        await SaveAsync(context, isAsync, isExplicit);
        Assert.Equal((entities, 1), (Engine.CountOwners(), Engine.CountEvents()));
        Assert.Equal(3, Engine.Query("SELECT last_value FROM attempts"));
    }

    [Fact]
    public async Task A_strategy_that_reaches_its_limit_reports_the_cause()
    {
        await OpenAsync("postgresql");
        EndConnections(times: 10);
        await using var context = await ContextAsync(1, 1);
        var failure = await Assert.ThrowsAsync<RetryLimitExceededException>(() => SaveAsync(context, isAsync: true));
        var inner = Assert.IsType<DbUpdateException>(failure.InnerException);
        Assert.Contains("nothing was written", inner.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<NpgsqlException>(inner.InnerException);
        Assert.Equal((0, 0), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Fact]
    public async Task A_conflict_is_not_retried()
    {
        await OpenAsync("postgresql");
        var dog = await StaleDogAsync("Fido");
        await using var context = await ContextAsync(3, 1);
        await context.GetEventSession(School).SaveAsync(dog, Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => SaveAsync(context, isAsync: true));
    }

    /// <summary>A context with entities and a dog to save.</summary>
    private async Task<SchoolContext> ContextAsync(int retries, int entities)
    {
        var options = new DbContextOptionsBuilder<SchoolContext>();
        Engine.Use(options, retries == 0 ? null : dependencies => new NpgsqlRetryingExecutionStrategy(dependencies, retries));
        options.UseEventSourcing();
        var context = new SchoolContext(options.Options);
        await context.GetEventSession(School).SaveAsync(new Dog("Rex"), Token);
        for (var i = 0; i < entities; i++)
        {
            context.Add(new Owner { Name = $"Ann {i}" });
        }

        return context;
    }

    private static async Task SaveAsync(SchoolContext context, bool isAsync, bool isExplicit = false)
    {
        if (!isExplicit)
        {
            _ = isAsync ? await context.SaveChangesAsync(Token) : context.SaveChanges();
            return;
        }

        await context.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await context.Database.BeginTransactionAsync(Token);
            _ = isAsync ? await context.SaveChangesAsync(acceptAllChangesOnSuccess: false, Token) : context.SaveChanges(acceptAllChangesOnSuccess: false);
            await transaction.CommitAsync(Token);
        });
    }

    /// <summary>Makes the server end the connection when events are inserted, the given number of times.</summary>
    private void EndConnections(int times) => Engine.Query($"""
        CREATE SEQUENCE attempts;
        CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('attempts') <= {times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER lose AFTER INSERT ON trainingschool_events FOR EACH STATEMENT EXECUTE FUNCTION lose();
        SELECT 1;
        """);
}
