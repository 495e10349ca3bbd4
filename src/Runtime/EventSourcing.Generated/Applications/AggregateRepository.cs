#pragma warning disable RS0026, RS0027 // Overloads differ in the version, or in the number of type parameters, so none can become ambiguous.

using System.ComponentModel;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// Loads the aggregates of an application. Aggregates whose ids are keys are loaded by these methods; for other ids, such as
/// <c>record struct DogId(Guid Value)</c>, the generator adds the same methods. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public class AggregateRepository<TKey>
    where TKey : notnull
{
    private readonly EventStore<TKey> _store;

    internal AggregateRepository(EventStore<TKey> store) => _store = store;

    /// <summary>Creates the repository of a generated application.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected AggregateRepository(EventSourcedApplication<TKey> application)
    {
        ArgumentNullException.ThrowIfNull(application);
        _store = application.Store;
    }

    /// <summary>Loads an aggregate.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="AggregateNotFoundException">There is no such aggregate.</exception>
    /// <exception cref="StoredEventException">A stored event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<TAggregate> GetAsync<TAggregate>(TKey id, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        _store.GetAsync<TAggregate, TKey>(id, null, cancellationToken);

    /// <summary>Loads an aggregate as it was at a version.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="version">The version, at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="AggregateNotFoundException">There is no such aggregate, or it has no such version yet.</exception>
    /// <exception cref="StoredEventException">A stored event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<TAggregate> GetAsync<TAggregate>(TKey id, long version, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        _store.GetAsync<TAggregate, TKey>(id, version, cancellationToken);

    /// <summary>Loads an aggregate, if there is one.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The aggregate, or null.</returns>
    /// <exception cref="StoredEventException">A stored event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<TAggregate?> TryGetAsync<TAggregate>(TKey id, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        _store.TryGetAsync<TAggregate, TKey>(id, null, cancellationToken);

    /// <summary>Loads an aggregate as it was at a version, if there is one.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="version">The version, at least 1.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The aggregate, or null if it has no events at all.</returns>
    /// <exception cref="AggregateNotFoundException">It exists, but has no such version yet.</exception>
    /// <exception cref="StoredEventException">A stored event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<TAggregate?> TryGetAsync<TAggregate>(TKey id, long version, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        _store.TryGetAsync<TAggregate, TKey>(id, version, cancellationToken);

    /// <summary>Checks whether there is an aggregate of this type with the id. Reads one row.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<bool> ExistsAsync<TAggregate>(TKey id, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        _store.ExistsAsync<TAggregate, TKey>(id, cancellationToken);

    /// <summary>Loads an aggregate by an id of any type, at its last version or at an earlier one.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<TAggregate> GetAsync<TAggregate, TId>(TId id, long? version, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        _store.GetAsync<TAggregate, TId>(id, version, cancellationToken);

    /// <summary>Loads an aggregate by an id of any type, at its last version or at an earlier one; null if there is none.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<TAggregate?> TryGetAsync<TAggregate, TId>(TId id, long? version, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        _store.TryGetAsync<TAggregate, TId>(id, version, cancellationToken);

    /// <summary>Checks whether there is an aggregate with an id of any type.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<bool> ExistsAsync<TAggregate, TId>(TId id, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        _store.ExistsAsync<TAggregate, TId>(id, cancellationToken);
}
