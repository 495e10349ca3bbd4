namespace AspNetCore.Tests;

/// <summary>The application of these tests.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class Kennel
{
    public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));

    public async Task TeachAsync(string name, string trick)
    {
        var dog = await Repository.GetAsync<Dog>(Dog.CreateId(name));
        dog.AddTrick(trick);
        await SaveAsync(dog);
    }

    public async Task<bool> HasAsync(string name) => await Repository.ExistsAsync<Dog>(Dog.CreateId(name));

    public async Task<string> TricksAsync(string name) => string.Join(", ", (await Repository.GetAsync<Dog>(Dog.CreateId(name))).Tricks);

    /// <summary>Runs the work of another caller, outside the session of the calling request.</summary>
    public Task ByAnotherCallerAsync(Func<Kennel, Task> work)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => work(this));
        }
    }
}

/// <summary>Another application, on a store of its own.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class Shelter;
