using System.Threading.Tasks.Sources;

namespace EventSourcing.Recording;

/// <summary>
/// Events that wait to be appended by a writer, from the call to its return. It is its own awaitable, so that a save costs one object. Its
/// caller can cancel it until the writer takes it. Engines derive a class with the data that they send.
/// </summary>
internal abstract class PendingAppend : IValueTaskSource<IReadOnlyList<long>>
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private ManualResetValueTaskSourceCore<IReadOnlyList<long>> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _state;

    /// <summary>The task that the caller awaits, with the positions.</summary>
    public ValueTask<IReadOnlyList<long>> Completion => new(this, _completion.Version);

    /// <summary>Whether its caller has cancelled it, and was told.</summary>
    public bool IsCancelled => Volatile.Read(ref _state) == Cancelled;

    /// <summary>Whether its caller was told the outcome. The writer reads it only after it has taken the save.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Marks its rows in the database.</summary>
    public abstract Guid AppendId { get; }

    /// <summary>Registers the caller's token. Call it before the writer knows of the save.</summary>
    public void CancelBy(CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(
        static (append, token) => ((PendingAppend)append!).Cancel(token), this);

    /// <summary>Takes the save for the writer, unless it is cancelled; from then on its caller can't cancel it.</summary>
    public virtual bool TryTake()
    {
        var isMine = Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;
        _registration.Unregister();
        return isMine;
    }

    /// <summary>Ends a taken save, of which nothing is written, if its caller has cancelled since.</summary>
    /// <returns>Whether it ended.</returns>
    public virtual bool TryCancel()
    {
        if (!_registration.Token.IsCancellationRequested)
        {
            return false;
        }

        Fail(new OperationCanceledException(_registration.Token));
        return true;
    }

    /// <summary>Ends the save as committed.</summary>
    /// <param name="positions">The positions of its events.</param>
    /// <param name="isInline">Whether the caller continues inside this call, on this thread; otherwise on another one.</param>
    public void Succeed(IReadOnlyList<long> positions, bool isInline = false)
    {
        IsEnded = true;
        _completion.RunContinuationsAsynchronously = !isInline;
        _completion.SetResult(positions);
    }

    /// <summary>Ends the save with an exception.</summary>
    public virtual void Fail(Exception exception)
    {
        IsEnded = true;
        _completion.SetException(exception);
    }

    /// <summary>Ends the save as in doubt.</summary>
    public void FailInDoubt(Exception? reason) => Fail(new InDoubtException(AppendId, reason));

    IReadOnlyList<long> IValueTaskSource<IReadOnlyList<long>>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<IReadOnlyList<long>>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<IReadOnlyList<long>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            Fail(new OperationCanceledException(cancellationToken));
        }
    }
}
