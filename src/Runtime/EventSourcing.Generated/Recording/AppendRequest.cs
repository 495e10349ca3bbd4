using System.ComponentModel;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>Events that are to be appended, all or none, and the condition for it. For those who write recorders.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct AppendRequest<TKey>
    where TKey : notnull
{
    private readonly IReadOnlyList<StoredEvent<TKey>>? _events;
    private readonly AppendCondition? _condition;

    /// <summary>Makes a request.</summary>
    /// <param name="events">The events, in the order that their positions will have. None is allowed.</param>
    /// <param name="condition">What must hold of the stored events.</param>
    /// <exception cref="ArgumentNullException">An argument, a key or a topic is null.</exception>
    /// <exception cref="ArgumentException">A key or topic is a text that can't be stored.</exception>
    public AppendRequest(IReadOnlyList<StoredEvent<TKey>> events, AppendCondition condition)
    {
        StoredEvents.ThrowIfUnstorable(events);
        ArgumentNullException.ThrowIfNull(condition);
        (_events, _condition) = (events, condition);
    }

    /// <summary>The events, in the order that their positions will have; perhaps none.</summary>
    public IReadOnlyList<StoredEvent<TKey>> Events => _events ?? [];

    /// <summary>What must hold of the stored events.</summary>
    public AppendCondition Condition => _condition ?? AppendCondition.VersionsFree;

    /// <summary>Whether the condition is <see cref="AppendCondition.VersionsNext"/>.</summary>
    public bool IsContiguous => _condition == AppendCondition.VersionsNext;
}
