using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing.Testing;
using Ordering;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The requests that the tests send to the sample.</summary>
internal static class ShopClient
{
    /// <summary>Lists an item and takes in a delivery of it.</summary>
    public static async Task StockAsync(this HttpClient client, Sku sku, int quantity, decimal price = 2.50m)
    {
        await (await client.PostAsJsonAsync("/items", new { sku = sku.Value, name = "An item", price })).ReadAsync(HttpStatusCode.Created);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsJsonAsync($"/items/{sku}/deliveries", new { quantity })).StatusCode);
    }

    public static async Task<Guid> AddCustomerAsync(this HttpClient client, string name = "Ann")
    {
        var id = Guid.CreateVersion7();
        await (await client.PutAsJsonAsync($"/customers/{id}", new { name })).ReadAsync(HttpStatusCode.Created);
        return id;
    }

    public static Task<HttpResponseMessage> PlaceAsync(this HttpClient client, Guid id, Guid customer, params (Sku Sku, int Quantity)[] lines) =>
        client.PutAsJsonAsync($"/orders/{id}", new { customer, lines = lines.Select(l => new { sku = l.Sku.Value, quantity = l.Quantity }) });

    public static Task<HttpResponseMessage> PayAsync(this HttpClient client, Guid id, decimal amount, string reference) =>
        client.PostAsJsonAsync($"/orders/{id}/payments", new { amount, reference });

    public static async Task<(int OnHand, int Available)> GetStockAsync(this HttpClient client, Sku sku)
    {
        var item = await client.GetFromJsonAsync<JsonElement>($"/items/{sku}");
        return (item.GetProperty("onHand").GetInt32(), item.GetProperty("available").GetInt32());
    }

    /// <summary>The list of a customer's orders, as ids and states.</summary>
    public static async Task<List<(Guid Id, string Status)>> GetOrdersAsync(this HttpClient client, Guid customer) =>
        [.. (await client.GetFromJsonAsync<JsonElement>($"/orders?customer={customer}")).EnumerateArray()
            .Select(o => (o.GetProperty("id").GetGuid(), o.GetProperty("status").GetString()!))];

    public static async Task<int> GetOpenOrdersAsync(this HttpClient client, Guid customer) =>
        (await client.GetFromJsonAsync<JsonElement>($"/customers/{customer}")).GetProperty("openOrders").GetInt32();
}
