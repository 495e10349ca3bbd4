using Dapper;
using EventSourcing;
using EventSourcing.Recording;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Whether pending entities are written before the store is read in a transaction. The commit writes them in any case.</summary>
public sealed class AutoFlushTests : EngineTestBase
{
    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_is_on_by_default(string engine)
    {
        await OpenAsync(engine);
        Assert.Equal(1, await SeenAsync(School.Recorder, _ => Assert.True(_.AutoFlush)));
        Assert.Equal(1, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_off_by_the_application(string engine)
    {
        await OpenAsync(engine);
        await using var quiet = await QuietSchool.OpenAsync(Engine.Url, cancellationToken: Token);
        Assert.Equal(0, await SeenAsync(quiet.Recorder, _ => Assert.False(_.AutoFlush)));
        Assert.Equal(1, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_off_by_the_options_of_the_store(string engine)
    {
        await OpenAsync(engine, new EventStoreOptions { AutoFlush = false });
        Assert.Equal(0, await SeenAsync(School.Recorder, _ => Assert.False(_.AutoFlush)));
        Assert.Equal(1, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_off_for_a_block(string engine)
    {
        await OpenAsync(engine);
        await School.Recorder.InTransactionAsync(async transaction =>
        {
            var context = await UseAsync(transaction);
            context.Add(new Owner { Name = "Ann" });
            using (transaction.NoAutoFlush())
            {
                Assert.False(transaction.AutoFlush);
                Assert.Equal(0, await CountAfterReadingAsync(School.Recorder, transaction));
            }

            Assert.True(transaction.AutoFlush);
            Assert.Equal(1, await CountAfterReadingAsync(School.Recorder, transaction));
        }, cancellationToken: Token);
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_off_on_the_transaction_itself(string engine)
    {
        await OpenAsync(engine);
        Assert.Equal(0, await SeenAsync(School.Recorder, transaction => transaction.AutoFlush = false));
        Assert.Equal(1, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Autoflush_off_on_the_session_itself(string engine)
    {
        await OpenAsync(engine);
        await using var session = School.CreateSession();
        using var use = session.Use();
        session.AutoFlush = false;
        var transaction = await session.GetTransactionAsync(Token);
        (await UseAsync(transaction)).Add(new Owner { Name = "Ann" });
        Assert.Equal(0, await CountAfterReadingAsync(School.Recorder, transaction));
        session.AutoFlush = true;
        using (session.NoAutoFlush())
        {
            Assert.Equal(0, await CountAfterReadingAsync(School.Recorder, transaction));
        }

        Assert.Equal(1, await CountAfterReadingAsync(School.Recorder, transaction));
        await session.CommitAsync(Token);
        Assert.Equal(1, Engine.CountOwners());
    }

    [Theory, MemberData(nameof(Engine.Both), MemberType = typeof(Engine))]
    public async Task Nothing_is_flushed_when_nothing_has_changed(string engine)
    {
        await OpenAsync(engine);
        var flushes = 0;
        await School.Recorder.InTransactionAsync(async transaction =>
        {
            var context = await UseAsync(transaction);
            context.SavingChanges += (_, _) => flushes++;
            await CountAfterReadingAsync(School.Recorder, transaction);
            Assert.Equal(0, flushes);
            context.Add(new Owner { Name = "Ann" });
            await CountAfterReadingAsync(School.Recorder, transaction);
            await CountAfterReadingAsync(School.Recorder, transaction);
        }, cancellationToken: Token);
        Assert.Equal(1, flushes);
    }

    /// <summary>The number of entities that the transaction's connection sees after the store was read.</summary>
    private async Task<int> SeenAsync(ApplicationRecorder<Guid> recorder, Action<StoreTransaction<Guid>> prepare) =>
        await recorder.InTransactionAsync(async transaction =>
        {
            prepare(transaction);
            (await UseAsync(transaction)).Add(new Owner { Name = "Ann" });
            return await CountAfterReadingAsync(recorder, transaction);
        }, cancellationToken: Token);

    private static async Task<int> CountAfterReadingAsync(ApplicationRecorder<Guid> recorder, StoreTransaction<Guid> transaction)
    {
        await recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token);
        return await transaction.Connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM owners", transaction: transaction.DbTransaction);
    }

    private ValueTask<SchoolContext> UseAsync(StoreTransaction<Guid> transaction) =>
        transaction.UseDbContextAsync((DbContextOptionsBuilder<SchoolContext> options, System.Data.Common.DbConnection connection) => Engine.Use(options, connection), Token);
}
