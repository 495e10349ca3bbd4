using EventSourcing;

namespace School;

/// <summary>The application: what people can ask of the school.</summary>
[EventSourcedApplication(typeof(Dog), typeof(TricksPerDog))]
public sealed partial class TrainingSchool
{
    public async Task RegisterAsync(string name, CancellationToken cancellationToken = default) =>
        await SaveAsync(new Dog(name), cancellationToken);

    public async Task AddTrickAsync(string name, string trick, CancellationToken cancellationToken = default)
    {
        var dog = await Repository.GetAsync<Dog>(Dog.CreateId(name), cancellationToken);
        dog.AddTrick(trick);
        await SaveAsync(dog, cancellationToken);
    }
}
