using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>How far a log has been processed: the position of the last event whose effect is stored. Immutable.</summary>
public readonly record struct Tracking
{
    private readonly string? _name;

    /// <summary>Creates a value.</summary>
    /// <param name="name">
    /// The name of what is tracked: in tables of the Python package, the name of the application that is followed. 1 to 255 UTF-16 code units.
    /// </param>
    /// <param name="position">A position of its log, at least 1.</param>
    /// <exception cref="ArgumentException">The name is empty, too long, or a text that can't be stored.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The position is less than 1.</exception>
    public Tracking(string name, long position)
    {
        StoredEvents.ThrowIfNoName(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(position, 1);
        (_name, Position) = (name, position);
    }

    /// <summary>The name of what is tracked.</summary>
    public string Name => _name ?? "";

    /// <summary>The position.</summary>
    public long Position { get; }
}
