using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The tracked positions in the database of a store: how far logs have been processed, by name. A position is tracked in the transaction of its
/// effect, so that both are stored or neither is. Calls inside a transaction of the store, in the same async flow, take part in it. Thread safe.
/// </summary>
/// <remarks>The table is that of the Python package, and is created with the first position: <c>trainingschool_tracking</c>.</remarks>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class TrackingRecorder<TKey>
    where TKey : notnull
{
    private readonly StoreContext<TKey> _store;
    private readonly TransactionManager<TKey> _transactions;

    internal TrackingRecorder(StoreContext<TKey> store, TransactionManager<TKey> transactions) => (_store, _transactions) = (store, transactions);

    /// <summary>Returns the greatest tracked position.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The position; null if none is tracked.</returns>
    /// <exception cref="ArgumentException">The name is empty, too long, or a text that can't be stored.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<long?> GetPositionAsync(string name, CancellationToken cancellationToken = default)
    {
        StoredEvents.ThrowIfNoName(name);
        return _transactions.FindWork() is { } work
            ? work.GetTrackedPositionAsync(name, cancellationToken)
            : _store.Provider.Tracking.GetPositionAsync(name, cancellationToken);
    }

    /// <summary>Returns whether a position, or a greater one, is tracked.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="position">The position; null is always tracked, because no event has it.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="ArgumentException">The name is empty, too long, or a text that can't be stored.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<bool> HasPositionAsync(string name, long? position, CancellationToken cancellationToken = default)
    {
        StoredEvents.ThrowIfNoName(name);
        return position is null || await GetPositionAsync(name, cancellationToken).ConfigureAwait(false) >= position;
    }

    /// <summary>
    /// Tracks a position: with the transaction or session of the async flow, which writes it at its commit; otherwise at once, by itself. In an
    /// external transaction it is written at once, too.
    /// </summary>
    /// <param name="tracking">The name, and a position greater than the tracked one. Positions may be left out, and can't be tracked later.</param>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <exception cref="AlreadyTrackedException">
    /// The position, or a greater one, is tracked already. Nothing was written, and the transaction or session can only be rolled back. The commit
    /// throws it too, if another runner has tracked the position meanwhile.
    /// </exception>
    /// <exception cref="ArgumentException">The name is empty, too long, or a text that can't be stored.</exception>
    /// <exception cref="InDoubtException">Without a transaction of the flow: the outcome of the commit is unknown.</exception>
    /// <exception cref="NotSupportedException">The recorder of the application doesn't track positions.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="TransactionException">The transaction of the flow only reads, has failed or has ended.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask TrackAsync(Tracking tracking, CancellationToken cancellationToken = default)
    {
        StoredEvents.ThrowIfNoName(tracking.Name, nameof(tracking));
        TransactionManager<TKey>.ThrowIfSystemTransaction();
        _ = _store.Provider.Tracking;
        if (_transactions.FindWorkForSaving() is { } work)
        {
            await work.TrackAsync(tracking, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _store.Provider.AppendAsync(new([], AppendCondition.VersionsNext, [tracking]), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits until a position, or a greater one, is tracked, for instance to read one's own writes. It sees committed positions only, whichever
    /// transaction the async flow has.
    /// </summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="position">The position, at least 1.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <remarks>
    /// Transactions and sessions of the same application object wake it at once, and others by a signal: on PostgreSQL by a notification, on SQLite
    /// because the file is polled every 10 to 20 ms. It also looks every 0.25 s, because a signal may be lost, or impossible through a pooler. While the
    /// database is busy or unavailable, it goes on waiting. The opening of the store and the first read have timeouts of their own.
    /// </remarks>
    /// <exception cref="TrackingTimeoutException">
    /// The position wasn't tracked in time. If the database was busy or unavailable at last, the failure is the inner exception.
    /// </exception>
    /// <exception cref="ArgumentException">The name is empty, too long, or a text that can't be stored.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The position is less than 1, or the timeout is negative or longer than 24 days.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="TransactionException">On SQLite: the async flow has a transaction that keeps all others from writing.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public ValueTask WaitForAsync(string name, long position, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var target = new Tracking(name, position);
        if (timeout != Timeout.InfiniteTimeSpan && (timeout < TimeSpan.Zero || timeout.TotalMilliseconds > int.MaxValue))
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The timeout must be from 0 to 24 days, or infinite.");
        }

        return WaitForAsync(target, timeout, cancellationToken);
    }

    /// <summary>
    /// Creates the table if it is missing, even if the creation of tables is off for the application. Otherwise the first position creates it.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. The table may then be created or not.</param>
    /// <exception cref="StoreConfigurationException">Another table has its name.</exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfInTransaction();
        return _store.Provider.Tracking.EnsureSchemaAsync(cancellationToken);
    }

    /// <summary>
    /// Changes a table that the Python package created before version 0.15, with a row for each position, to one with a row for each name. Both
    /// can be used; the old one grows with each position. The old package can't write to the changed table any more.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. The table may then be changed or not.</param>
    /// <returns>Whether it was changed; false if it has one row for each name, or doesn't exist.</returns>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed, and nothing is changed.</exception>
    public ValueTask<bool> MigrateAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfInTransaction();
        return _store.Provider.Tracking.MigrateAsync(cancellationToken);
    }

    private void ThrowIfInTransaction()
    {
        if (_transactions.FindWork() is not null)
        {
            throw new TransactionException("The table of tracked positions can't be created or changed inside a transaction or session of the store.");
        }
    }

    private async ValueTask WaitForAsync(Tracking target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var recorder = _store.Provider.Tracking;
        await PositionWait.RunAsync(
            target, _store.Provider.OpenAsync, recorder.Watch, token => recorder.GetPositionAsync(target.Name, token), timeout, _store.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }
}
