using EventSourcing.CompilerServices;

namespace Recorders.Contract;

/// <summary>Takes part in a transaction, and counts its calls.</summary>
internal sealed class Part : ITransactionParticipant
{
    public int Flushes { get; private set; }

    public int Forgets { get; private set; }

    public int Commits { get; private set; }

    public int Disposals { get; private set; }

    public Exception? Failure { get; init; }

    public bool CanRepeat { get; init; } = true;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Flushes++;
        return Failure is null ? default : ValueTask.FromException(Failure);
    }

    public void Forget() => Forgets++;

    public void Committed() => Commits++;

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return default;
    }
}
