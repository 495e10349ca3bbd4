using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>A participant of a transaction, with changes of its own: an object-relational mapper, for instance.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITransactionParticipant : IAsyncDisposable
{
    /// <summary>Writes its changes: before the transaction is committed and, with autoflush, before it is read.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Whether its changes can be dropped, because all of them were made in the transaction.</summary>
    bool CanRepeat { get; }

    /// <summary>Drops its changes: the transaction is rolled back next, and its work is run again from the beginning.</summary>
    void Forget();

    /// <summary>Called after the real commit.</summary>
    void Committed();
}
