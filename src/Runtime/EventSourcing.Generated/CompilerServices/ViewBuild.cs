using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>
/// The rows of a view that is built again, in memory: the events of many batches are folded into them before they are written once. For one thread.
/// </summary>
internal abstract class ViewBuild<TKey>
    where TKey : notnull
{
    /// <summary>The number of rows that are kept in memory.</summary>
    protected const int MostRows = 200_000;

    /// <summary>About how many bytes of memory their values may need.</summary>
    protected const long MostBytes = 128 * 1024 * 1024;

    /// <summary>Whether the rows should be written, because they need too much memory otherwise.</summary>
    public abstract bool IsFull { get; }

    /// <summary>Whether the rows are as if the last call of <see cref="TryAddAsync"/> hadn't been, after it has returned false.</summary>
    public abstract bool IsIntact { get; }

    /// <summary>Folds a batch of events into the rows.</summary>
    /// <param name="events">The events.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if one can't be processed, or if rows can't be read.</returns>
    public abstract ValueTask<bool> TryAddAsync(IReadOnlyList<RecordedEvent<TKey>> events, CancellationToken cancellationToken);

    /// <summary>Returns the rows that have changed since they were written; null for none.</summary>
    public abstract ViewChanges? GetChanges();

    /// <summary>Notes that the changes were written.</summary>
    public abstract void Written();

    /// <summary>Forgets all rows.</summary>
    public abstract void Clear();
}
