using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>A projection with handlers, which write tables of the program's own. Immutable.</summary>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class HandlerDefinition<TKey> : ProjectionDefinition<TKey>
    where TKey : notnull
{
    private protected HandlerDefinition(ViewTable table, IReadOnlyList<string> topics, ProjectionErrorPolicy onError)
        : base(table, topics, onError)
    {
    }

    /// <summary>Creates the object whose handlers process a batch of events.</summary>
    /// <param name="transaction">The transaction of the batch.</param>
    /// <param name="services">The services of the program; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    internal abstract ValueTask<ProjectionHandler> CreateHandlerAsync(StoreTransaction<TKey> transaction, IServiceProvider? services, CancellationToken cancellationToken);
}

/// <summary>The object whose handlers process a batch of events, with the scope of its services. Used by one operation at a time.</summary>
internal abstract class ProjectionHandler : IAsyncDisposable
{
    /// <summary>Empties the tables, before the first event.</summary>
    public abstract ValueTask ResetAsync(CancellationToken cancellationToken);

    /// <summary>Processes an event.</summary>
    public abstract ValueTask HandleAsync(IEvent @event, EventHeader header, CancellationToken cancellationToken);

    /// <summary>Disposes of the object, so that what it writes then is committed, too.</summary>
    public abstract ValueTask EndAsync();

    /// <summary>Ends the scope, and disposes of the object, if that wasn't done.</summary>
    public abstract ValueTask DisposeAsync();
}
