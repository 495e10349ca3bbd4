using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Transactions through a pgbouncer in transaction pooling mode.</summary>
public sealed class TransactionPgBouncerTests(PgBouncer pgBouncer) : TransactionTestBase, IClassFixture<PgBouncer>
{
    private string Url => $"{Database.UrlAt("127.0.0.1", pgBouncer.PortTo(Database))}?pgbouncer=true";

    [Fact]
    public async Task Transactions_work_as_without_it()
    {
        CreateOwners();
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        var id = Guid.NewGuid();
        // More transactions than pgbouncer has connections.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            await using var session = await BeginAsync(recorder);
            await InsertRowAsync(session, i);
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            await session.CommitAsync(Events(Guid.NewGuid(), 1, 2), Token);
        }, Token)));
        Assert.Equal((12, 36), (Count("SELECT count(*) FROM owners"), Count("SELECT count(*) FROM contract_events")));

        await recorder.InsertEventsAsync(Events(id), true, Token);
        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 12);
            var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => session.CommitAsync(Events(id), Token).AsTask());
            Assert.Equal(1, conflict.ActualVersion);
            await session.CommitAsync([], Token);
        }

        await using (var session = await BeginAsync(recorder))
        {
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "SELECT 1 / 0"));
            await Assert.ThrowsAsync<TransactionException>(() => session.CommitAsync([], Token).AsTask());
        }

        await using (var session = await BeginAsync(recorder, readOnly: true))
        {
            Assert.Single(await ReadAsync(session, id));
        }

        Assert.Equal(13, Count("SELECT count(*) FROM owners"));
    }

    [Fact]
    public async Task Transactions_of_the_user_work_as_without_it()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        await recorder.OpenAsync(Token);
        await using var direct = Connect();
        await using var throughIt = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Host = "127.0.0.1", Port = pgBouncer.PortTo(Database), Pooling = false }.ConnectionString);
        await throughIt.OpenAsync(Token);
        foreach (var connection in new[] { direct, throughIt })
        {
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var session = recorder.Join(transaction);
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal(2, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_killed_backend_is_reported()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        await recorder.OpenAsync(Token);
        await using var session = await BeginAsync(recorder);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        Query("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'");
        await Assert.ThrowsAsync<TransientStoreException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }
}
