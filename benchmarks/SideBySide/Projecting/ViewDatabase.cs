namespace Benchmarks.Projecting;

/// <summary>A database with the events of W8, which the floor has in a copy.</summary>
internal abstract class ViewDatabase : IAsyncDisposable
{
    /// <summary>The engine, such as <c>postgresql</c>.</summary>
    public abstract string Engine { get; }

    /// <summary>The URL for the library.</summary>
    public abstract string Url { get; }

    /// <summary>Copies the library's events to the floor.</summary>
    public abstract Task CopyToFloorAsync();

    /// <summary>Empties a table of the library.</summary>
    public abstract Task ClearAsync(string table);

    /// <summary>Returns the number of events in the rows of the library's view.</summary>
    public abstract Task<long> CountAsync(string table);

    /// <summary>Opens the hand-written projection.</summary>
    public abstract Task<IFloorProjection> OpenFloorAsync();

    /// <summary>Returns the number of the library's connections; null for a database without a server.</summary>
    public virtual Task<int?> CountConnectionsAsync() => Task.FromResult<int?>(null);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The projection as written by hand.</summary>
internal interface IFloorProjection : IAsyncDisposable
{
    /// <summary>Empties the view, and begins at the first event.</summary>
    Task ClearAsync();

    /// <summary>Folds all events.</summary>
    Task CatchUpAsync();

    /// <summary>Folds all events in memory, and writes each row once, into the empty view.</summary>
    Task RebuildAsync();

    /// <summary>Returns the number of events in the rows of the view.</summary>
    Task<long> CountAsync();
}
