using EventSourcing;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>A creator of the user's for SQLite: it is asked for each connection, and its exceptions reach the caller.</summary>
public sealed class SqliteCreatorTests : SqliteTestBase
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_asked_for_each_connection(bool open)
    {
        SqliteCreations.Create = () =>
        {
            // A setting that a URL can't contain.
            var connection = new SqliteConnection($"Data Source={Path};Pooling={!open}");
            connection.CreateFunction("answer", () => 42L);
            if (open)
            {
                connection.Open();
            }

            return connection;
        };
        await using var school = await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token);
        var dog = new Dog("Fido");
        await school.SaveAsync(dog, Token);
        await school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token);
        Assert.InRange(SqliteCreations.Asked, 2, 3);
        var asked = SqliteCreations.Asked;
        await school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token);
        Assert.Equal(asked, SqliteCreations.Asked);
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await using var command = transaction.Connection.CreateCommand();
            command.CommandText = "CREATE TABLE IF NOT EXISTS answers AS SELECT answer() AS answer";
            await command.ExecuteNonQueryAsync(Token);
            command.CommandText = "SELECT answer FROM answers";
            await using var reader = await command.ExecuteReaderAsync(Token);
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(42L, reader.GetInt64(0));
            await reader.DisposeAsync();
            dog.AddTrick("sit");
            await school.SaveAsync(dog, Token);
            await transaction.CommitAsync(Token);
        }

        // A forgotten connection with an open reader holds nothing.
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            var command = transaction.Connection.CreateCommand();
            command.CommandText = "SELECT answer FROM answers";
            Assert.True(await (await command.ExecuteReaderAsync(Token)).ReadAsync(Token));
        }

        Assert.Equal(0L, Query("PRAGMA wal_checkpoint(TRUNCATE)"));
        await school.SaveAsync(new Dog("Rex"), Token);
        Assert.Equal(["sit"], (await school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token)).Tricks);
    }

    [Fact]
    public async Task Its_connections_are_closed_with_the_transaction_or_the_store()
    {
        var made = new List<SqliteConnection>();
        SqliteCreations.Create = () =>
        {
            lock (made)
            {
                made.Add(new SqliteConnection($"Data Source={Path}"));
            }

            return made[^1];
        };
        await using (var school = await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token))
        {
            await school.SaveAsync(new Dog("Fido"), Token);
            var before = made.Count;
            await school.Recorder.InTransactionAsync(_ => school.SaveAsync(new Dog("Rex"), Token).AsTask(), cancellationToken: Token);
            Assert.NotEqual(before, made.Count);
            Assert.All(made.Skip(before), connection => Assert.Equal(System.Data.ConnectionState.Closed, connection.State));
            Assert.Contains(made, connection => connection.State == System.Data.ConnectionState.Open);
        }

        Assert.All(made, connection => Assert.Equal(System.Data.ConnectionState.Closed, connection.State));
    }

    [Fact]
    public async Task Its_exceptions_reach_the_caller_as_they_are()
    {
        Exception[] exceptions = [new TimeZoneNotFoundException(), new SqliteException("own", 5), new TransientStoreException("own")];
        foreach (var exception in exceptions)
        {
            SqliteCreations.Create = () => throw exception;
            Assert.Same(exception, await Record.ExceptionAsync(() => SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token).AsTask()));
            await using var school = SqliteCreatorSchool.Closed(Url);
            var dog = new Dog("Fido " + exception.GetType().Name);
            Assert.Same(exception, await Record.ExceptionAsync(() => school.SaveAsync(dog, Token).AsTask()));
            SqliteCreations.Create = () => new SqliteConnection($"Data Source={Path}");
            await school.SaveAsync(dog, Token);
            SqliteCreations.Create = () => throw exception;
            Assert.Same(exception, await Record.ExceptionAsync(() => school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token).AsTask()));
            Assert.Same(exception, await Record.ExceptionAsync(() => school.Recorder.InTransactionAsync(_ => Task.CompletedTask, cancellationToken: Token).AsTask()));
        }
    }

    [Fact]
    public async Task A_watcher_that_gets_no_connection_asks_at_growing_intervals()
    {
        SqliteCreations.Create = () => new SqliteConnection($"Data Source={Path}");
        await using var school = await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token);
        var asked = new List<long>();
        var isBackground = true;
        SqliteCreations.Create = () =>
        {
            lock (asked)
            {
                asked.Add(Environment.TickCount64);
            }

            isBackground &= Thread.CurrentThread.IsBackground;
            throw new SqliteException("none", 14);
        };
        using (school.Recorder.Watch())
        {
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    lock (asked)
                    {
                        return asked.Count > 5;
                    }
                },
                TimeSpan.FromSeconds(30)));
        }

        SqliteCreations.Create = () => new SqliteConnection($"Data Source={Path}");
        Assert.True(isBackground);
        for (var i = 0; i < 5; i++)
        {
            Assert.InRange(asked[i + 1] - asked[i], (20 << i) - 2, (20 << i) + 700);
        }
    }

    [Fact]
    public async Task Unusable_connections_are_refused()
    {
        // It is then closed, whether it was given open or closed.
        foreach (var isOpen in new[] { false, true })
        {
            var made = new SqliteConnection($"Data Source={Path}.other;Pooling=false");
            if (isOpen)
            {
                made.Open();
            }

            SqliteCreations.Create = () => made;
            await Assert.ThrowsAsync<StoreConfigurationException>(async () => await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token));
            Assert.Equal(System.Data.ConnectionState.Closed, made.State);
        }

        SqliteCreations.Create = () => null!;
        await Assert.ThrowsAsync<StoreConfigurationException>(async () => await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token));
        var pooled = new SqliteConnection($"Data Source={Path}");
        pooled.Open();
        SqliteCreations.Create = () => pooled;
        await Assert.ThrowsAsync<StoreConfigurationException>(async () => await SqliteCreatorSchool.OpenAsync(Url, cancellationToken: Token));
        Assert.Equal(System.Data.ConnectionState.Closed, pooled.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_database_in_memory_may_be_created_too(bool isOpen)
    {
        SqliteCreations.Create = () =>
        {
            var connection = new SqliteConnection("Data Source=:memory:");
            if (isOpen)
            {
                connection.Open();
            }

            return connection;
        };
        await using var school = await SqliteCreatorSchool.OpenAsync("sqlite:///:memory:", cancellationToken: Token);
        await school.Recorder.InTransactionAsync(_ => school.SaveAsync(new Dog("Fido"), Token).AsTask(), cancellationToken: Token);
        await school.SaveAsync(new Dog("Rex"), Token);
        Assert.True(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token));
    }
}
