using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace School;

/// <summary>Dogs are aggregates: they are stored as events.</summary>
public static class DogEndpoints
{
    public static void MapDogs(this WebApplication app)
    {
        var dogs = app.MapGroup("/dogs").WithTags("Dogs");
        dogs.MapGet("/{name}", GetAsync).Produces<DogView>().Produces(304).ProducesProblem(404);

        // One session for each request: what it saves is committed when the handler has succeeded, and before it is answered. A
        // statement of its own: ASP.NET Core's generator must see that it is a group, without seeing what ours has written.
        var changes = dogs.MapGroup("");
        changes.WithCommitOnSuccess<TrainingSchool>(o => o.RollBackFromStatus = 400);
        changes.MapPost("", RegisterAsync).ProducesProblem(409);
        changes.MapPost("/{name}/tricks", AddTrickAsync).Produces<DogView>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(412);
    }

    /// <summary>Registers a dog and its owner, if it has one: both or neither.</summary>
    public static async Task<Results<Created<DogView>, ProblemHttpResult>> RegisterAsync(
        NewDog body, TrainingSchool school, StoreSession<Guid> session, HttpResponse response, CancellationToken cancellationToken)
    {
        var dog = new Dog(body.Name);
        await school.SaveAsync(dog, cancellationToken);
        if (body.Owner is not null)
        {
            var transaction = await session.GetTransactionAsync(cancellationToken);
            await Owners.InsertAsync(transaction, new Owner(Guid.CreateVersion7(), body.Owner, body.Name), cancellationToken);
        }

        try
        {
            // Committed here, and not after the handler, to say what this conflict means.
            await session.CommitAsync(cancellationToken);
        }
        catch (ConcurrencyException)
        {
            return TypedResults.Problem("A dog of this name is registered already.", statusCode: StatusCodes.Status409Conflict);
        }

        response.SetETag(dog.Version);
        return TypedResults.Created($"/dogs/{Uri.EscapeDataString(dog.Name)}", Show(dog));
    }

    /// <summary>Shows what a dog knows. Its version is the ETag.</summary>
    public static async Task<IResult> GetAsync(string name, TrainingSchool school, CancellationToken cancellationToken)
    {
        var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name), cancellationToken);
        return TypedResults.Ok(Show(dog)).WithETag(dog.Version);
    }

    /// <summary>Teaches a dog a trick; with If-Match, only if it is still as it was then.</summary>
    public static async Task<IResult> AddTrickAsync(
        string name, NewTrick body, TrainingSchool school, HttpRequest request, CancellationToken cancellationToken)
    {
        var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name), cancellationToken);
        request.ThrowIfVersionMismatch(dog.Version);
        dog.AddTrick(body.Trick);
        await school.SaveAsync(dog, cancellationToken);
        return TypedResults.Ok(Show(dog)).WithETag(dog.Version);
    }

    private static DogView Show(Dog dog) => new(dog.Name, dog.Version, dog.Tricks);
}
