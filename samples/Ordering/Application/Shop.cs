using EventSourcing;

namespace Ordering;

/// <summary>
/// The application: what can be done in the shop. Each method is one save, and so happens as a whole or not at all. No method retries
/// after a conflict: a retry belongs around the commit, which is the caller's where there is a transaction or a request.
/// </summary>
/// <remarks>The table has a name of its own, so that it stays when the class is renamed.</remarks>
[EventSourcedApplication(typeof(Order), typeof(StockItem), typeof(Payment), TablePrefix = "shop")]
public sealed partial class Shop
{
    /// <summary>Offers a new item.</summary>
    /// <exception cref="ConcurrencyException">An item of this number exists.</exception>
    public async Task<StockItem> ListItemAsync(Sku sku, string name, decimal price, CancellationToken cancellationToken = default)
    {
        var item = StockItem.List(sku, name, price);
        await SaveAsync(item, cancellationToken);
        return item;
    }

    /// <summary>Places an order, reserves its items, and asks for its payment.</summary>
    /// <returns>The order; the existing one, if it was placed before.</returns>
    /// <exception cref="RuleException">There is no such item, or not enough of one.</exception>
    public async Task<Order> PlaceOrderAsync(
        OrderId id, CustomerId customer, IReadOnlyCollection<WantedItem> wanted, CancellationToken cancellationToken = default)
    {
        if (await Repository.TryGetAsync<Order>(id, cancellationToken) is { } placed)
        {
            return placed;
        }

        var items = new List<StockItem>();
        foreach (var (sku, quantity) in wanted)
        {
            var item = await Repository.TryGetAsync<StockItem>(StockItem.CreateId(sku), cancellationToken)
                ?? throw new RuleException($"There is no item {sku}.");
            item.Reserve(id, quantity);
            items.Add(item);
        }

        var order = Order.Place(id, customer, [.. items.Zip(wanted, (item, w) => new OrderLine(item.Sku, w.Quantity, item.Price))]);
        await SaveAsync([order, new Payment(id, order.Total), .. items], cancellationToken);
        return order;
    }

    /// <summary>Takes money for an order. When all of it is there, the order is paid.</summary>
    /// <exception cref="AggregateNotFoundException">There is no such order.</exception>
    /// <exception cref="RuleException">It is too much, or the order is no longer to be paid.</exception>
    public async Task<Order> ReceivePaymentAsync(OrderId id, decimal amount, string reference, CancellationToken cancellationToken = default)
    {
        var order = await Repository.GetAsync<Order>(id, cancellationToken);
        var payment = await Repository.GetAsync<Payment>(Payment.CreateId(id), cancellationToken);
        if (!payment.Receive(amount, reference))
        {
            return order;
        }

        RuleException.ThrowUnless(order.Status == OrderStatus.Placed, $"The order is {order.Status.ToString().ToLowerInvariant()}.");
        if (payment.IsComplete)
        {
            order.MarkPaid(payment.Id);
        }

        await SaveAsync([order, payment], cancellationToken);
        return order;
    }

    /// <summary>Sends an order that is paid; its items leave the house.</summary>
    /// <exception cref="AggregateNotFoundException">There is no such order.</exception>
    /// <exception cref="RuleException">It isn't paid, or is shipped already.</exception>
    public async Task<Order> ShipAsync(OrderId id, CancellationToken cancellationToken = default)
    {
        var order = await Repository.GetAsync<Order>(id, cancellationToken);
        order.Ship();
        var items = await GetItemsAsync(order, cancellationToken);
        foreach (var item in items)
        {
            item.TakeOut(id);
        }

        await SaveAsync([order, .. items], cancellationToken);
        return order;
    }

    /// <summary>Cancels an order that isn't shipped; its items are for others, and its money goes back.</summary>
    /// <exception cref="AggregateNotFoundException">There is no such order.</exception>
    /// <exception cref="RuleException">It is shipped or cancelled already.</exception>
    public async Task<Order> CancelAsync(OrderId id, CancellationToken cancellationToken = default)
    {
        var order = await Repository.GetAsync<Order>(id, cancellationToken);
        order.Cancel();
        var payment = await Repository.GetAsync<Payment>(Payment.CreateId(id), cancellationToken);
        payment.Refund();
        var items = await GetItemsAsync(order, cancellationToken);
        foreach (var item in items)
        {
            item.Release(id);
        }

        await SaveAsync([order, payment, .. items], cancellationToken);
        return order;
    }

    private async Task<List<StockItem>> GetItemsAsync(Order order, CancellationToken cancellationToken)
    {
        var items = new List<StockItem>();
        foreach (var line in order.Lines)
        {
            items.Add(await Repository.GetAsync<StockItem>(StockItem.CreateId(line.Sku), cancellationToken));
        }

        return items;
    }
}

/// <summary>An item of an order, and how many of it.</summary>
public readonly record struct WantedItem(Sku Sku, int Quantity);
