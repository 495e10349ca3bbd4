using EventSourcing;

namespace School;

/// <summary>The application of the sample, without its view, which the floor doesn't have.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class TrainingSchool
{
    public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));
}
