using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>The number of dogs with a first name, written with their events.</summary>
[Projection("dog_names", Inline = true)]
public sealed partial record DogNames([property: Key] string Name, int Dogs)
{
    private static string KeyOf(Dog.Registered e) => e.Name.Split(' ')[0];

    private static DogNames When(DogNames? row, Dog.Registered e) =>
        e.Name == "fail" ? throw new InvalidOperationException() : new(e.Name.Split(' ')[0], (row?.Dogs ?? 0) + 1);
}

[EventSourcedApplication(typeof(Dog), typeof(DogNames))]
public sealed partial class NamedSchool;

/// <summary>Inline views in the session of a context: committed with its rows, or not at all.</summary>
public sealed class InlineViewTests : SessionTestBase
{
    public static TheoryData<string, bool, bool> Ways
    {
        get
        {
            var data = new TheoryData<string, bool, bool>();
            foreach (var engine in new[] { "sqlite", "postgresql" })
            {
                data.Add(engine, false, true);
                data.Add(engine, true, true);
                data.Add(engine, true, false);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Rows_are_committed_with_the_entities(string engine, bool isExplicit, bool isAsync)
    {
        await OpenAsync(engine);
        await using var school = await NamedSchool.OpenAsync(Engine.Url, cancellationToken: Token);
        for (var dogs = 1; dogs <= 3; dogs++)
        {
            await SaveAsync(school, new Dog($"Fido {dogs}"), isExplicit, isAsync);
            Assert.Equal(dogs, (await school.Views.DogNames.GetAsync("Fido", atLeast: dogs, TimeSpan.Zero, Token))!.Dogs);
        }

        Assert.Equal((3L, 3L), (Engine.CountOwners(), Engine.CountEvents("namedschool")));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task An_event_that_fails_stores_nothing(string engine, bool isExplicit, bool isAsync)
    {
        await OpenAsync(engine);
        await using var school = await NamedSchool.OpenAsync(Engine.Url, cancellationToken: Token);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => SaveAsync(school, new Dog("fail"), isExplicit, isAsync));
        Assert.Equal("dog_names", Assert.IsType<ProjectionException>(failure).Projection);
        Assert.Equal((0L, 0L), (Engine.CountOwners(), Engine.CountEvents("namedschool")));
        Assert.Null(await school.Views.DogNames.GetAsync("fail", cancellationToken: Token));

        // The next one isn't affected.
        await SaveAsync(school, new Dog("Fido"), isExplicit, isAsync);
        Assert.Equal(1, (await school.Views.DogNames.GetAsync("Fido", cancellationToken: Token))!.Dogs);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task A_rollback_undoes_the_rows(string engine)
    {
        await OpenAsync(engine);
        await using var school = await NamedSchool.OpenAsync(Engine.Url, cancellationToken: Token);
        await using (var context = CreateContext())
        {
            await using var transaction = await context.Database.BeginTransactionAsync(Token);
            await school.SaveAsync(new Dog("Fido"), new SaveOptions<Guid> { DbTransaction = transaction.GetDbTransaction() }, Token);
            await transaction.RollbackAsync(Token);
        }

        Assert.Null(await school.Views.DogNames.GetAsync("Fido", cancellationToken: Token));
        await school.SaveAsync(new Dog("Fido"), Token);
        Assert.Equal(1, (await school.Views.DogNames.GetAsync("Fido", cancellationToken: Token))!.Dogs);
    }

    private async Task SaveAsync(NamedSchool school, Dog dog, bool isExplicit, bool isAsync)
    {
        await using var context = CreateContext();
        var session = context.GetEventSession(school);
        await session.SaveAsync(dog, Token);
        context.Add(new Owner { Name = $"Owner {Guid.NewGuid()}" });
        if (!isExplicit)
        {
            await context.SaveChangesAsync(Token);
            return;
        }

        await using var transaction = await context.Database.BeginTransactionAsync(Token);
        await context.SaveChangesAsync(Token);
        if (isAsync)
        {
            await transaction.CommitAsync(Token);
        }
        else
        {
            transaction.Commit();
        }
    }
}
