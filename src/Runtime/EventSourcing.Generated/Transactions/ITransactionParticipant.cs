using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>Has changes of its own that belong to a transaction: an object-relational mapper, for instance.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITransactionParticipant : IAsyncDisposable
{
    /// <summary>Writes its changes: before the transaction is committed and, with autoflush, before it is read.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Called after the real commit.</summary>
    void Committed();
}
