using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>Has changes of its own that belong to a transaction: an object-relational mapper, for instance.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ITransactionParticipant : IAsyncDisposable
{
    /// <summary>Writes its changes: before the transaction is committed and, with autoflush, before it is read.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Whether its changes can be forgotten, because all of them were made in the transaction.</summary>
    bool CanRepeat { get; }

    /// <summary>The transaction is rolled back next, and what was done in it is run again from its beginning: the changes are to be forgotten.</summary>
    void Forget();

    /// <summary>Called after the real commit.</summary>
    void Committed();
}
