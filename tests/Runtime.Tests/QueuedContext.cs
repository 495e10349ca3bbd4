namespace EventSourcing.Tests;

/// <summary>A context on which nothing continues by itself: posted actions are kept until the test runs them.</summary>
internal sealed class QueuedContext : SynchronizationContext
{
    public Queue<Action> Posted { get; } = new();

    public override void Post(SendOrPostCallback d, object? state) => Posted.Enqueue(() => d(state));

    /// <summary>Runs something on it.</summary>
    public T Run<T>(Func<T> action)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            return action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
