using EventSourcing;

namespace Ordering;

/// <summary>The money for an order, which may come in parts.</summary>
[EventSourced]
public sealed partial class Payment
{
    private readonly HashSet<string> _references = [];

    public OrderId Order { get; private set; }

    public decimal Amount { get; private set; }

    public decimal Received { get; private set; }

    public bool IsComplete => Received >= Amount;

    // One payment for each order.
    public static PaymentId CreateId(OrderId order) => PaymentId.From(UuidV5.Create(UuidV5.Url, $"/orders/{order.Value}/payment"));

    [Event("Requested")]
    public partial Payment(OrderId order, decimal amount);

    private void Apply(Requested e) => (Order, Amount) = (e.Order, e.Amount);

    // The event was called Paid once. Rows of that time stay readable, and filters find them.
    [Event("MoneyReceived", FormerTopics = ["Payment.Paid"], Accessibility = EventAccessibility.Public)]
    private partial void RecordMoney(decimal amount, string reference);

    private void Apply(MoneyReceived e)
    {
        _references.Add(e.Reference);
        Received += e.Amount;
    }

    /// <summary>Takes money. The same reference is the same money: reported twice, it counts once.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="RuleException">The amount isn't positive, or is too much.</exception>
    public bool Receive(decimal amount, string reference)
    {
        if (_references.Contains(reference))
        {
            return false;
        }

        RuleException.ThrowUnless(amount > 0, "An amount is more than 0.");
        RuleException.ThrowUnless(Received + amount <= Amount, $"Only {Amount - Received} are still to be paid.");
        RecordMoney(amount, reference);
        return true;
    }

    [Event("Refunded", Accessibility = EventAccessibility.Public)]
    private partial void RecordRefund(decimal amount);

    private void Apply(Refunded e) => Received -= e.Amount;

    /// <summary>Returns the received money; does nothing if there is none.</summary>
    public void Refund()
    {
        if (Received > 0)
        {
            RecordRefund(Received);
        }
    }
}
