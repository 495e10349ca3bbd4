namespace AspNetCore.Tests;

[EventSourced("Kennel.Dog")]
public sealed partial class Dog
{
    public string Name { get; private set; }
    public List<string> Tricks { get; } = [];

    public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, $"/dogs/{name}");

    [Event("Registered")]
    public partial Dog(string name);
    private void Apply(Registered e) => Name = e.Name;

    [Event("TrickAdded")]
    public partial void AddTrick(string trick);
    private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
}

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

    /// <summary>What somebody else does meanwhile, outside the session of the calling request.</summary>
    public Task BySomebodyElseAsync(Func<Kennel, Task> work)
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(() => work(this));
    }
}

/// <summary>Another one, on a store of its own.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class Shelter;
