using EventSourcing;

namespace Recorders.Contract;

public readonly record struct HoundId(Guid Value);

/// <summary>Its events are declared apart from its members: a creation event after a check, a public event of a private command, a given or new id.</summary>
[EventSourced]
public sealed partial class Hound
{
    public string Name { get; private set; }

    public List<string> Tricks { get; } = [];

    [Event("Registered", Creates = true)]
    public sealed partial record Registered(string Name, List<string> Tricks);

    public static Hound Register(string name, List<string> tricks, HoundId? id = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return id is { } given ? Create(given, new Registered(name, tricks)) : Create(new Registered(name, tricks));
    }

    private void Apply(Registered e)
    {
        Name = e.Name;
        Tricks.AddRange(e.Tricks);
    }

    [Event("Found")]
    public partial Hound(string name, HoundId? id = null);

    private void Apply(Found e) => Name = e.Name;

    public bool TryAddTrick(string trick)
    {
        if (Tricks.Contains(trick))
        {
            return false;
        }

        AddTrick(trick);
        return true;
    }

    [Event("TrickAdded", Accessibility = EventAccessibility.Public)]
    private partial void AddTrick(string trick);

    private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
}

[EventSourcedApplication(typeof(Hound), TablePrefix = "hounds")]
public sealed partial class Hounds;
