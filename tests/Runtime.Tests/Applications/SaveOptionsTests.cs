using System.Data.Common;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>The options of one save: metadata, a transaction, or both.</summary>
public class SaveOptionsTests : SchoolTestBase
{
    private static readonly EventMetadata Metadata = new() { CorrelationId = "request 1" };

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Metadata_is_stored_by_a_save_in_a_transaction(string store)
    {
        await using var school = await OpenAsync(store);
        var dog = new Dog("Fido");
        await using (var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token))
        {
            await school.SaveAsync(dog, new SaveOptions<Guid> { Metadata = Metadata, Transaction = transaction }, Token);
            Assert.Null(await school.Recorder.Provider.GetMaxPositionAsync(Token));
            await transaction.CommitAsync(Token);
        }

        Assert.Equal("request 1", Assert.Single(await school.NotificationLog.SelectAsync(cancellationToken: Token)).Metadata?.CorrelationId);
    }

    [Fact]
    public async Task Metadata_is_stored_by_a_save_in_an_external_transaction()
    {
        await using var school = await OpenAsync("sqlite-file");
        await using (var connection = new SqliteConnection(Url("sqlite-file")))
        {
            await connection.OpenAsync(Token);
            await using DbTransaction transaction = await connection.BeginTransactionAsync(Token);
            await school.SaveAsync([new Dog("Fido")], new SaveOptions<Guid> { Metadata = Metadata, DbTransaction = transaction }, Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal("request 1", Assert.Single(await school.NotificationLog.SelectAsync(cancellationToken: Token)).Metadata?.CorrelationId);
    }

    [Fact]
    public async Task Options_without_a_value_change_nothing()
    {
        await using var school = await OpenAsync("memory:");
        var dog = new Dog("Fido");
        await school.SaveAsync(dog, default);
        dog.AddTrick("sit");
        await school.SaveAsync(dog, new() { Metadata = Metadata });
        dog.AddTrick("roll over");
        await school.SaveAsync(dog, (EventMetadata?)null, Token);

        Assert.Equal([null, "request 1", null], (await school.NotificationLog.SelectAsync(cancellationToken: Token)).Select(e => e.Metadata?.CorrelationId));
    }

    [Fact]
    public async Task Two_transactions_are_refused()
    {
        await using var school = await OpenAsync("sqlite-file");
        await using var connection = new SqliteConnection(Url("sqlite-file"));
        await connection.OpenAsync(Token);
        await using DbTransaction external = await connection.BeginTransactionAsync(Token);
        await using var transaction = await school.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token);
        var options = new SaveOptions<Guid> { Transaction = transaction, DbTransaction = external };

        await Assert.ThrowsAsync<ArgumentException>(async () => await school.SaveAsync(new Dog("Fido"), options, Token));
    }

    /// <summary>The save would be outside of the transaction that the caller believes it has.</summary>
    [Fact]
    public void A_transaction_that_is_null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => (SaveOptions<Guid>)(StoreTransaction<Guid>)null!);
        Assert.Throws<ArgumentNullException>(() => (SaveOptions<Guid>)(DbTransaction)null!);
    }
}
