using System.Transactions;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A creator of the user's: it is asked for each physical connection, and its exceptions reach the caller.</summary>
[Collection("Creators")]
public sealed class ConnectionCreatorTests : PostgreSqlTestBase
{
    private const string Url = "postgresql://";
    private const string CountSessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'creator'";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_asked_for_each_physical_connection(bool open)
    {
        var creations = Creations.Of(Database, "Pooling=false;Application Name=creator");
        var create = creations.Connection;
        creations.Connection = async token =>
        {
            var connection = await create(token);
            if (open)
            {
                await connection.OpenAsync(token);
            }

            return connection;
        };
        await using (var school = await CreatorSchool.OpenAsync($"{Url}?max_pool_size=3", cancellationToken: Token))
        {
            await school.SaveAsync(new Dog("Fido"), Token);
            for (var i = 0; i < 20; i++)
            {
                await school.AddTrickAsync("Fido", $"trick {i}");
            }

            Assert.InRange(creations.Count, 2, 3); // the writer's, a reader's, and perhaps the notifier's
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")).AsTask(), Token)));
            Assert.InRange(creations.Count, 2, 4);

            // A connection may still be opening that no read waits for any more.
            for (var look = 0; creations.Count != Count(CountSessions); look++)
            {
                Assert.True(look < 500, $"{creations.Count} connections were created, the server has {Count(CountSessions)} sessions.");
                await Task.Delay(20, Token);
            }

            Assert.Equal(20, (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token)).Tricks.Count);
        }

