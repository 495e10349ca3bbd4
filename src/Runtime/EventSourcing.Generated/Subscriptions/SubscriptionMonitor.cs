using System.Collections.Concurrent;

namespace EventSourcing;

/// <summary>Reports the subscriptions of a store whose reads fail. They retry as long as the database is unavailable. Thread safe.</summary>
public sealed class SubscriptionMonitor
{
    private readonly ConcurrentDictionary<object, SubscriptionFailure> _failing = new(ReferenceEqualityComparer.Instance);

    internal SubscriptionMonitor()
    {
    }

    /// <summary>Raised for each read that failed, on the thread of the subscription. Exceptions of handlers are ignored.</summary>
    public event Action<SubscriptionFailure>? Failed;

    /// <summary>The subscriptions whose last read failed, and which retry.</summary>
    public IReadOnlyList<SubscriptionFailure> Failing => [.. _failing.Values];

    /// <summary>Notes a failure.</summary>
    /// <param name="subscription">Identifies the subscription.</param>
    /// <param name="failure">What happened.</param>
    internal void Fail(object subscription, SubscriptionFailure failure)
    {
        if (failure.IsRetried)
        {
            _failing[subscription] = failure;
        }
        else
        {
            _failing.TryRemove(subscription, out _);
        }

        try
        {
            Failed?.Invoke(failure);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A listener that fails must not end the subscription.
        }
    }

    /// <summary>Removes a subscription that has read, or has ended.</summary>
    internal void End(object subscription) => _failing.TryRemove(subscription, out _);
}
