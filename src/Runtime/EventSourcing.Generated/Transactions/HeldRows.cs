using System.Text;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Passes events that a unit of work holds to the sink of a read, as rows without positions.</summary>
internal static class HeldRows
{
    /// <summary>Passes events until the limit is reached or the sink is full.</summary>
    /// <returns>How many were passed.</returns>
    public static int Give<TKey>(IEnumerable<StoredEvent<TKey>> events, EventSink<TKey> sink, int? limit)
        where TKey : notnull
    {
        var count = 0;
        foreach (var e in events)
        {
            if (count >= limit || sink.IsFull)
            {
                break;
            }

            sink.Add(new EventRow<TKey>
            {
                Position = EventRow<TKey>.NoPosition,
                OriginatorId = e.OriginatorId,
                OriginatorVersion = e.OriginatorVersion,
                Topic = Encoding.UTF8.GetBytes(e.Topic),
                State = e.State.Span,
                Metadata = e.Metadata.Span,
            });
            count++;
        }

        return count;
    }
}

/// <summary>Counts the rows that it passes on.</summary>
internal sealed class CountingSink<TKey>(EventSink<TKey> inner) : EventSink<TKey>
    where TKey : notnull
{
    public int Count { get; private set; }

    public override bool IsFull => inner.IsFull;

    public override void Add(in EventRow<TKey> row)
    {
        inner.Add(row);
        Count++;
    }
}
