using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Events to append, positions to track and steps of projections, all or none, with the condition of the events. For authors of recorders.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct AppendRequest<TKey>
    where TKey : notnull
{
    private readonly IReadOnlyList<StoredEvent<TKey>>? _events;
    private readonly AppendCondition? _condition;
    private readonly IReadOnlyList<Tracking>? _trackings;
    private readonly IReadOnlyList<ProjectionStep>? _projections;

    /// <summary>Creates a request.</summary>
    /// <param name="events">The events, in the order of their positions. May be empty.</param>
    /// <param name="condition">The condition on the stored events.</param>
    /// <exception cref="ArgumentNullException">An argument, a key or a topic is null.</exception>
    /// <exception cref="ArgumentException">A key or topic is a text that can't be stored.</exception>
    public AppendRequest(IReadOnlyList<StoredEvent<TKey>> events, AppendCondition condition)
    {
        StoredEvents.ThrowIfUnstorable(events);
        ArgumentNullException.ThrowIfNull(condition);
        (_events, _condition) = (events, condition);
    }

    /// <summary>Creates a request that also tracks positions.</summary>
    /// <param name="events">The events, in the order of their positions. May be empty.</param>
    /// <param name="condition">The condition on the stored events.</param>
    /// <param name="trackings">The positions to track, each greater than the tracked one of its name, in their order. May be empty.</param>
    /// <exception cref="ArgumentNullException">An argument, a key or a topic is null.</exception>
    /// <exception cref="ArgumentException">A key, topic or name is a text that can't be stored.</exception>
    public AppendRequest(IReadOnlyList<StoredEvent<TKey>> events, AppendCondition condition, IReadOnlyList<Tracking> trackings)
        : this(events, condition)
    {
        ArgumentNullException.ThrowIfNull(trackings);
        foreach (var tracking in trackings)
        {
            StoredEvents.ThrowIfNoName(tracking.Name, nameof(trackings));
        }

        _trackings = trackings;
    }

    /// <summary>Creates a request that writes steps of projections.</summary>
    /// <param name="projections">The steps, each of another projection.</param>
    /// <exception cref="ArgumentNullException"><paramref name="projections"/> is null.</exception>
    public AppendRequest(IReadOnlyList<ProjectionStep> projections)
        : this([], AppendCondition.VersionsNext)
    {
        ArgumentNullException.ThrowIfNull(projections);
        _projections = projections;
    }

    private AppendRequest(AppendRequest<TKey> other, IReadOnlyList<ProjectionStep> projections)
    {
        this = other;
        _projections = projections;
    }

    /// <summary>The events, in the order of their positions; may be empty.</summary>
    public IReadOnlyList<StoredEvent<TKey>> Events => _events ?? [];

    /// <summary>
    /// The positions to track, in their order; may be empty. If a position, or a greater one, is tracked already, nothing of the request is written.
    /// </summary>
    public IReadOnlyList<Tracking> Trackings => _trackings ?? [];

    /// <summary>
    /// The steps of projections; may be empty. If one of them isn't the owner's, or doesn't continue from the stored position, nothing of the request is written.
    /// </summary>
    public IReadOnlyList<ProjectionStep> Projections => _projections ?? [];

    /// <summary>The views that are written with the events; null for none.</summary>
    internal InlineViews? Inline { get; init; }

    /// <summary>Returns a request with a step of a projection besides what this one has.</summary>
    /// <param name="step">The step.</param>
    internal AppendRequest<TKey> With(ProjectionStep step) => new(this, [.. Projections, step]);

    /// <summary>Whether there is nothing to write.</summary>
    internal bool IsEmpty => Events.Count + Trackings.Count + Projections.Count == 0;

    /// <summary>The condition on the stored events.</summary>
    public AppendCondition Condition => _condition ?? AppendCondition.VersionsFree;

    /// <summary>Whether the condition is <see cref="AppendCondition.VersionsNext"/>.</summary>
    public bool IsContiguous => _condition == AppendCondition.VersionsNext;
}
