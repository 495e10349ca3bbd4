using System.Transactions;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Data sources of the user's own: they work, or are refused with a message that says what to change.</summary>
public sealed class DataSourceTests : PostgreSqlTestBase
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_pool_that_is_too_small_is_refused(int size)
    {
        await using var dataSource = NpgsqlDataSource.Create($"{Database.ConnectionString};Maximum Pool Size={size}");
        var failure = Assert.Throws<StoreConfigurationException>(() => GuidApplication.Create(dataSource, new()));
        Assert.Contains("Maximum Pool Size", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_smallest_pool_is_enough_for_writing_reading_listening_and_transactions()
    {
        await using var dataSource = NpgsqlDataSource.Create($"{Database.ConnectionString};Maximum Pool Size=4");
        await using var application = await GuidApplication.OpenAsync(dataSource, new() { PollingInterval = TimeSpan.FromHours(1) }, Token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        for (var i = 0; i < 5; i++)
        {
            var next = subscription.MoveNextAsync().AsTask();
            var id = Guid.NewGuid();
            await application.Recorder.InTransactionAsync(async _ =>
            {
                await application.SaveAsync(new GuidThing(id, "x"), Token);
                await application.Recorder.Provider.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            }, cancellationToken: Token);
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
            Assert.True(await subscription.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
            Assert.True(await application.Repository.ExistsAsync<GuidThing>(id, cancellationToken: Token));
        }
    }

    [Fact]
    public async Task A_data_source_without_arrays_is_refused()
    {
        await using var dataSource = new NpgsqlSlimDataSourceBuilder(Database.ConnectionString).Build();
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await GuidApplication.OpenAsync(dataSource, cancellationToken: Token));
        Assert.Contains("EnableArrays", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count("SELECT count(*) FROM pg_tables WHERE tablename = 'contract_events'"));
    }

    [Theory]
    [InlineData(TransactionScopeAsyncFlowOption.Enabled)]
    [InlineData(TransactionScopeAsyncFlowOption.Suppress)]
    public async Task A_store_is_opened_and_read_beside_a_TransactionScope(TransactionScopeAsyncFlowOption flow)
    {
        await using var dataSource = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var application = GuidApplication.Create(dataSource, new());
        var scope = new TransactionScope(TransactionScopeOption.Required, flow);
        var opening = application.Recorder.OpenAsync(Token).AsTask();
        if (flow == TransactionScopeAsyncFlowOption.Suppress)
        {
            scope.Dispose();
        }

        await opening;
        if (flow == TransactionScopeAsyncFlowOption.Enabled)
        {
            Assert.Null(await application.NotificationLog.GetMaxPositionAsync(Token));
            await Assert.ThrowsAsync<EventSourcing.TransactionException>(async () => await application.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token));
            scope.Dispose();
        }

        await application.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
        Assert.Equal(1, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task Settings_of_the_writer_do_not_stay_on_its_connections()
    {
        await using var dataSource = NpgsqlDataSource.Create($"{Database.ConnectionString};No Reset On Close=true");
        await using (var application = await GuidApplication.OpenAsync(dataSource, cancellationToken: Token))
        {
            for (var i = 0; i < 3; i++)
            {
                await application.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
            }
        }

        var connections = new List<NpgsqlConnection>();
        for (var i = 0; i < 5; i++)
        {
            var connection = await dataSource.OpenConnectionAsync(Token);
            connections.Add(connection);
            await using var command = new NpgsqlCommand("SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan') || ' ' || current_setting('lock_timeout')", connection);
            Assert.Equal("auto on 0", await command.ExecuteScalarAsync(Token));
        }

        connections.ForEach(connection => connection.Dispose());
    }
}
