using EventSourcing;

namespace School;

/// <summary>A view: a row for each dog, with the number of tricks that it knows. The same in both samples of the school.</summary>
[Projection("tricks_per_dog", Version = 1)]
public sealed partial record TricksPerDog([property: Key] Guid DogId, string Name, [property: Index] int Tricks)
{
    private static TricksPerDog When(Dog.Registered e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private TricksPerDog When(Dog.TrickAdded e) => this with { Tricks = Tricks + 1 };
}
