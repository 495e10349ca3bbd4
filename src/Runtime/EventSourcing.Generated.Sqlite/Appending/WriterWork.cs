namespace EventSourcing.Sqlite;

/// <summary>Something for the writer's thread to do.</summary>
internal interface IWriterWork
{
    /// <summary>How long to wait: for a store transaction of this process, and then for another process; in milliseconds.</summary>
    int LockTimeout { get; }

    /// <summary>When it has waited for a store transaction long enough. Known to the writer alone.</summary>
    long Deadline { get; set; }

    /// <summary>Called once, by the writer; false when the work was cancelled and is to be left alone.</summary>
    bool TryTake();

    /// <summary>Ends the work without success.</summary>
    void Fail(Exception exception);
}

/// <summary>Something that is done outside of any group, and outside of any transaction but its own.</summary>
internal sealed class WriterAction(Action<StoreConnection>? action, int lockTimeout) : IWriterWork
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    /// <summary>Null only waits until all earlier work is done.</summary>
    public Action<StoreConnection>? Action => action;

    public int LockTimeout => lockTimeout;

    public long Deadline { get; set; }

    /// <summary>Whether it may write, and so has to wait for store transactions.</summary>
    public bool NeedsGate { get; init; } = action is not null;

    public bool TryTake() => true;

    public void Fail(Exception exception)
    {
        _completion.TrySetException(exception);

        // Not all of them have a caller that waits; the failure isn't to be reported as unobserved then.
        _ = _completion.Task.Exception;
    }

    public void Succeed() => _completion.TrySetResult();
}

/// <summary>A save: written with its neighbours in one transaction, or alone.</summary>
internal abstract class SaveWork : PendingAppend, IWriterWork
{
    /// <summary>When its caller has come, in milliseconds of the machine's uptime.</summary>
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
    /// <returns>-1, or the number of the event that conflicts; then the rows before it are to be undone.</returns>
    public abstract int Write(StoreConnection session);

    /// <summary>The conflict of an event, after its save was undone.</summary>
    public abstract ConcurrencyException Describe(StoreConnection session, int conflicting);

    /// <summary>Looks whether the save is stored: all of it, nothing of it, or null for anything else.</summary>
    public abstract bool? IsStored(StoreConnection session);

    /// <summary>Whether its first event is stored, as it was written. A save is written as a whole.</summary>
    public abstract bool IsFirstStored(StoreConnection session);

    /// <summary>Ends the save, after the commit.</summary>
    public abstract void Succeed();
}
