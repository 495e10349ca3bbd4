using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>A class with handlers, as its projection needs it. The generator implements it, explicitly.</summary>
/// <typeparam name="TSelf">The class.</typeparam>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IProjectionHandler<TSelf, TKey>
    where TSelf : class, IProjectionHandler<TSelf, TKey>
    where TKey : notnull
{
    /// <summary>The name and version of the projection, without a table.</summary>
    static abstract ViewTable Table { get; }

    /// <summary>The topics of the events that have a <c>When</c>, former ones included.</summary>
    static abstract IReadOnlyList<string> Topics { get; }

    /// <summary>What happens with an event that its code can't process.</summary>
    static virtual ProjectionErrorPolicy OnError => ProjectionErrorPolicy.Stop;

    /// <summary>Creates an object for a batch of events.</summary>
    /// <param name="transaction">The transaction of the batch.</param>
    /// <param name="provider">The services of the program; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The object, and the scope of its services, which ends after the transaction; null for none.</returns>
    static abstract ValueTask<(TSelf Handler, IAsyncDisposable? Scope)> CreateAsync(
        StoreTransaction<TKey> transaction, IServiceProvider? provider, CancellationToken cancellationToken);

    /// <summary>Calls <c>Reset</c>.</summary>
    static abstract ValueTask ResetAsync(TSelf handler, CancellationToken cancellationToken);

    /// <summary>Calls the <c>When</c> of an event.</summary>
    static abstract ValueTask HandleAsync(TSelf handler, IEvent @event, EventHeader header, CancellationToken cancellationToken);
}
