using System.Data.Common;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Applications whose sessions come from an adapter: their owner commits and removes them, the library never does.</summary>
public sealed class ScopedSessionTests
{
    private static readonly Guid Fido = Dog.CreateId("Fido");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Stores => ["memory:", "sqlite:///:memory:"];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Saves_that_the_owner_commits_are_stored(string store)
    {
        await using var school = await SessionSchool.OpenAsync(store, cancellationToken: Token);
        await using (var session = SchoolSessions.Begin(school))
        {
            var dog = new Dog("Fido");
            Assert.All(await school.SaveAsync(dog, Token), r => Assert.Null(r.Position));
            Assert.True(await school.Repository.ExistsAsync<Dog>(Fido, Token));
            Assert.Equal(1, await session.CommitAsync(Token));
            Assert.Empty(dog.PendingEvents);
            dog.AddTrick("sit");
            await school.SaveAsync(dog, Token);
            Assert.Equal(1, await session.CommitAsync(Token));
        }

        SchoolSessions.Remove();
        Assert.Equal(["sit"], (await school.Repository.GetAsync<Dog>(Fido, Token)).Tricks);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Saves_that_the_owner_rolls_back_or_removes_are_not_stored(string store)
    {
        await using var school = await SessionSchool.OpenAsync(store, cancellationToken: Token);
        var dog = new Dog("Fido");
        await using (var session = SchoolSessions.Begin(school))
        {
            await school.SaveAsync(dog, Token);
            await session.RollbackAsync();
            Assert.False(await school.Repository.ExistsAsync<Dog>(Fido, Token));
            Assert.Single(dog.PendingEvents);

            // A forgotten commit.
            await school.SaveAsync(dog, Token);
            Assert.True(session.HasSaves);
        }

        SchoolSessions.Remove();
        Assert.False(await school.Repository.ExistsAsync<Dog>(Fido, Token));
        Assert.Null(await school.Recorder.GetMaxPositionAsync(Token));
        Assert.Single(dog.PendingEvents);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Without_a_session_nothing_is_saved(string store)
    {
        await using var school = await SessionSchool.OpenAsync(store, cancellationToken: Token);
        SchoolSessions.Remove();
        Assert.False(await school.Repository.ExistsAsync<Dog>(Fido, Token));
        await Assert.ThrowsAsync<TransactionException>(async () => await school.SaveAsync(new Dog("Fido"), Token));
        await Assert.ThrowsAsync<TransactionException>(async () => await school.Recorder.InTransactionAsync(_ => Task.CompletedTask, cancellationToken: Token));

        // A session that has ended, and a session of another store.
        var ended = SchoolSessions.Begin(school);
        await ended.DisposeAsync();
        await Assert.ThrowsAsync<TransactionException>(async () => await school.SaveAsync(new Dog("Fido"), Token));
        await using var other = await SessionSchool.OpenAsync(store, cancellationToken: Token);
        await using var theirs = SchoolSessions.Begin(other);
        await Assert.ThrowsAsync<TransactionException>(async () => await school.SaveAsync(new Dog("Fido"), Token));
        Assert.Null(await other.Recorder.Provider.GetMaxPositionAsync(Token));
        Assert.Null(await school.Recorder.Provider.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task The_adapter_may_give_a_transaction_of_the_driver()
    {
        var folder = Directory.CreateTempSubdirectory("esg-");
        try
        {
            var file = Path.Combine(folder.FullName, "school.db");
            await using (var school = await TransactionSchool.OpenAsync("sqlite:///" + file, cancellationToken: Token))
            {
                await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
                await connection.OpenAsync(Token);
                await using (var forgotten = await connection.BeginTransactionAsync(Token))
                {
                    TransactionAdapter.Set(forgotten);
                    await school.SaveAsync(new Dog("Rex"), Token);
                    Assert.True(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Rex"), Token));
                }

                await using (var transaction = await connection.BeginTransactionAsync(Token))
                {
                    TransactionAdapter.Set(transaction);
                    await school.SaveAsync(new Dog("Fido"), Token);
                    await transaction.CommitAsync(Token);
                }

                TransactionAdapter.Set(null);
                Assert.True(await school.Repository.ExistsAsync<Dog>(Fido, Token));
                Assert.False(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Rex"), Token));
                await Assert.ThrowsAsync<TransactionException>(async () => await school.SaveAsync(new Dog("Rex"), Token));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>The session of the async flow, as an owner may keep it.</summary>
internal static class SchoolSessions
{
    private static readonly AsyncLocal<StoreSession<Guid>?> Flow = new();

    public static StoreSession<Guid>? Current => Flow.Value;

    public static StoreSession<Guid> Begin(SessionSchool school) => Flow.Value = school.CreateSession();

    public static void Remove() => Flow.Value = null;
}

internal static class TransactionAdapter
{
    private static readonly AsyncLocal<DbTransaction?> Flow = new();

    public static DbTransaction? Current() => Flow.Value;

    public static void Set(DbTransaction? transaction) => Flow.Value = transaction;
}

[EventSourcedApplication(typeof(Dog), TablePrefix = "sessionschool")]
[ScopedSession(typeof(SchoolSessions))]
internal sealed partial class SessionSchool;

[EventSourcedApplication(typeof(Dog), TablePrefix = "sessionschool", AutoFlush = false)]
[ScopedSession(typeof(TransactionAdapter))]
internal sealed partial class TransactionSchool;
