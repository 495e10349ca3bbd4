using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ordering.Web;

/// <summary>Orders change aggregates and rows together, in one transaction for each request.</summary>
public static class OrderEndpoints
{
    private const int PageSize = 100;

    public static void MapOrders(this WebApplication app)
    {
        var orders = app.MapGroup("/orders").WithTags("Orders");
        orders.MapGet("", ListAsync).ProducesValidationProblem();
        orders.MapGet("/{id:guid}", GetAsync).Produces<OrderView>().Produces(304).ProducesProblem(404);

        // Committed when the handler has succeeded, and retried when another request has changed the same item or order first.
        var changes = orders.MapGroup("");
        changes.WithCommitOnSuccess<Shop>(o => o.MaxAttempts = 20);
        changes.MapPut("/{id:guid}", PlaceAsync).ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        changes.MapPost("/{id:guid}/payments", PayAsync).ProducesValidationProblem().ProducesProblem(404).ProducesProblem(422);
        changes.MapPost("/{id:guid}/shipment", ShipAsync).ProducesProblem(404).ProducesProblem(422);
        changes.MapPost("/{id:guid}/cancellation", CancelAsync).ProducesProblem(404).ProducesProblem(422);
    }

    /// <summary>Lists orders, a hundred at a time.</summary>
    public static async Task<List<OrderRow>> ListAsync(
        Shop shop, CancellationToken cancellationToken, Guid? customer = null, OrderStatus? status = null, int page = 0) =>
        await shop.QueryAsync(context => context.Orders.AsNoTracking()
            .Where(o => (customer == null || o.Customer == customer) && (status == null || o.Status == status))
            .OrderBy(o => o.Id).Skip(Math.Clamp(page, 0, 1_000_000) * PageSize).Take(PageSize)
            .ToListAsync(cancellationToken), cancellationToken);

    /// <summary>Shows an order. Its version is the ETag.</summary>
    public static async Task<IResult> GetAsync(Guid id, Shop shop, CancellationToken cancellationToken)
    {
        var order = await shop.Repository.GetAsync<Order>(OrderId.From(id), cancellationToken);
        return TypedResults.Ok(Show(order)).WithETag(order.Version);
    }

    /// <summary>Places an order, under an id that the client makes. Sent again, it is the same order.</summary>
    public static async Task<Results<Created<OrderView>, Ok<OrderView>, ProblemHttpResult>> PlaceAsync(
        Guid id, NewOrder body, Shop shop, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var context = await session.UseShopContextAsync(cancellationToken);
        var order = await shop.PlaceOrderAsync(
            OrderId.From(id), CustomerId.From(body.Customer), [.. body.Lines.Select(l => new WantedItem(Sku.From(l.Sku), l.Quantity))], cancellationToken);
        if (await context.Orders.AnyAsync(o => o.Id == id, cancellationToken))
        {
            return order.Customer.Value == body.Customer ? TypedResults.Ok(Show(order)) : TypedResults.Problem("There is another order with this id.", statusCode: 409);
        }

        // One statement checks and counts, so that two requests can't both be the last one. The answer 422 undoes what was saved above.
        var taken = await context.Customers
            .Where(c => c.Id == body.Customer && c.OpenOrders < Customer.MaxOpenOrders)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.OpenOrders, c => c.OpenOrders + 1), cancellationToken);
        if (taken == 0)
        {
            return TypedResults.Problem($"There is no such customer, or it has {Customer.MaxOpenOrders} orders to pay.", statusCode: 422);
        }

        context.Orders.Add(new OrderRow { Id = id, Customer = body.Customer, Total = order.Total, Status = order.Status });
        return TypedResults.Created($"/orders/{id}", Show(order));
    }

    /// <summary>Takes money for an order.</summary>
    public static async Task<Ok<OrderView>> PayAsync(
        Guid id, NewPayment body, Shop shop, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        // Added to the trace of the request: the events say which money they are about.
        using var metadata = EventMetadata.Use(new EventMetadata { CausationId = body.Reference });
        return await ChangeAsync(id, session, () => shop.ReceivePaymentAsync(OrderId.From(id), body.Amount, body.Reference, cancellationToken), cancellationToken);
    }

    /// <summary>Sends an order that is paid.</summary>
    public static Task<Ok<OrderView>> ShipAsync(Guid id, Shop shop, StoreSession<Guid> session, CancellationToken cancellationToken) =>
        ChangeAsync(id, session, () => shop.ShipAsync(OrderId.From(id), cancellationToken), cancellationToken);

    /// <summary>Cancels an order that isn't shipped.</summary>
    public static Task<Ok<OrderView>> CancelAsync(Guid id, Shop shop, StoreSession<Guid> session, CancellationToken cancellationToken) =>
        ChangeAsync(id, session, () => shop.CancelAsync(OrderId.From(id), cancellationToken), cancellationToken);

    /// <summary>Changes an order, and its row with it.</summary>
    private static async Task<Ok<OrderView>> ChangeAsync(Guid id, StoreSession<Guid> session, Func<Task<Order>> change, CancellationToken cancellationToken)
    {
        var context = await session.UseShopContextAsync(cancellationToken);
        var order = await change();
        var row = await context.Orders.SingleAsync(o => o.Id == id, cancellationToken);
        if (row.Status == OrderStatus.Placed && order.Status != OrderStatus.Placed)
        {
            await context.Customers.Where(c => c.Id == row.Customer)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.OpenOrders, c => c.OpenOrders - 1), cancellationToken);
        }

        row.Status = order.Status;
        return TypedResults.Ok(Show(order));
    }

    private static OrderView Show(Order order) => new(
        order.Id.Value, order.Customer.Value, order.Status, order.Total, order.Version, [.. order.Lines.Select(l => new LineView(l.Sku.Value, l.Quantity, l.Price))]);
}
