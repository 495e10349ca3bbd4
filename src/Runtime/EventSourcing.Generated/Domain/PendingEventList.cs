using System.Collections;

namespace EventSourcing;

/// <summary>
/// A read-only view of the pending events that will be saved. It returns copies, so that changes to lists in them have no effect. Events
/// whose values can't change are returned without a copy.
/// </summary>
internal sealed class PendingEventList<TKey>(IAggregate<TKey> aggregate, List<RaisedEvent> events) : IReadOnlyList<PendingEvent>
    where TKey : notnull
{
    public int Count => events.Count;

    public PendingEvent this[int index] => Copy(events[index]);

    public IEnumerator<PendingEvent> GetEnumerator()
    {
        foreach (var raised in events)
        {
            yield return Copy(raised);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private PendingEvent Copy(in RaisedEvent raised) => (raised with { Event = aggregate.Fix(raised.Event) }).Of(aggregate.Key);
}
