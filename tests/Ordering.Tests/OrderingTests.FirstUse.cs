using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing.Testing;
using Ordering;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>Problems that new users of the library had, in the order of their reports.</summary>
public abstract partial class OrderingTests<TServer>
{
    [Fact]
    public async Task Rows_of_an_event_that_was_renamed_are_read()
    {
        var id = await PlacePaidAsync("old");
        server.Query($"UPDATE shop_events SET topic = 'Payment.Paid' WHERE topic = 'Payment.MoneyReceived'");

        var payment = await server.Shop.Repository.GetAsync<Payment>(Payment.CreateId(id), Token);

        Assert.True(payment.IsComplete);
        await (await Client.PayAsync(id.Value, 1m, "old")).ReadAsync(HttpStatusCode.OK); // known already
    }

    [Fact]
    public async Task Filters_find_rows_of_an_event_that_was_renamed_and_need_no_topics_as_text()
    {
        var (old, recent) = (await PlacePaidAsync("former"), await PlacePaidAsync("recent"));
        server.Query($"UPDATE shop_events SET topic = 'Payment.Paid' WHERE id = (SELECT max(id) - 7 FROM shop_events)");
        var log = server.Shop.NotificationLog;

        foreach (IReadOnlyCollection<string> topics in new[] { Topics.Of<Payment.MoneyReceived>(), ["Payment.MoneyReceived"], ["Payment.Paid"] })
        {
            var found = await log.ReadAllAsync(topics: topics, cancellationToken: Token).Select(r => r.AggregateId).ToListAsync(Token);
            Assert.Equal([Payment.CreateId(old).Value, Payment.CreateId(recent).Value], found[^2..]);
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await log.ReadAllAsync(topics: ["Payment.Stolen"], cancellationToken: Token).CountAsync(Token));
    }

    [Fact]
    public async Task An_application_that_was_renamed_finds_its_events_in_the_table_that_it_names()
    {
        var id = await PlacePaidAsync("renamed");

        await using var renamed = await RenamedShop.OpenAsync(server.Store, cancellationToken: Token);

        Assert.Equal(OrderStatus.Paid, (await renamed.Repository.GetAsync<Order>(id, Token)).Status);
    }

