using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ordering.Web;

/// <summary>Customers are rows: they can be changed and erased. Events have their ids only.</summary>
public static class CustomerEndpoints
{
    public static void MapCustomers(this WebApplication app)
    {
        var customers = app.MapGroup("/customers").WithTags("Customers");
        customers.MapGet("/{id:guid}", GetAsync).ProducesProblem(404);

        var changes = customers.MapGroup("");
        changes.WithCommitOnSuccess<Shop>();
        changes.MapPut("/{id:guid}", PutAsync).ProducesValidationProblem();
        changes.MapDelete("/{id:guid}", EraseAsync).ProducesProblem(404);
    }

    /// <summary>Adds a customer, under an id that the client makes, or changes its name.</summary>
    public static async Task<Results<Created<CustomerView>, Ok<CustomerView>>> PutAsync(
        Guid id, NewCustomer body, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var context = await session.UseShopContextAsync(cancellationToken);
        if (await context.Customers.FindAsync([id], cancellationToken) is { } customer)
        {
            customer.Name = body.Name;
            return TypedResults.Ok(Show(customer));
        }

        customer = new Customer { Id = id, Name = body.Name };
        context.Customers.Add(customer);
        return TypedResults.Created($"/customers/{id}", Show(customer));
    }

    /// <summary>Shows a customer.</summary>
    public static async Task<Results<Ok<CustomerView>, NotFound>> GetAsync(Guid id, Shop shop, CancellationToken cancellationToken) =>
        await shop.QueryAsync(context => context.Customers.SingleOrDefaultAsync(c => c.Id == id, cancellationToken), cancellationToken) is { } customer
            ? TypedResults.Ok(Show(customer))
            : TypedResults.NotFound();

    /// <summary>Erases the data of a customer. The orders stay, with an id that no longer refers to anything.</summary>
    public static async Task<Results<NoContent, NotFound>> EraseAsync(Guid id, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var context = await session.UseShopContextAsync(cancellationToken);
        return await context.Customers.Where(c => c.Id == id).ExecuteDeleteAsync(cancellationToken) > 0 ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private static CustomerView Show(Customer customer) => new(customer.Id, customer.Name, customer.OpenOrders);
}
