using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSourcing.Testing;
using Ordering;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The sample behaves the same on each engine.</summary>
public abstract partial class OrderingTests<TServer>(TServer server) : IClassFixture<TServer>
    where TServer : ShopServer
{
    private HttpClient Client => server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_is_placed_paid_and_shipped()
    {
        var (tea, cup, id) = (server.NewSku(), server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(tea, 10);
        await Client.StockAsync(cup, 2, price: 7m);
        var customer = await Client.AddCustomerAsync();

        var placed = await (await Client.PlaceAsync(id, customer, (tea, 3), (cup, 1))).ReadAsync(HttpStatusCode.Created);
        Assert.Equal(14.50m, placed.GetProperty("total").GetDecimal());
        Assert.Equal((10, 7), await Client.GetStockAsync(tea));
        Assert.Equal(1, await Client.GetOpenOrdersAsync(customer));

        await (await Client.PostAsync($"/orders/{id}/shipment", null)).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Equal("Placed", (await (await Client.PayAsync(id, 4.50m, "first")).ReadAsync(HttpStatusCode.OK)).GetProperty("status").GetString());
        Assert.Equal("Paid", (await (await Client.PayAsync(id, 10m, "second")).ReadAsync(HttpStatusCode.OK)).GetProperty("status").GetString());
        Assert.Equal(0, await Client.GetOpenOrdersAsync(customer));

        await (await Client.PostAsync($"/orders/{id}/shipment", null)).ReadAsync(HttpStatusCode.OK);
        Assert.Equal((7, 7), await Client.GetStockAsync(tea));
        Assert.Equal([(id, "Shipped")], await Client.GetOrdersAsync(customer));
    }

    [Fact]
    public async Task A_cancelled_order_releases_its_items_and_money()
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 5, price: 1m);
        var customer = await Client.AddCustomerAsync();
        await (await Client.PlaceAsync(id, customer, (sku, 4))).ReadAsync(HttpStatusCode.Created);
        await (await Client.PayAsync(id, 4m, "all")).ReadAsync(HttpStatusCode.OK);

        var cancelled = await (await Client.PostAsync($"/orders/{id}/cancellation", null)).ReadAsync(HttpStatusCode.OK);

        Assert.Equal("Cancelled", cancelled.GetProperty("status").GetString());
        Assert.Equal((5, 5), await Client.GetStockAsync(sku));
        Assert.Equal(0m, (await server.Shop.Repository.GetAsync<Payment>(Payment.CreateId(OrderId.From(id)), Token)).Received);
        await (await Client.PostAsync($"/orders/{id}/cancellation", null)).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_counts_once()
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 5, price: 1m);
        var customer = await Client.AddCustomerAsync();

        await (await Client.PlaceAsync(id, customer, (sku, 2))).ReadAsync(HttpStatusCode.Created);
        await (await Client.PlaceAsync(id, customer, (sku, 2))).ReadAsync(HttpStatusCode.OK);
        await (await Client.PayAsync(id, 1m, "first")).ReadAsync(HttpStatusCode.OK);
        await (await Client.PayAsync(id, 1m, "first")).ReadAsync(HttpStatusCode.OK);

        Assert.Equal((5, 3), await Client.GetStockAsync(sku));
        Assert.Equal(1, await Client.GetOpenOrdersAsync(customer));
        Assert.Equal(1m, (await server.Shop.Repository.GetAsync<Payment>(Payment.CreateId(OrderId.From(id)), Token)).Received);
        await (await Client.PlaceAsync(id, await Client.AddCustomerAsync(), (sku, 2))).ReadProblemAsync(HttpStatusCode.Conflict);
        await (await Client.PostAsJsonAsync("/items", new { sku = sku.Value, name = "Again", price = 1 })).ReadProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_data_of_a_person_is_erased_and_the_orders_stay()
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 5, price: 1m);
        var customer = await Client.AddCustomerAsync("Canary Person");
        await (await Client.PlaceAsync(id, customer, (sku, 2))).ReadAsync(HttpStatusCode.Created);

        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync($"/customers/{customer}")).StatusCode);

        await (await Client.GetAsync($"/customers/{customer}")).ReadProblemAsync(HttpStatusCode.NotFound);
        Assert.Equal([(id, "Placed")], await Client.GetOrdersAsync(customer));
        await foreach (var recording in server.Shop.NotificationLog.ReadAllAsync(cancellationToken: Token))
        {
            Assert.DoesNotContain("Canary", recording.Event.ToString(), StringComparison.Ordinal);
        }

        await (await Client.PayAsync(id, 2m, "all")).ReadAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_order_that_the_client_has_isnt_sent_again()
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 5);
        await Client.PlaceAsync(id, await Client.AddCustomerAsync(), (sku, 2));

        var seen = await Client.GetAsync($"/orders/{id}");
        await seen.ReadAsync(HttpStatusCode.OK);
        Assert.Equal("\"1\"", seen.Headers.ETag?.Tag);
        var request = new HttpRequestMessage(HttpMethod.Get, $"/orders/{id}") { Headers = { { "If-None-Match", "\"1\"" } } };
        Assert.Equal(HttpStatusCode.NotModified, (await Client.SendAsync(request)).StatusCode);
        await (await Client.GetAsync($"/orders/{Guid.NewGuid()}")).ReadProblemAsync(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/customers/0197c1b6-0000-7000-8000-000000000000", """{"name":"a\u0000b"}""")]
    [InlineData("/customers/0197c1b6-0000-7000-8000-000000000000", """{"name":"a\nb"}""")]
    [InlineData("/customers/0197c1b6-0000-7000-8000-000000000000", """{"name":"a\ud800"}""")]
    [InlineData("/customers/0197c1b6-0000-7000-8000-000000000000", """{"name":" "}""")]
    [InlineData("/customers/0197c1b6-0000-7000-8000-000000000000", "{}")]
    [InlineData("/items", """{"sku":"a/b","name":"x","price":1}""")]
    [InlineData("/items", """{"sku":"a\u0000b","name":"x","price":1}""")]
    [InlineData("/items", """{"sku":"TEA\n","name":"x","price":1}""")]
    [InlineData("/items", """{"sku":"TEA","name":"a\u0000b","price":1}""")]
    [InlineData("/items", """{"sku":"TEA","name":"x","price":0}""")]
    [InlineData("/items", """{"sku":"TEA","name":null,"price":1}""")]
    [InlineData("/orders/0197c1b6-0000-7000-8000-000000000000/payments", """{"amount":1,"reference":"a\u0000b"}""")]
    public async Task Invalid_requests_are_refused(string path, string body)
    {
        var end = await server.Shop.NotificationLog.GetMaxPositionAsync(Token);

        var method = path.StartsWith("/customers", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Post;
        var response = await Client.SendAsync(new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") });

        await response.ReadProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal(end, await server.Shop.NotificationLog.GetMaxPositionAsync(Token));
    }

    [Theory]
    [InlineData("/items/a%01b")]
    [InlineData("/items/no%20number")]
    public async Task An_invalid_item_number_is_not_found(string path) => await (await Client.GetAsync(path)).ReadProblemAsync(HttpStatusCode.NotFound);

    [Theory]
    [InlineData("shop.example.com")]
    [InlineData("127.0.0.1.example.com")]
    public async Task Requests_for_other_hosts_are_refused(string host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/log") { Headers = { Host = host } };

        Assert.Equal(HttpStatusCode.BadRequest, (await Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Only_developers_can_list_all_endpoints()
    {
        await (await Client.GetAsync("/openapi/v1.json")).ReadProblemAsync(HttpStatusCode.NotFound);

        await using var app = await ShopServer.StartAsync("sqlite:///:memory:", "--environment=Development");
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var document = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.Equal(
            ["/customers/{id}", "/items", "/items/{sku}", "/items/{sku}/deliveries", "/log",
             "/orders", "/orders/{id}", "/orders/{id}/cancellation", "/orders/{id}/payments", "/orders/{id}/shipment"],
            document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_is_healthy() => Assert.Equal("Healthy", await Client.GetStringAsync("/health"));
}

public sealed class SqliteOrderingTests(SqliteShop server) : OrderingTests<SqliteShop>(server);

public sealed class PostgreSqlOrderingTests(PostgreSqlShop server) : OrderingTests<PostgreSqlShop>(server);