    [Fact]
    public async Task Saves_of_a_handler_that_then_refuses_arent_stored()
    {
        var sku = server.NewSku();
        await Client.StockAsync(sku, 100);
        var customer = await Client.AddCustomerAsync();
        for (var i = 0; i < 10; i++)
        {
            await (await Client.PlaceAsync(Guid.CreateVersion7(), customer, (sku, 1))).ReadAsync(HttpStatusCode.Created);
        }

        var id = Guid.CreateVersion7();

        // The eleventh order is saved before the row of the customer refuses it.
        await (await Client.PlaceAsync(id, customer, (sku, 1))).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);
        // The customer of this order doesn't exist.
        await (await Client.PlaceAsync(id, Guid.NewGuid(), (sku, 1))).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);
        // A rule of an aggregate refuses this order.
        await (await Client.PlaceAsync(id, await Client.AddCustomerAsync(), (sku, 1), (server.NewSku(), 1))).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);

        Assert.False(await server.Shop.Repository.ExistsAsync<Order>(OrderId.From(id), Token));
        Assert.Equal((100, 90), await Client.GetStockAsync(sku));
        Assert.Equal(10, await Client.GetOpenOrdersAsync(customer));
    }

    [Fact]
    public async Task Metadata_of_the_request_and_of_the_handler_is_stored_together()
    {
        var id = await PlacePaidAsync("transfer 17");

        var events = await server.Shop.NotificationLog.ReadAllAsync(cancellationToken: Token)
            .Where(r => r.AggregateId == id.Value || r.AggregateId == Payment.CreateId(id).Value).ToListAsync(Token);

        Assert.Equal(["Order.Placed", "Payment.Requested", "Order.Paid", "Payment.MoneyReceived"], events.Select(e => e.Topic));
        Assert.All(events, e => Assert.Matches("^[0-9a-f]{32}$", e.Metadata?.CorrelationId));
        Assert.Equal([null, null, "transfer 17", "transfer 17"], events.Select(e => e.Metadata?.CausationId));
        // The two requests have two traces.
        Assert.Equal(2, events.Select(e => e.Metadata?.CorrelationId).Distinct().Count());
    }

    [Fact]
    public async Task Of_200_parallel_orders_of_one_item_all_succeed()
    {
        var sku = server.NewSku();
        await Client.StockAsync(sku, 1000, price: 1m);
        var customers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Client.AddCustomerAsync($"Customer {i}")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Client.PlaceAsync(Guid.CreateVersion7(), customers[i % 20], (sku, 1 + i % 3))));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.StatusCode));
        var sold = Enumerable.Range(0, 200).Sum(i => 1 + i % 3);
        Assert.Equal((1000, 1000 - sold), await Client.GetStockAsync(sku));
        Assert.All(await Task.WhenAll(customers.Select(Client.GetOpenOrdersAsync)), open => Assert.Equal(10, open));
    }

    [Fact]
    public async Task Of_200_parallel_orders_as_many_succeed_as_there_are_pieces()
    {
        var sku = server.NewSku();
        await Client.StockAsync(sku, 100, price: 1m);
        var customers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Client.AddCustomerAsync($"Customer {i}")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Client.PlaceAsync(Guid.CreateVersion7(), customers[i % 20], (sku, 1))));

        Assert.Equal(100, answers.Count(a => a.StatusCode == HttpStatusCode.Created));
        Assert.Equal(100, answers.Count(a => a.StatusCode == HttpStatusCode.UnprocessableEntity));
        Assert.Equal((100, 0), await Client.GetStockAsync(sku));
        // The stock was never negative.
        var item = StockItem.CreateId(sku);
        var version = (await server.Shop.Repository.GetAsync<StockItem>(item, Token)).Version;
        Assert.Equal(102, version);
        Assert.Equal(100, (await Task.WhenAll(customers.Select(Client.GetOrdersAsync))).Sum(o => o.Count));
        Assert.Equal(100, (await Task.WhenAll(customers.Select(Client.GetOpenOrdersAsync))).Sum());
    }

    [Fact]
    public async Task Of_200_parallel_deliveries_of_one_item_all_succeed()
    {
        var sku = server.NewSku();
        await Client.StockAsync(sku, 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Client.PostAsJsonAsync($"/items/{sku}/deliveries", new { quantity = 2 })));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.NoContent, a.StatusCode));
        Assert.Equal((401, 401), await Client.GetStockAsync(sku));
    }

    [Fact]
    public async Task Retrying_inside_a_session_is_an_error_that_names_the_right_place()
    {
        var sku = server.NewSku();
        await Client.StockAsync(sku, 1);
        await using var session = server.Shop.CreateSession();
        using var use = session.Use();

        var refused = await Assert.ThrowsAsync<TransactionException>(async () =>
            await server.Shop.RetryOnConflictAsync<StockItem>(StockItem.CreateId(sku), item => item.Deliver(1), cancellationToken: Token));

        Assert.Contains("WithCommitOnSuccess", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_work_of_requests_is_measured()
    {
        var measured = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "EventSourcing.Generated")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument.Name, 1, tags));
        listener.Start();

        await PlacePaidAsync("measured");
        await server.Shop.NotificationLog.ReadAllAsync(cancellationToken: Token).CountAsync(Token);

        lock (measured)
        {
            // Listed and delivered, then placed, requested and reserved, then paid and its money.
            Assert.Equal(7, measured["eventsourcing.events.saved"]);
            Assert.Equal(4, measured["eventsourcing.saves.duration"]);
            Assert.True(measured["eventsourcing.events.read"] >= 7);
        }

        void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (key, tag) in tags)
            {
                if (key == "eventsourcing.application" && tag is "Shop")
                {
                    lock (measured)
                    {
                        measured[name] = measured.GetValueOrDefault(name) + value;
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Events_of_private_commands_and_of_checked_creations_have_names_in_other_assemblies()
    {
        var id = await PlacePaidAsync("names");

        var told = await server.Shop.NotificationLog.ReadAllAsync(cancellationToken: Token)
            .Where(r => r.AggregateId == id.Value || r.AggregateId == Payment.CreateId(id).Value)
            .Select(r => r.Event switch
            {
                Order.Placed placed => string.Create(CultureInfo.InvariantCulture, $"{placed.Lines.Sum(l => l.Quantity)} ordered"),
                Order.Paid paid => paid.Payment == Payment.CreateId(id) ? "paid" : "paid elsewhere",
                Payment.MoneyReceived money => string.Create(CultureInfo.InvariantCulture, $"{money.Amount} received"),
                _ => r.Topic,
            })
            .ToListAsync(Token);

        Assert.Equal(["1 ordered", "Payment.Requested", "paid", "1 received"], told);
    }

    [Fact]
    public async Task A_creation_that_is_refused_creates_nothing()
    {
        await Task.CompletedTask;
        Assert.Throws<RuleException>(() => StockItem.List(server.NewSku(), "Free", 0));
        Assert.Throws<RuleException>(() => Order.Place(OrderId.From(Guid.NewGuid()), CustomerId.From(Guid.NewGuid()), []));
        var line = new OrderLine(server.NewSku(), 1, 1m);
        Assert.Throws<RuleException>(() => Order.Place(OrderId.From(Guid.NewGuid()), CustomerId.From(Guid.NewGuid()), [line, line]));
    }

    [Fact]
    public async Task A_subscription_continues_after_the_newest_events_were_deleted_by_hand()
    {
        await PlacePaidAsync("before");
        var end = await server.Shop.NotificationLog.GetMaxPositionAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stop.CancelAfter(TimeSpan.FromSeconds(30));
        await using var subscription = server.Shop.NotificationLog.SubscribeAsync(end, cancellationToken: stop.Token).GetAsyncEnumerator(stop.Token);
        var next = subscription.MoveNextAsync();

        server.Query($"DELETE FROM shop_events WHERE id = {end}");
        await Task.Delay(100, Token);
        // Another subscription begins where the log ended before the deletion.
        await using var second = server.Shop.NotificationLog.SubscribeAsync(end, cancellationToken: stop.Token).GetAsyncEnumerator(stop.Token);
        var afterwards = second.MoveNextAsync();
        await Task.Delay(100, Token);
        var sku = server.NewSku();
        await Client.StockAsync(sku, 1);

        Assert.True(await next);
        Assert.True(await afterwards);
        Assert.Equal((sku, sku), (((StockItem.Listed)subscription.Current.Event).Sku, ((StockItem.Listed)second.Current.Event).Sku));
    }

    [Fact]
    public async Task Tables_of_Entity_Framework_are_created_beside_those_of_the_store()
    {
        // The store's table was there first, so EnsureCreated would have created no tables. A second start finds them.
        await using var again = await ShopServer.StartAsync(server.Store);
        using var client = new HttpClient { BaseAddress = new Uri(again.Urls.Single()) };

        var customer = await client.AddCustomerAsync("Bob");

        Assert.Equal(0, await Client.GetOpenOrdersAsync(customer));
        Assert.True(Convert.ToInt64(server.Query("SELECT count(*) FROM shop_customers"), CultureInfo.InvariantCulture) > 0);
    }

    [Fact]
    public async Task Two_applications_of_one_assembly_share_aggregates_and_have_separate_events()
    {
        var (sku, id) = (server.NewSku(), OrderId.From(Guid.CreateVersion7()));
        await using var outlet = await Outlet.OpenAsync(server.Store, cancellationToken: Token);
        await using var renamed = await RenamedShop.OpenAsync(server.Store, cancellationToken: Token);

        var item = StockItem.List(sku, "Remnant", 1m);
        item.Deliver(3);
        await outlet.SaveAsync([item, Order.Place(id, CustomerId.From(Guid.NewGuid()), [new OrderLine(sku, 1, 1m)])], Token);

        Assert.Equal(1, await outlet.NotificationLog.ReadAllAsync(topics: ["Order.Placed"], cancellationToken: Token).CountAsync(Token));
        Assert.Null(await renamed.Repository.TryGetAsync<StockItem>(StockItem.CreateId(sku), Token));
        Assert.False(await server.Shop.Repository.ExistsAsync<Order>(id, Token));
        server.Query("DELETE FROM outlet_events");
    }

    [Fact]
    public async Task Events_with_lists_are_compared_as_a_whole()
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 5, price: 1m);
        var customer = await Client.AddCustomerAsync();
        await (await Client.PlaceAsync(id, customer, (sku, 2))).ReadAsync(HttpStatusCode.Created);

        var stored = await server.Shop.NotificationLog.ReadAllAsync(cancellationToken: Token).SingleAsync(r => r.AggregateId == id, Token);

        Assert.Equal(new Order.Placed(CustomerId.From(customer), [new OrderLine(sku, 2, 1m)]), stored.Event);
        Assert.NotEqual(new Order.Placed(CustomerId.From(customer), [new OrderLine(sku, 3, 1m)]), stored.Event);
        Assert.Contains(sku.Value, stored.Event.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Places an order of one piece and pays it.</summary>
    private async Task<OrderId> PlacePaidAsync(string reference)
    {
        var (sku, id) = (server.NewSku(), Guid.CreateVersion7());
        await Client.StockAsync(sku, 1, price: 1m);
        await (await Client.PlaceAsync(id, await Client.AddCustomerAsync(), (sku, 1))).ReadAsync(HttpStatusCode.Created);
        await (await Client.PayAsync(id, 1m, reference)).ReadAsync(HttpStatusCode.OK);
        return OrderId.From(id);
    }
}
