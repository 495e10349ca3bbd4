namespace EventSourcing.Recording;

/// <summary>The views that the events of an append change in its transaction. Immutable.</summary>
internal abstract class InlineViews
{
    /// <summary>The views, in the order of their names.</summary>
    public abstract IReadOnlyList<ViewTable> Tables { get; }

    /// <summary>Begins to fold the events of appends that one transaction writes into a view.</summary>
    /// <param name="view">The number of the view.</param>
    /// <param name="appends">The appends in the order of their positions, this one among them.</param>
    public abstract InlineFold Begin(int view, IReadOnlyList<InlineViews> appends);
}

/// <summary>A fold of the events of a transaction into a view: its rows are added, and then it is done. Used by one thread at a time.</summary>
internal abstract class InlineFold
{
    /// <summary>The rows that it needs; null for none.</summary>
    public abstract ViewQuery? Query { get; }

    /// <summary>Adds a row of the query.</summary>
    public abstract void Add(ViewRowReader row);

    /// <summary>Folds the events.</summary>
    /// <param name="isLeftOut">Whether an append, by its number, wasn't written; null if all were.</param>
    /// <returns>The changes of rows; null for none.</returns>
    /// <exception cref="ProjectionException">An event can't be processed, or its row can't be stored.</exception>
    public abstract ViewChanges? Fold(Predicate<int>? isLeftOut = null);
}

/// <summary>The stored state of a view that a save wants to write.</summary>
/// <param name="Version">The version of the rows.</param>
/// <param name="Next">The first position that the view doesn't have yet; null for none.</param>
/// <param name="HasParked">Whether events of some keys wait behind one that has failed.</param>
internal readonly record struct InlineState(long Version, long? Next, bool HasParked)
{
    /// <summary>
    /// Whether the save can write the view: only if the view has all events before. Otherwise a runner has to catch up, and the save leaves the view
    /// to it.
    /// </summary>
    /// <param name="table">The view.</param>
    /// <param name="first">The first position of the save.</param>
    public bool IsCurrent(ViewTable table, long first) => Version == table.Version && Next == first && !HasParked;
}
