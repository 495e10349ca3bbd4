using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>The version, times and pending events that every aggregate has besides its own state. Not thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AggregateCore
{
    private const string NotAnEvent = "EventSourcing.NotAnEvent";

    private List<RaisedEvent>? _pending;
    private bool _applying;
    private bool _faulted;

    /// <summary>The version of the last event, pending ones included; 0 before the first.</summary>
    public long Version { get; private set; }

    /// <summary>The time of the first event.</summary>
    public DateTimeOffset CreatedOn { get; private set; }

    /// <summary>The time of the last event.</summary>
    public DateTimeOffset ModifiedOn { get; private set; }

    /// <summary>The number of pending events that no transaction holds yet. They come after the held ones.</summary>
    internal int UnheldCount => PendingCount - HeldCount;

    /// <summary>The number of pending events that a transaction holds and writes at its commit.</summary>
    internal int HeldCount { get; private set; }

    private int PendingCount => _pending?.Count ?? 0;

    /// <summary>The transaction that holds pending events.</summary>
    private object? Holder { get; set; }

    internal RaisedEvent Unheld(int index) => _pending![HeldCount + index];

    /// <summary>Returns the events that were raised and aren't saved yet, in order. Values that can change are copied at each access.</summary>
    /// <param name="aggregate">The aggregate of this core.</param>
    public IReadOnlyList<PendingEvent> PendingEventsOf<TKey>(IAggregate<TKey> aggregate)
        where TKey : notnull => _pending is null ? [] : new PendingEventList<TKey>(aggregate, _pending);

    /// <summary>Applies a new event and keeps it as pending.</summary>
    /// <param name="aggregate">The aggregate of this core.</param>
    /// <param name="event">The new event.</param>
    /// <param name="timestamp">The event's time; null for now, as <see cref="AggregateClock"/> has it.</param>
    /// <exception cref="AggregateFaultedException">An earlier <c>Apply</c> threw.</exception>
    /// <exception cref="InvalidOperationException">An event was raised inside <c>Apply</c>.</exception>
    /// <exception cref="CreationEventException">The first event isn't a creation event, or a later one is.</exception>
    /// <exception cref="EventValueException">A value of the event, or the id, can't be stored, or couldn't be loaded as it is.</exception>
    public void Raise<TKey>(IAggregate<TKey> aggregate, IEvent @event, DateTimeOffset? timestamp)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(@event);
        ThrowIfUnready(aggregate, @event);
        if ((Version == 0) != @event is ICreationEvent)
        {
            throw new CreationEventException(aggregate.GetType().Name, @event.GetType().Name, isFirst: Version == 0);
        }

        if (Version == 0 && (aggregate.Key is null or "" || (aggregate.Key is Guid id && id == Guid.Empty)))
        {
            throw new ArgumentException($"The id of the {aggregate.GetType().Name} is null or empty.");
        }

        IEvent kept, applied;
        try
        {
            if (Version == 0 && aggregate.Key is string key && StoredEvents.WhyNotKey(key) is { } reason)
            {
                throw new EventValueException("id", reason);
            }
            // The caller may keep the collections that it passed, and Apply may keep those that it receives. Neither may change what will be saved.
            kept = aggregate.Fix(@event);
            applied = ReferenceEquals(kept, @event) ? kept : aggregate.Fix(kept);
        }
        catch (EventValueException exception)
        {
            exception.Event = @event.GetType().Name;
            throw;
        }

        var header = new EventHeader(Version + 1, timestamp is { } given ? AggregateClock.Cut(given) : AggregateClock.Now) { AggregateId = AggregateId.Of(aggregate.Key) };
        try
        {
            Apply(aggregate, applied, header);
        }
        catch (ArgumentException exception) when (exception.Data[NotAnEvent] is Sender sender && sender.Is(aggregate))
        {
            // No Apply was called, so the state is as it was.
            _faulted = false;
            throw;
        }

        (_pending ??= []).Add(new RaisedEvent(kept, header.Version, header.Timestamp));
    }

    /// <summary>Creates the exception for an event that isn't one of the aggregate's.</summary>
    public static ArgumentException NotAnEventOf(object aggregate, IEvent @event) =>
        new($"{@event.GetType().Name} isn't an event of {aggregate.GetType().Name}. Raise an event that its class declares with [Event]; a record that derives from an event is a different event.") { Data = { [NotAnEvent] = new Sender(aggregate) } };

    /// <summary>Applies a stored event.</summary>
    internal void Replay<TKey>(IAggregate<TKey> aggregate, IEvent @event, EventHeader header)
        where TKey : notnull
    {
        ThrowIfUnready(aggregate, @event);
        Apply(aggregate, @event, header);
    }

    /// <summary>Throws if the state may be half changed.</summary>
    internal void ThrowIfFaulted(object aggregate)
    {
        if (_faulted)
        {
            throw new AggregateFaultedException(aggregate.GetType().Name);
        }
    }

    /// <summary>Throws if a transaction holds events of the aggregate and isn't the given one.</summary>
    internal void ThrowIfHeldByAnother(object aggregate, object? holder)
    {
        if (Holder is not null && Holder != holder)
        {
            throw new TransactionException(
                $"Events of this {aggregate.GetType().Name} are held by a transaction that hasn't ended. Commit it, or dispose of it, before the object is saved elsewhere.");
        }
    }

    /// <summary>Marks the next pending events as held by a transaction.</summary>
    internal void Hold(object holder, int count)
    {
        Holder = holder;
        HeldCount += count;
    }

    /// <summary>Releases events that a transaction held and won't write. They are pending as before.</summary>
    internal void Release(int count)
    {
        HeldCount -= count;
        Holder = HeldCount == 0 ? null : Holder;
    }

    /// <summary>Removes the first pending events, because they are saved.</summary>
    internal void MarkSaved(int count)
    {
        _pending?.RemoveRange(0, count);
        if (HeldCount > 0)
        {
            Release(count);
        }
    }

    private void ThrowIfUnready(object aggregate, IEvent @event)
    {
        if (_applying)
        {
            throw new InvalidOperationException(
                $"{aggregate.GetType().Name} raised {@event.GetType().Name} inside Apply. Apply only changes the state; raise events in a method outside Apply.");
        }

        ThrowIfFaulted(aggregate);
    }

    private void Apply<TKey>(IAggregate<TKey> aggregate, IEvent @event, EventHeader header)
        where TKey : notnull
    {
        // While Apply runs, the version is that of the event before. After an exception it stays so.
        if (header.Version == 1 || Version == 0)
        {
            CreatedOn = header.Timestamp;
        }

        _applying = true;
        _faulted = true;
        try
        {
            aggregate.Apply(@event, header);
            _faulted = false;
        }
        finally
        {
            _applying = false;
        }

        Version = header.Version;
        ModifiedOn = header.Timestamp;
    }

    /// <summary>Identifies the aggregate of an exception. Loggers that show <see cref="Exception.Data"/> see nothing of the aggregate.</summary>
    private sealed class Sender(object aggregate)
    {
        public bool Is(object other) => ReferenceEquals(aggregate, other);
    }
}
