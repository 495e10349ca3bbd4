using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The stores that addresses select, and the errors for addresses that select none.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("Server=.;Database=x", "PostgreSQL")]
    [InlineData("sqlite:///shop.db?sync=normal", "sync")]
    [InlineData("oracle://host/shop", "oracle")]
    [InlineData("shop", "sqlite:///")]
    public async Task A_start_with_an_invalid_address_reports_the_error(string store, string expected)
    {
        var refused = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await ShopServer.StartAsync(store));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_without_a_database_says_what_to_use_for_tables()
    {
        var refused = await Assert.ThrowsAsync<TransactionException>(async () => await ShopServer.StartAsync("memory:"));

        Assert.Contains("sqlite:///:memory:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SQLite_in_memory_has_tables()
    {
        await using var app = await ShopServer.StartAsync("sqlite:///:memory:");
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal(0, await client.GetOpenOrdersAsync(await client.AddCustomerAsync()));
    }
}
