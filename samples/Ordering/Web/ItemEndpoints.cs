using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ordering.Web;

/// <summary>Items are aggregates without tables of our own: each change is one save, and no transaction is needed.</summary>
public static class ItemEndpoints
{
    public static void MapItems(this WebApplication app)
    {
        var items = app.MapGroup("/items").WithTags("Items");
        items.MapPost("", ListAsync).ProducesValidationProblem().ProducesProblem(409);
        items.MapGet("/{sku}", GetAsync).ProducesProblem(404);
        items.MapPost("/{sku}/deliveries", DeliverAsync).ProducesValidationProblem().ProducesProblem(404).ProducesProblem(422);
    }

    /// <summary>Offers a new item.</summary>
    public static async Task<Created<ItemView>> ListAsync(NewItem body, Shop shop, CancellationToken cancellationToken)
    {
        var item = await shop.ListItemAsync(Sku.From(body.Sku), body.Name, body.Price, cancellationToken);
        return TypedResults.Created($"/items/{item.Sku}", Show(item));
    }

    /// <summary>Shows an item.</summary>
    public static async Task<Results<Ok<ItemView>, NotFound>> GetAsync(string sku, Shop shop, CancellationToken cancellationToken) =>
        Sku.TryFrom(sku, out var number) && await shop.Repository.TryGetAsync<StockItem>(StockItem.CreateId(number), cancellationToken) is { } item
            ? TypedResults.Ok(Show(item))
            : TypedResults.NotFound();

    /// <summary>Takes a delivery in.</summary>
    public static async Task<Results<NoContent, NotFound>> DeliverAsync(string sku, NewDelivery body, Shop shop, CancellationToken cancellationToken)
    {
        if (!Sku.TryFrom(sku, out var number))
        {
            return TypedResults.NotFound();
        }

        await shop.RetryOnConflictAsync<StockItem>(StockItem.CreateId(number), item => item.Deliver(body.Quantity), cancellationToken: cancellationToken);
        return TypedResults.NoContent();
    }

    private static ItemView Show(StockItem item) => new(item.Sku.Value, item.Name, item.Price, item.OnHand, item.Available);
}
