using Vogen;

// The events are written by EventSourcing.Generated, so Vogen needn't generate converters.
[assembly: VogenDefaults(conversions: Conversions.None)]

namespace Ordering;

/// <summary>An order. The client makes it, so that a request can be sent again.</summary>
[ValueObject<Guid>]
public readonly partial struct OrderId;

/// <summary>An item of the stock.</summary>
[ValueObject<Guid>]
public readonly partial struct ItemId;

/// <summary>The payment of an order.</summary>
[ValueObject<Guid>]
public readonly partial struct PaymentId;

/// <summary>A customer. Events have only the ids of customers: names are in a table, where they can be erased.</summary>
[ValueObject<Guid>]
public readonly partial struct CustomerId;

/// <summary>The number that an item is ordered by, such as TEA-100.</summary>
[ValueObject<string>]
public readonly partial struct Sku
{
    private static string NormalizeInput(string input) => input.Trim().ToUpperInvariant();

    private static Validation Validate(string input) =>
        input.Length is > 0 and <= 30 && input.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '-')
            ? Validation.Ok
            : Validation.Invalid("The number of an item has 1 to 30 letters, digits and dashes.");
}
