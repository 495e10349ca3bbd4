using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Takes the rows of one read of a subscription: first the row at the subscription's own position, then new ones. The first is only
/// compared, because its event may be unreadable.
/// </summary>
/// <param name="page">Takes the new ones.</param>
/// <param name="after">The position of the subscription.</param>
/// <param name="limit">The maximum number of new ones.</param>
/// <param name="topics">The topics that it takes, in UTF-8; null for all rows.</param>
internal sealed class SubscriptionPage<TKey>(RecordedEventPage<TKey> page, long after, int limit, byte[][]? topics) : EventSink<TKey>
    where TKey : notnull
{
    private PageBudget _budget;

    /// <summary>The event at the position of the subscription, if it is there.</summary>
    public LogMark<TKey>? Own { get; private set; }

    /// <summary>The last event that was taken.</summary>
    public LogMark<TKey>? Last { get; private set; }

    /// <summary>Whether the page is full, so that there may be more.</summary>
    public override bool IsFull => page.Count == limit || _budget.IsSpent;

    public override void Add(in EventRow<TKey> row)
    {
        _budget.Spend(row);
        RecordedEventPage<TKey>.ThrowIfNoPosition(row);
        if (row.Position == after)
        {
            Own = LogMark<TKey>.Of(row);
            return;
        }

        if (topics is null || IsWanted(row.Topic))
        {
            page.Add(row);
        }

        Last = LogMark<TKey>.Of(row);
    }

    private bool IsWanted(ReadOnlySpan<byte> topic)
    {
        foreach (var wanted in topics!)
        {
            if (topic.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }
}
