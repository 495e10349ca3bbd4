namespace EventSourcing;

/// <summary>
/// Takes the rows of one reading of a subscription: first that at the subscription's own position, which it only compares, as it may be
/// an event that can't be read; and then new ones.
/// </summary>
/// <param name="page">Takes the new ones.</param>
/// <param name="after">The position of the subscription.</param>
/// <param name="limit">How many new ones it takes.</param>
internal sealed class SubscriptionPage<TKey>(RecordingPage<TKey> page, long after, int limit) : EventSink<TKey>
    where TKey : notnull
{
    /// <summary>The event at the position of the subscription, if it is there.</summary>
    public LogMark<TKey>? Own { get; private set; }

    /// <summary>The last event that was taken.</summary>
    public LogMark<TKey>? Last { get; private set; }

    public override void Add(in EventRow<TKey> row)
    {
        if (row.Position == after)
        {
            Own = LogMark<TKey>.Of(row);
            return;
        }

        if (page.Count == limit)
            return;
        page.Add(row);
        Last = LogMark<TKey>.Of(row);
    }
}
