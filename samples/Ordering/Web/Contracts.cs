using System.ComponentModel.DataAnnotations;

namespace Ordering.Web;

/// <summary>A customer to add.</summary>
public sealed record NewCustomer([property: Required, StringLength(100), PlainText] string Name);

/// <summary>A customer.</summary>
/// <param name="OpenOrders">How many of the customer's orders aren't paid.</param>
public sealed record CustomerView(Guid Id, string Name, int OpenOrders);

/// <summary>An item to be sold.</summary>
/// <param name="Sku">Its number: letters, digits and dashes.</param>
/// <param name="Price">What one costs.</param>
public sealed record NewItem(
    [property: Required, RegularExpression("[A-Za-z0-9-]{1,30}")] string Sku,
    [property: Required, StringLength(100), PlainText] string Name,
    [property: Range(0.01, 1_000_000)] decimal Price);

/// <summary>Pieces of an item that arrived.</summary>
public sealed record NewDelivery([property: Range(1, 1_000_000)] int Quantity);

/// <summary>An item of the stock.</summary>
/// <param name="OnHand">How many are in the house.</param>
/// <param name="Available">How many of these aren't reserved.</param>
public sealed record ItemView(string Sku, string Name, decimal Price, int OnHand, int Available);

/// <summary>An order to place.</summary>
public sealed record NewOrder(Guid Customer, [property: Required, Length(1, 50)] IReadOnlyList<NewLine> Lines);

/// <summary>An item, and how many of it.</summary>
public sealed record NewLine([property: Required, RegularExpression("[A-Za-z0-9-]{1,30}")] string Sku, [property: Range(1, 1000)] int Quantity);

/// <summary>Money for an order.</summary>
/// <param name="Reference">Names the money; the same reference counts once.</param>
public sealed record NewPayment([property: Range(0.01, 1_000_000)] decimal Amount, [property: Required, StringLength(100), PlainText] string Reference);

/// <summary>An order as it is now.</summary>
/// <param name="Version">How many events it has had; the ETag of the order.</param>
public sealed record OrderView(Guid Id, Guid Customer, OrderStatus Status, decimal Total, long Version, IReadOnlyList<LineView> Lines);

/// <summary>A line of an order.</summary>
public sealed record LineView(string Sku, int Quantity, decimal Price);

/// <summary>An event.</summary>
/// <param name="Position">Its position in the log; there may be gaps.</param>
/// <param name="Aggregate">The aggregate that it happened to.</param>
/// <param name="Version">Its number among the events of the aggregate; the first is 1.</param>
/// <param name="CorrelationId">The trace of the request that caused it.</param>
/// <param name="CausationId">What the request was about, such as the reference of a payment.</param>
public sealed record LogEntry(long Position, DateTimeOffset Time, Guid Aggregate, long Version, string Topic, string Event, string? CorrelationId, string? CausationId);

/// <summary>A text of one line, without characters that can't be seen, such as NUL, which databases and addresses don't take.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PlainTextAttribute() : ValidationAttribute("The field {0} must not contain control characters.")
{
    public override bool IsValid(object? value) => value is not string text || !text.Any(char.IsControl);
}
