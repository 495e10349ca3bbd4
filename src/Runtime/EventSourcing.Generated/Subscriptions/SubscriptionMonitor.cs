using System.Collections.Concurrent;

namespace EventSourcing;

/// <summary>Tells of the subscriptions of a store that don't get on: they read again for as long as the database is away. Thread safe.</summary>
public sealed class SubscriptionMonitor
{
    private readonly ConcurrentDictionary<object, SubscriptionFailure> _failing = new(ReferenceEqualityComparer.Instance);

    internal SubscriptionMonitor()
    {
    }

    /// <summary>Told of each reading that failed, on the thread of the subscription. What it throws is ignored.</summary>
    public event Action<SubscriptionFailure>? Failed;

    /// <summary>The subscriptions whose last reading failed, and which read again by themselves.</summary>
    public IReadOnlyList<SubscriptionFailure> Failing => [.. _failing.Values];

    /// <summary>Notes a failure.</summary>
    /// <param name="subscription">Tells it from others.</param>
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

    /// <summary>The subscription has read, or has ended.</summary>
    internal void End(object subscription) => _failing.TryRemove(subscription, out _);
}
