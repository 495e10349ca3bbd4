using EventSourcing;

namespace Ordering;

/// <summary>A customer's order, and its status.</summary>
[EventSourced(IdType = typeof(OrderId))]
public sealed partial class Order
{
    public CustomerId Customer { get; private set; }

    public IReadOnlyList<OrderLine> Lines { get; private set; } = [];

    public OrderStatus Status { get; private set; }

    public decimal Total => Lines.Sum(l => l.Quantity * l.Price);

    // A creation event behind a check is a record of your own: Place checks first, and Create raises the event.
    [Event("Placed", Creates = true)]
    public sealed partial record Placed(CustomerId Customer, IReadOnlyList<OrderLine> Lines);

    private void Apply(Placed e) => (Customer, Lines, Status) = (e.Customer, e.Lines, OrderStatus.Placed);

    /// <exception cref="RuleException">The lines make no order.</exception>
    public static Order Place(OrderId id, CustomerId customer, IReadOnlyList<OrderLine> lines)
    {
        RuleException.ThrowUnless(lines.Count > 0, "An order has at least one line.");
        RuleException.ThrowUnless(lines.All(l => l.Quantity > 0), "A quantity is 1 at least.");
        RuleException.ThrowUnless(lines.DistinctBy(l => l.Sku).Count() == lines.Count, "An order has each item in one line only.");
        return Create(id, new Placed(customer, lines));
    }

    // A command behind a check is private. Its event is public all the same, so that other assemblies can read it in the log.
    [Event("Paid", Accessibility = EventAccessibility.Public)]
    private partial void RecordPayment(PaymentId payment);

    private void Apply(Paid e) => Status = OrderStatus.Paid;

    /// <exception cref="RuleException">It is paid, shipped or cancelled already.</exception>
    public void MarkPaid(PaymentId payment)
    {
        RuleException.ThrowUnless(Status == OrderStatus.Placed, $"The order is {Status.ToString().ToLowerInvariant()} already.");
        RecordPayment(payment);
    }

    [Event("Shipped", Accessibility = EventAccessibility.Public)]
    private partial void RecordShipment();

    private void Apply(Shipped e) => Status = OrderStatus.Shipped;

    /// <exception cref="RuleException">It isn't paid, or is shipped already.</exception>
    public void Ship()
    {
        RuleException.ThrowUnless(Status == OrderStatus.Paid, $"An order is shipped once it is paid. This one is {Status.ToString().ToLowerInvariant()}.");
        RecordShipment();
    }

    [Event("Cancelled", Accessibility = EventAccessibility.Public)]
    private partial void RecordCancellation();

    private void Apply(Cancelled e) => Status = OrderStatus.Cancelled;

    /// <exception cref="RuleException">It is shipped or cancelled already.</exception>
    public void Cancel()
    {
        RuleException.ThrowUnless(Status is OrderStatus.Placed or OrderStatus.Paid, $"The order is {Status.ToString().ToLowerInvariant()} already.");
        RecordCancellation();
    }
}

/// <summary>A line of an order, with the price of that day.</summary>
public sealed record OrderLine(Sku Sku, int Quantity, decimal Price);

public enum OrderStatus
{
    Placed,
    Paid,
    Shipped,
    Cancelled,
}
