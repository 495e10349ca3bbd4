using EventSourcing;

namespace School;

/// <summary>A dog at the school, and what it has learnt.</summary>
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
