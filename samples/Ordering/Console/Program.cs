using EventSourcing;
using Ordering;

// The whole life of orders without a web server, and without Entity Framework: this program can be compiled natively.
if (args.Length > 1 || args.FirstOrDefault()?.StartsWith('-') == true)
{
    Console.Error.WriteLine("""
        Usage: Ordering.Console [URL]

        Runs the shop once: 200 orders of one item at the same time, of which some are paid, shipped and cancelled.
        The database is sqlite:///shop.db, a file in the current directory, unless another is given:
        sqlite:///path/to/file.db, postgresql://user:password@host/database, or memory: for none.
        """);
    return 2;
}

try
{
    await using var shop = await Shop.OpenAsync(args.FirstOrDefault() ?? "sqlite:///shop.db");
    await RunAsync(shop);
    return 0;
}
catch (EventSourcingException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task RunAsync(Shop shop)
{
    var tea = Sku.From("TEA-100");
    var id = StockItem.CreateId(tea);
    if (!await shop.Repository.ExistsAsync<StockItem>(id))
    {
        await shop.ListItemAsync(tea, "Black tea, 100 g", 4.50m);
    }

    await shop.RetryOnConflictAsync<StockItem>(id, item => item.Deliver(150));

    // All orders at once. Each one retries after a conflict, until it has its tea or the tea is sold out.
    var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => PlaceAsync(shop, tea)));
    var placed = answers.OfType<OrderId>().ToList();
    Console.WriteLine($"{placed.Count} of {answers.Length} orders were placed.");

    foreach (var order in placed.Take(10))
    {
        await shop.ReceivePaymentAsync(order, 4.50m, $"transfer for {order.Value}");
        await shop.ShipAsync(order);
    }

    foreach (var order in placed.TakeLast(5))
    {
        await shop.CancelAsync(order);
    }

    var item = await shop.Repository.GetAsync<StockItem>(id);
    Console.WriteLine($"{item.Name}: {item.OnHand} in the house, {item.Available} available.");
}

static async Task<OrderId?> PlaceAsync(Shop shop, Sku sku)
{
    var (order, customer) = (OrderId.From(Guid.CreateVersion7()), CustomerId.From(Guid.CreateVersion7()));
    try
    {
        await shop.RetryOnConflictAsync(async token => await shop.PlaceOrderAsync(order, customer, [new WantedItem(sku, 1)], token), maxAttempts: 20);
        return order;
    }
    catch (RuleException)
    {
        return null; // sold out
    }
}
