using Dapper;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Scenarios.Tests;

/// <summary>
/// The code blocks of the Python package's README that need neither an object-relational mapper nor a web server, in C#. The others are in
/// EntityFrameworkCore.Tests (autoflush), AspNetCore.Tests (Flask, FastAPI), PostgreSql.Tests (connection creator).
/// </summary>
public sealed class SeedTests
{
    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Quick_start(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await school.RegisterAsync("Fido");
        await school.AddTrickAsync("Fido", "roll over");
        await school.AddTrickAsync("Fido", "play dead");
        Assert.Equal(["roll over", "play dead"], await school.GetTricksAsync("Fido"));
    }

    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Transaction_outside_the_application_with_an_own_table(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await school.Recorder.InTransactionAsync(async transaction =>
        {
            // Update the table of your own.
            await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Ann", "Buster");

            // Update the event-sourced application.
            await school.RegisterAsync("Buster");
            await school.AddTrickAsync("Buster", "fetch ball");
            Assert.Equal(["fetch ball"], await school.GetTricksAsync("Buster"));
        });

        Assert.Equal(["fetch ball"], await school.GetTricksAsync("Buster"));
        Assert.Equal(["Ann"], await engine.OwnersAsync());
    }

    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Transaction_outside_the_application_that_fails_leaves_nothing(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await Assert.ThrowsAsync<FormatException>(async () => await school.Recorder.InTransactionAsync(async transaction =>
        {
            await Engine.InsertOwnerAsync(transaction.Connection, transaction.DbTransaction, "Ann", "Buster");
            await school.RegisterAsync("Buster");
            await transaction.FlushAsync();
            throw new FormatException();
        }));
        Assert.False(await school.HasAsync("Buster"));
        Assert.Empty(await engine.OwnersAsync());
    }

    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Transaction_outside_the_application_with_Dapper(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await using (var transaction = await school.Recorder.BeginTransactionAsync())
        {
            await transaction.Connection.ExecuteAsync(
                "INSERT INTO owners (name, dog) VALUES (@Name, @Dog)", new { Name = "Ann", Dog = "Buster" }, transaction.DbTransaction);
            await school.RegisterAsync("Buster");
            var recordings = await transaction.CommitAsync();
            Assert.Equal(1, recordings.Single().Position);
        }

        Assert.True(await school.HasAsync("Buster"));
        Assert.Equal(["Ann"], await engine.OwnersAsync());
    }

    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Transaction_of_the_users_own_with_Dapper(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await School.OpenAsync(engine.Url);
        await using var connection = await engine.ConnectAsync();
        foreach (var (dog, isCommitted) in new[] { ("Buster", true), ("Rex", false) })
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("INSERT INTO owners (name, dog) VALUES (@Name, @Dog)", new { Name = "Owner of " + dog, Dog = dog }, transaction);
            await school.SaveAsync(new Dog(dog), transaction);
            using (school.Recorder.Use(transaction))
            {
                await school.AddTrickAsync(dog, "sit");
                Assert.Equal(["sit"], await school.GetTricksAsync(dog));
            }

            Assert.False(name == "PostgreSQL" && await school.HasAsync(dog));
            if (isCommitted)
            {
                await transaction.CommitAsync();
            }
            else
            {
                await transaction.RollbackAsync();
            }

            Assert.Equal(isCommitted, await school.HasAsync(dog));
        }

        Assert.Equal(["Owner of Buster"], await engine.OwnersAsync());
    }

    [Theory, MemberData(nameof(Engine.Names), MemberType = typeof(Engine))]
    public async Task Scoped_session_with_commit_with_remove_and_with_forgotten_commit(string name)
    {
        using var engine = await Engine.StartAsync(name);
        await using var school = await ScopedSchool.OpenAsync(engine.Url);

        // During request.
        await using (var session = SchoolSession.Begin(school))
        {
            await school.SaveAsync(new Dog("Fido"));
            await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
            var own = await session.GetTransactionAsync();
            await Engine.InsertOwnerAsync(own.Connection, own.DbTransaction, "Ann", "Fido");
            await session.CommitAsync();
        } // After request: removed.

        // During request.
        await using (SchoolSession.Begin(school))
        {
            await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
        }

        // During request.
        await using (var session = SchoolSession.Begin(school))
        {
            await school.SaveAsync(new Dog("Rex"));
            var own = await session.GetTransactionAsync();
            await Engine.InsertOwnerAsync(own.Connection, own.DbTransaction, "Bob", "Rex");

            // Forget to commit.
        }

        // During request.
        await using (SchoolSession.Begin(school))
        {
            await Assert.ThrowsAsync<AggregateNotFoundException>(async () => await school.Repository.GetAsync<Dog>(Dog.CreateId("Rex")));
        }

        Assert.Equal(["Ann"], await engine.OwnersAsync());

        // Outside of any request the library never commits by itself.
        SchoolSession.End();
        await Assert.ThrowsAsync<TransactionException>(async () => await school.SaveAsync(new Dog("Stray")));
    }
}

/// <summary>Keeps the session of an async flow, as a web framework does for a request.</summary>
internal static class SchoolSession
{
    private static readonly AsyncLocal<StoreSession<Guid>?> Flow = new();

    /// <summary>The session that the application uses; see the attribute of <see cref="ScopedSchool"/>.</summary>
    public static StoreSession<Guid>? Current => Flow.Value;

    public static StoreSession<Guid> Begin(ScopedSchool school) => Flow.Value = school.CreateSession();

    public static void End() => Flow.Value = null;
}

[EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
[ScopedSession(typeof(SchoolSession))]
internal sealed partial class ScopedSchool;