        // The server's processes end a little later.
        for (var look = 0; Count(CountSessions) > 0; look++)
        {
            Assert.True(look < 500);
            await Task.Delay(20, Token);
        }
    }

    public static TheoryData<Exception> Exceptions =>
    [
        new TimeZoneNotFoundException("own"), new NpgsqlException("own"), new TransientStoreException("own"), new TimeoutException("own"),
        new TaskCanceledException("own"), new IOException("own"),
    ];

    [Theory, MemberData(nameof(Exceptions))]
    public async Task Its_exceptions_reach_the_caller_as_they_are_and_nothing_is_retried(Exception exception)
    {
        var creations = Creations.Of(Database);
        var (create, isBroken) = (creations.Connection, true);
        creations.Connection = token => isBroken ? throw exception : create(token);
        await ThrowsAsync(() => CreatorSchool.OpenAsync(Url, cancellationToken: Token).AsTask());
        await ThrowsAsync(() => CreatorSchool.EnsureSchemaAsync(Url, cancellationToken: Token).AsTask());
        await ThrowsAsync(() => CreatorSchool.VerifySchemaAsync(Url, cancellationToken: Token).AsTask());

        // Not open yet.
        await using var school = CreatorSchool.Create(Url, new());
        var dog = new Dog("Fido");
        await ThrowsAsync(() => school.SaveAsync(dog, Token).AsTask());
        await ThrowsAsync(() => school.Repository.TryGetAsync<Dog>(dog.Id, cancellationToken: Token).AsTask());
        await ThrowsAsync(() => school.Recorder.InTransactionAsync(_ => Task.CompletedTask, cancellationToken: Token).AsTask());

        // Open, and its connections are lost.
        isBroken = false;
        await school.SaveAsync(dog, Token);
        await school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token);
        isBroken = true;
        await ThrowsAsync(() => school.Recorder.InTransactionAsync(_ => Task.CompletedTask, cancellationToken: Token).AsTask());
        KillSessions();
        await ThrowsAsync(() => school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token).AsTask());
        dog.AddTrick("sit");
        var failure = await Record.ExceptionAsync(() => school.SaveAsync(dog, Token).AsTask());
        Assert.True(failure == exception || failure is InDoubtException { InnerException: { } inner } && inner == exception, $"{failure}");
        await ThrowsAsync(() => school.SaveAsync(new Dog("Rex"), Token).AsTask());

        isBroken = false;
        Assert.False(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Rex"), cancellationToken: Token));
        await school.SaveAsync(dog, Token);
        Assert.Equal(["sit"], (await school.Repository.GetAsync<Dog>(dog.Id, cancellationToken: Token)).Tricks);

        async Task ThrowsAsync(Func<Task> work)
        {
            var before = creations.Count;
            Assert.Same(exception, await Record.ExceptionAsync(work));
            Assert.Equal(before + 1, creations.Count);
        }
    }

    [Fact]
    public async Task Lost_connections_are_replaced_and_nothing_is_lost()
    {
        var creations = Creations.Of(Database);
        await using var school = await CreatorSchool.OpenAsync(Url, cancellationToken: Token);
        await school.SaveAsync(new Dog("Fido"), Token);
        for (var round = 0; round < 5; round++)
        {
            KillSessions();
            await school.AddTrickAsync("Fido", $"trick {round}");
        }

        Assert.Equal(5, (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token)).Tricks.Count);
        Assert.InRange(creations.Count, 7, 60);
    }

    [Fact]
    public async Task A_transaction_of_the_user_s_leaves_nothing_on_its_connection()
    {
        var creations = Creations.Of(Database);
        await using var school = await CreatorSchool.OpenAsync(Url, cancellationToken: Token);
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await ExecuteAsync(transaction, "SET application_name = 'left'; CREATE TEMP TABLE left_behind (id int)");
            await school.SaveAsync(new Dog("Fido"), Token);
            await transaction.CommitAsync(Token);
        }

        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await ExecuteAsync(transaction, "CREATE TABLE forgotten (id int)");
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(transaction, "SELECT 1 / 0"));
        }

        var before = creations.Count;
        await using (var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            Assert.NotEqual("left", await ExecuteAsync(transaction, "SELECT current_setting('application_name')"));
            Assert.Equal(DBNull.Value, await ExecuteAsync(transaction, "SELECT to_regclass('left_behind')::text"));
            Assert.Equal(DBNull.Value, await ExecuteAsync(transaction, "SELECT to_regclass('forgotten')::text"));
            await school.SaveAsync(new Dog("Rex"), Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal(before, creations.Count);
        Assert.Equal(2, Count("SELECT count(*) FROM school_events"));
    }

    [Fact]
    public async Task A_subscription_is_notified_of_appends()
    {
        Creations.Of(Database);
        await using var school = await CreatorSchool.OpenAsync(Url, new EventStoreOptions { PollingInterval = TimeSpan.FromMinutes(5) }, Token);
        await using var other = await CreatorSchool.OpenAsync(Url, cancellationToken: Token);
        var received = Task.Run(async () =>
        {
            await foreach (var _ in school.NotificationLog.SubscribeAsync(0, cancellationToken: Token))
            {
                return true;
            }

            return false;
        }, Token);
        await Task.Delay(300, Token);
        await other.SaveAsync(new Dog("Fido"), Token);
        Assert.True(await received.WaitAsync(TimeSpan.FromSeconds(60), Token));
    }

    [Fact]
    public async Task An_ambient_transaction_of_the_framework_gets_none_of_the_connections()
    {
        Creations.Of(Database, "Pooling=false;Enlist=true;Application Name=creator");
        await using var school = await CreatorSchool.OpenAsync(Url, cancellationToken: Token);
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.False(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token));
            Assert.Equal(0, Count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'creator' AND state <> 'idle'"));
        }

        await school.SaveAsync(new Dog("Fido"), Token);
        Assert.True(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token));
    }

    [Fact]
    public async Task Unusable_connections_are_refused()
    {
        var creations = Creations.Of(Database, "Multiplexing=true");
        await Assert.ThrowsAsync<StoreConfigurationException>(async () => await CreatorSchool.OpenAsync(Url, cancellationToken: Token));
        var same = new NpgsqlConnection(Database.ConnectionString + ";Pooling=false");
        creations.Connection = _ => new(same);
        await using (var school = await CreatorSchool.OpenAsync(Url, cancellationToken: Token))
        {
            await Assert.ThrowsAsync<StoreConfigurationException>(async () => await school.Repository.ExistsAsync<Dog>(Guid.NewGuid(), cancellationToken: Token));
        }

        creations.Connection = _ => default;
        await Assert.ThrowsAsync<StoreConfigurationException>(async () => await CreatorSchool.OpenAsync(Url, cancellationToken: Token));
        Assert.Throws<StoreConfigurationException>(() => CreatorSchool.Create($"{Url}?listen=localhost", new()));
    }

    [Fact]
    public async Task A_data_source_is_asked_for_once_and_still_belongs_to_its_creator()
    {
        var creations = Creations.Of(Database);
        await using var dataSource = NpgsqlDataSource.Create(Database.ConnectionString);
        var exception = new TimeZoneNotFoundException();
        creations.DataSource = () => throw exception;
        await using (var school = DataSourceSchool.Create(Url, new()))
        {
            Assert.Same(exception, await Record.ExceptionAsync(() => school.SaveAsync(new Dog("Fido"), Token).AsTask()));
            creations.DataSource = () => dataSource;
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => school.SaveAsync(new Dog($"Dog {i}"), Token).AsTask(), Token)));
            await school.Recorder.InTransactionAsync(_ => school.SaveAsync(new Dog("Fido"), Token).AsTask(), cancellationToken: Token);
            Assert.True(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), cancellationToken: Token));
        }

        Assert.Equal(2, creations.Count);
        await using var connection = await dataSource.OpenConnectionAsync(Token);
    }

    private static async Task<object?> ExecuteAsync(StoreTransaction<Guid> transaction, string sql)
    {
        await using var command = transaction.Connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction.DbTransaction);
        return await command.ExecuteScalarAsync(Token);
    }

    private void KillSessions()
    {
        // More than once, since a connection may just be opening.
        while (Count("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") > 0)
        {
            Thread.Sleep(20);
        }
    }
}
