using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>The aggregate of the examples.</summary>
[EventSourced]
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

/// <summary>The application of the examples, for tests of whole applications.</summary>
[EventSourcedApplication(typeof(Dog), TablePrefix = "school")]
public sealed partial class School
{
    public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));

    public async Task AddTrickAsync(string name, string trick)
    {
        var dog = await Repository.GetAsync<Dog>(Dog.CreateId(name));
        dog.AddTrick(trick);
        await SaveAsync(dog);
    }

    public async Task<List<string>> GetTricksAsync(string name) => (await Repository.GetAsync<Dog>(Dog.CreateId(name))).Tricks;

    public async Task<bool> HasAsync(string name) => await Repository.ExistsAsync<Dog>(Dog.CreateId(name));

    /// <summary>The committed dogs, regardless of the transaction of this flow.</summary>
    public async Task<long> CountAsync()
    {
        var rows = await Recorder.Provider.SelectNotificationsAsync(10_000, topics: ["Dog.Registered"]);
        return rows.Count;
    }
}
