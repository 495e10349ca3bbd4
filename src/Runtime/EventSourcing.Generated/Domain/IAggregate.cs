using System.ComponentModel;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// An aggregate whose key is stored as <typeparamref name="TKey"/>. The generator implements it, explicitly, so that none of
/// its members shows on the aggregate.
/// </summary>
/// <typeparam name="TKey">The stored type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public interface IAggregate<TKey>
    where TKey : notnull
{
    /// <summary>The aggregate's id as it is stored.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    TKey Key { get; }

    /// <summary>Version, times and pending events.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    AggregateCore Core { get; }

    /// <summary>Returns the event with values of its own: values that its caller could change later are copied.</summary>
    /// <param name="event">An event that is raised. A loaded event has values of its own.</param>
    /// <returns>The same event, if none of its values can change.</returns>
    /// <exception cref="EventValueException">A value couldn't be loaded as it is.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    IEvent Fix(IEvent @event) => @event;

    /// <summary>Changes the state according to one event.</summary>
    /// <param name="event">An event of this aggregate.</param>
    /// <param name="header">Its version and time.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    void Apply(IEvent @event, EventHeader header);

    /// <summary>Writes the state of one event.</summary>
    /// <param name="writer">Receives one JSON object.</param>
    /// <param name="event">An event of this aggregate.</param>
    /// <param name="timestamp">Its time.</param>
    /// <returns>The topic of the event.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    string WriteEvent(StateWriter writer, IEvent @event, DateTimeOffset timestamp);
}
