using Ordering;

namespace EventSourcing.Ordering.Tests;

/// <summary>The sample's application under another name, on the same table.</summary>
[EventSourcedApplication(typeof(Order), typeof(StockItem), typeof(Payment), TablePrefix = "shop")]
public sealed partial class RenamedShop;

/// <summary>Another application of the same aggregates, with a table of its own.</summary>
[EventSourcedApplication(typeof(Order), typeof(StockItem), typeof(Payment))]
public sealed partial class Outlet;
