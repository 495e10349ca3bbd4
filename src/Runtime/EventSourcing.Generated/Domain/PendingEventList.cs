using System.Collections;

namespace EventSourcing;

/// <summary>
/// Pending events as others see them: a view of those that will be saved, of which it hands out copies. What is done to the lists in them
/// changes nothing. Those of values that can't change are handed out themselves.
/// </summary>
internal sealed class PendingEventList<TKey>(IAggregate<TKey> aggregate, List<PendingEvent> events) : IReadOnlyList<PendingEvent>
    where TKey : notnull
{
    public int Count => events.Count;

    public PendingEvent this[int index] => Copy(events[index]);

    public IEnumerator<PendingEvent> GetEnumerator()
    {
        foreach (var pending in events)
        {
            yield return Copy(pending);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private PendingEvent Copy(in PendingEvent pending) => pending with { Event = aggregate.Fix(pending.Event) };
}
