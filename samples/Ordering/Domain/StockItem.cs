using EventSourcing;

namespace Ordering;

/// <summary>An item that is for sale: how many there are, and for which orders they are reserved.</summary>
[EventSourced]
public sealed partial class StockItem
{
    private readonly Dictionary<OrderId, int> _reservations = [];

    public Sku Sku { get; private set; }

    public string Name { get; private set; } = "";

    public decimal Price { get; private set; }

    /// <summary>How many are in the house.</summary>
    public int OnHand { get; private set; }

    /// <summary>How many of these aren't reserved.</summary>
    public int Available { get; private set; }

    // One item for each number: listing the number again finds the first one.
    public static ItemId CreateId(Sku sku) => ItemId.From(UuidV5.Create(UuidV5.Url, $"/items/{sku.Value}"));

    [Event("Listed", Creates = true)]
    public sealed partial record Listed(Sku Sku, string Name, decimal Price);

    private void Apply(Listed e) => (Sku, Name, Price) = (e.Sku, e.Name, e.Price);

    /// <exception cref="RuleException">The price is none.</exception>
    public static StockItem List(Sku sku, string name, decimal price)
    {
        RuleException.ThrowUnless(price > 0, "A price is more than 0.");
        return Create(new Listed(sku, name, price));
    }

    [Event("Delivered", Accessibility = EventAccessibility.Public)]
    private partial void RecordDelivery(int quantity);

    private void Apply(Delivered e) => (OnHand, Available) = (OnHand + e.Quantity, Available + e.Quantity);

    /// <exception cref="RuleException">The quantity is none.</exception>
    public void Deliver(int quantity)
    {
        RuleException.ThrowUnless(quantity is > 0 and <= 1_000_000 && OnHand <= 1_000_000, "A delivery has 1 to 1,000,000 pieces, and there is room for that many.");
        RecordDelivery(quantity);
    }

    [Event("Reserved", Accessibility = EventAccessibility.Public)]
    private partial void RecordReservation(OrderId order, int quantity);

    private void Apply(Reserved e)
    {
        _reservations[e.Order] = e.Quantity;
        Available -= e.Quantity;
    }

    /// <exception cref="RuleException">There aren't so many.</exception>
    public void Reserve(OrderId order, int quantity)
    {
        RuleException.ThrowUnless(quantity > 0, "A quantity is 1 at least.");
        RuleException.ThrowUnless(!_reservations.ContainsKey(order), $"The order has {Sku} already.");
        RuleException.ThrowUnless(quantity <= Available, $"Of {Sku} only {Available} are available.");
        RecordReservation(order, quantity);
    }

    [Event("Released", Accessibility = EventAccessibility.Public)]
    private partial void RecordRelease(OrderId order);

    private void Apply(Released e)
    {
        if (_reservations.Remove(e.Order, out var quantity))
        {
            Available += quantity;
        }
    }

    /// <summary>Releases the items of an order; does nothing if it has none.</summary>
    public void Release(OrderId order)
    {
        if (_reservations.ContainsKey(order))
        {
            RecordRelease(order);
        }
    }

    [Event("TakenOut", Accessibility = EventAccessibility.Public)]
    private partial void RecordTakingOut(OrderId order);

    private void Apply(TakenOut e)
    {
        if (_reservations.Remove(e.Order, out var quantity))
        {
            OnHand -= quantity;
        }
    }

    /// <summary>Takes the items of an order out of the house.</summary>
    /// <exception cref="RuleException">It has nothing.</exception>
    public void TakeOut(OrderId order)
    {
        RuleException.ThrowUnless(_reservations.ContainsKey(order), $"Nothing of {Sku} is reserved for the order.");
        RecordTakingOut(order);
    }
}
