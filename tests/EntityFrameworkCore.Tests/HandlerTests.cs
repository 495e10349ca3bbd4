using System.Data.Common;
using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A service with a scope, which has the context of the handlers.</summary>
public sealed class Front(SchoolContext context, Counts counts) : IDisposable
{
    public SchoolContext Context => context;

    public Counts Counts => counts;

    public void Dispose() => counts.Ended++;
}

/// <summary>What the scopes of a test have done.</summary>
public sealed class Counts
{
    /// <summary>How often a handler meets a database that is busy.</summary>
    public int Busy { get; set; }

    public int Begun { get; set; }

    public int Ended { get; set; }
}

public sealed class BusyException : DbException
{
    public override bool IsTransient => true;
}

/// <summary>Writes an owner for each dog and each trick.</summary>
[Projection("owners_of_dogs")]
public sealed partial class OwnersOfDogs
{
    private readonly SchoolContext _context;
    private readonly string _greeting;

    internal OwnersOfDogs(SchoolContext context, Front front, [FromKeyedServices("greeting")] string greeting)
    {
        Assert.Same(context, front.Context);
        Assert.NotNull(context.Database.CurrentTransaction);
        front.Counts.Begun++;
        if (front.Counts.Busy-- > 0)
        {
            throw new InvalidOperationException("", new BusyException());
        }

        (_context, _greeting) = (context, greeting);
    }

    private void When(Dog.Registered e) => _context.Add(new Owner { Name = $"{_greeting} {e.Name}" });

    private Task Reset(CancellationToken cancellationToken) => _context.Owners.ExecuteDeleteAsync(cancellationToken);

    private async Task When(Dog.TrickAdded e, CancellationToken cancellationToken)
    {
        if (!await _context.Owners.AnyAsync(owner => owner.Name == $"not {e.Trick}", cancellationToken))
        {
            _context.Add(new Owner { Name = e.Trick });
        }
    }
}

[EventSourcedApplication(typeof(Dog), typeof(OwnersOfDogs))]
public sealed partial class OwnedSchool;

/// <summary>Handlers of projections with contexts and services.</summary>
public sealed class HandlerTests : EngineTestBase
{
    private readonly Counts _counts = new();

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Changes_of_a_context_are_stored_with_the_position(string engine)
    {
        await OpenAsync(engine);
        await using var provider = Provide();
        var school = provider.GetRequiredService<OwnedSchool>();
        _counts.Busy = 7;
        await SaveAsync(school, "sit", "jump");
        await school.Projections.RunUntilCaughtUpAsync(Token);

        Assert.Equal(3, Engine.CountOwners());
        Assert.Equal(1, Engine.Query("SELECT COUNT(*) FROM owners WHERE name = 'Hello Fido'"));
        Assert.Equal((8, 8), (_counts.Begun, _counts.Ended));
        Assert.Equal((3L, 0L, null), await StatusAsync(school));
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task An_entity_that_the_database_refuses_stops_the_projection_at_its_event(string engine)
    {
        await OpenAsync(engine);
        await using var provider = Provide();
        var school = provider.GetRequiredService<OwnedSchool>();
        await SaveAsync(school, "sit", "jump", "sit", "roll");
        var failure = await Assert.ThrowsAsync<ProjectionException>(() => school.Projections.RunUntilCaughtUpAsync(Token));

        Assert.Equal(4, failure.Position);
        Assert.Contains("what its handlers wrote can't be committed: DbUpdateException (", failure.Message, StringComparison.Ordinal);
        Assert.IsType<DbUpdateException>(failure.InnerException);
        Assert.Equal(3, Engine.CountOwners());
        Assert.Equal(_counts.Begun, _counts.Ended);
        Assert.Equal((3L, 2L, failure.Message), await StatusAsync(school));

        Engine.Query("DELETE FROM owners WHERE name = 'sit' RETURNING 1");
        await school.Projections.RunUntilCaughtUpAsync(Token);
        Assert.Equal(4, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Services_that_are_missing_stop_the_projection(string engine)
    {
        await OpenAsync(engine);
        await using var school = await OwnedSchool.OpenAsync(Engine.Url, cancellationToken: Token);
        await SaveAsync(school, "sit");
        var failure = await Assert.ThrowsAsync<ProjectionException>(() => school.Projections.RunUntilCaughtUpAsync(Token));

        Assert.Null(failure.Position);
        Assert.Contains("its object can't be created: StoreConfigurationException: A projection takes services", failure.Message, StringComparison.Ordinal);
        Assert.Contains("EventStoreOptions.Services", failure.InnerException!.Message, StringComparison.Ordinal);
        Assert.Equal(0, Engine.CountOwners());
    }

    private ServiceProvider Provide() => new ServiceCollection()
        .AddDbContext<SchoolContext>(options => Engine.Use(options))
        .AddScoped<Front>()
        .AddSingleton(_counts)
        .AddKeyedSingleton("greeting", "Hello")
        .AddOwnedSchool(Engine.Url)
        .BuildServiceProvider(validateScopes: true);

    private static async Task SaveAsync(OwnedSchool school, params string[] tricks)
    {
        var dog = new Dog("Fido");
        foreach (var trick in tricks)
        {
            dog.AddTrick(trick);
        }

        await school.SaveAsync(dog, Token);
    }

    private static async Task<(long Position, long Lag, string? Error)> StatusAsync(OwnedSchool school)
    {
        var status = (await school.Projections.GetStatusAsync(Token)).Single();
        return (status.Position, status.Lag, status.Error);
    }
}
