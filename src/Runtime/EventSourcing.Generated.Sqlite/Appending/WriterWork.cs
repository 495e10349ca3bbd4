using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Work for the writer's thread.</summary>
internal interface IWriterWork
{
    /// <summary>How long to wait: for a store transaction of this process, and then for another process; in milliseconds.</summary>
    int LockTimeout { get; }

    /// <summary>When its wait for a store transaction ends. Known to the writer alone.</summary>
    long Deadline { get; set; }

    /// <summary>Takes the work. Called once, by the writer; false when the work was cancelled and must not be done.</summary>
    bool TryTake();

    /// <summary>Ends the work without success.</summary>
    void Fail(Exception exception);
}

/// <summary>An action outside of any group, and outside of any transaction but its own.</summary>
internal sealed class WriterAction(Action<StoreConnection>? action, int lockTimeout) : IWriterWork
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    /// <summary>The action; null only waits until all earlier work is done.</summary>
    public Action<StoreConnection>? Action => action;

    public int LockTimeout => lockTimeout;

    public long Deadline { get; set; }

    /// <summary>Whether it may write, and so has to wait for store transactions.</summary>
    public bool NeedsGate { get; init; } = action is not null;

    public bool TryTake() => true;

    public void Fail(Exception exception)
    {
        _completion.TrySetException(exception);

        // Not all actions have a caller that waits. The failure must not be reported as unobserved then.
        _ = _completion.Task.Exception;
    }

    public void Succeed() => _completion.TrySetResult();
}

/// <summary>A save: written with others in one transaction, or alone.</summary>
internal abstract class SaveWork : PendingAppend, IWriterWork
{
    /// <summary>When its caller came, in milliseconds of the machine's uptime.</summary>
    public long Arrived { get; } = Environment.TickCount64;

    /// <inheritdoc/>
    public abstract int LockTimeout { get; }

    /// <inheritdoc/>
    public long Deadline { get; set; }

    /// <summary>Whether a conflict may leave a part of the save written.</summary>
    public abstract bool NeedsSavepoint { get; }

    /// <summary>The size of its states and metadata.</summary>
    public abstract long Bytes { get; }

    /// <summary>The conflict that keeps this save out of the transaction.</summary>
    public ConcurrencyException? Conflict { get; set; }

    /// <summary>Writes the rows.</summary>
    /// <returns>-1, or the number of the event that conflicts; then the rows before it have to be undone.</returns>
    public abstract int Write(StoreConnection session);

    /// <summary>Creates the exception for the conflict of an event, after its save was undone.</summary>
    public abstract ConcurrencyException Describe(StoreConnection session, int conflicting);

    /// <summary>Checks whether the save is stored: true for all of it, false for nothing of it, null for anything else.</summary>
    public abstract bool? IsStored(StoreConnection session);

    /// <summary>Whether its first event is stored, as it was written. A save is written as a whole.</summary>
    public abstract bool IsFirstStored(StoreConnection session);

    /// <summary>Ends the save, after the commit.</summary>
    public abstract void Succeed();
}
