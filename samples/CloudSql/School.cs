using EventSourcing;

namespace CloudSql;

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

/// <summary>A school whose connections are made by <see cref="Connections.CreateAsync"/>.</summary>
[EventSourcedApplication(typeof(Dog))]
[ConnectionCreator(typeof(Connections), nameof(Connections.CreateAsync))]
public sealed partial class TrainingSchool
{
    public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));

    public async Task AddTrickAsync(string name, string trick) =>
        await RetryOnConflictAsync<Dog>(Dog.CreateId(name), dog => dog.AddTrick(trick));
}
