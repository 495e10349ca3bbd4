using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace School;

/// <summary>Owners are rows: their current state is stored.</summary>
public static class OwnerEndpoints
{
    private const int PageSize = 100;

    public static void MapOwners(this WebApplication app)
    {
        var owners = app.MapGroup("/owners").WithTags("Owners");
        owners.MapGet("", ListAsync);
        owners.MapGet("/{id:guid}", GetAsync).ProducesProblem(404);

        var changes = owners.MapGroup("");
        changes.WithCommitOnSuccess<TrainingSchool>(o => o.RollBackFromStatus = 400);
        changes.MapPost("", AddAsync).ProducesProblem(400).ProducesProblem(409);
        changes.MapPut("/{id:guid}", ChangeAsync).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        changes.MapDelete("/{id:guid}", RemoveAsync).ProducesProblem(404);
    }

    /// <summary>Lists owners, a hundred at a time.</summary>
    /// <param name="after">The id of the last one seen.</param>
    /// <param name="dog">The dog whose owner is wanted; none for all.</param>
    public static async Task<IReadOnlyList<Owner>> ListAsync(
        TrainingSchool school, CancellationToken cancellationToken, Guid after = default, [PlainText] string? dog = null)
    {
        // No writer waits for a transaction that only reads.
        await using var transaction = await school.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: cancellationToken);
        return await Owners.ListAsync(transaction, after, dog, PageSize, cancellationToken);
    }

    /// <summary>Shows an owner.</summary>
    public static async Task<Results<Ok<Owner>, NotFound>> GetAsync(Guid id, TrainingSchool school, CancellationToken cancellationToken)
    {
        await using var transaction = await school.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: cancellationToken);
        return await Owners.FindAsync(transaction, id, cancellationToken) is { } owner ? TypedResults.Ok(owner) : TypedResults.NotFound();
    }

    /// <summary>Adds an owner.</summary>
    public static async Task<Created<Owner>> AddAsync(NewOwner body, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var owner = new Owner(Guid.CreateVersion7(), body.Name, body.Dog);
        await Owners.InsertAsync(await session.GetTransactionAsync(cancellationToken), owner, cancellationToken);
        return TypedResults.Created($"/owners/{owner.Id}", owner);
    }

    /// <summary>Changes an owner.</summary>
    public static async Task<Results<Ok<Owner>, NotFound>> ChangeAsync(
        Guid id, NewOwner body, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var owner = new Owner(id, body.Name, body.Dog);
        var count = await Owners.UpdateAsync(await session.GetTransactionAsync(cancellationToken), owner, cancellationToken);
        return count > 0 ? TypedResults.Ok(owner) : TypedResults.NotFound();
    }

    /// <summary>Removes an owner.</summary>
    public static async Task<Results<NoContent, NotFound>> RemoveAsync(Guid id, StoreSession<Guid> session, CancellationToken cancellationToken)
    {
        var count = await Owners.DeleteAsync(await session.GetTransactionAsync(cancellationToken), id, cancellationToken);
        return count > 0 ? TypedResults.NoContent() : TypedResults.NotFound();
    }
}
