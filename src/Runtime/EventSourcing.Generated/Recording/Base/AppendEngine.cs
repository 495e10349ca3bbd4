namespace EventSourcing.Recording;

/// <summary>The meaning of a failed append for its saves.</summary>
internal enum AppendFailure
{
    /// <summary>The database rolled everything back, for a reason that may be gone by now: send again.</summary>
    RolledBack,

    /// <summary>The database rolled everything back, and would do so again: report it to the caller of the guilty save.</summary>
    Deterministic,

    /// <summary>A version is taken or missing. Everything was rolled back.</summary>
    Conflict,

    /// <summary>It is unknown whether the append was committed: look it up.</summary>
    Unknown,

    /// <summary>Nothing is stored, and no save can be stored: the store or its settings are wrong. Report it to all callers.</summary>
    Unusable,
}

/// <summary>What the <see cref="GroupAppender{TKey}"/> needs of an engine: its connection, and the meaning of its errors.</summary>
/// <remarks>
/// The appender itself limits each wait. It abandons the connection and the batch then, and looks the saves up. So an engine classifies no
/// <see cref="TimeoutException"/> of its own.
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
internal abstract class AppendEngine<TKey>
    where TKey : notnull
{
    /// <summary>Opens a connection that appends.</summary>
    /// <exception cref="CreatorFailure">The user's creator of connections threw an exception.</exception>
    public abstract Task<AppendConnection<TKey>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Notes that events were committed.</summary>
    /// <param name="position">The greatest of their positions.</param>
    public abstract void Appended(long position);

    /// <summary>Returns the meaning of a failed append for its saves.</summary>
    public abstract AppendFailure Classify(Exception exception);

    /// <summary>Creates the exception for a caller when nothing was written.</summary>
    public abstract StoreException ToException(Exception exception);

    /// <summary>
    /// Whether the connection or the database failed. Any other exception, but for a timeout or a cancellation, is a fault of the library.
    /// </summary>
    public abstract bool IsExpected(Exception exception);

    /// <summary>As <see cref="IsExpected"/>, on an open connection: a driver may throw other exceptions there.</summary>
    public virtual bool IsExpectedInUse(Exception exception) => IsExpected(exception);

    /// <summary>Whether the same work may succeed on another connection, or a little later.</summary>
    public abstract bool IsTransient(Exception exception);

    /// <summary>Whether the connection can't be used any more.</summary>
    public abstract bool IsConnectionLost(Exception exception);

    /// <summary>Whether the connection can't be used any more although it is open, so that its pool must not return it again.</summary>
    public virtual bool IsConnectionOutdated(Exception exception) => IsReadOnly(exception);

    /// <summary>Whether the database stopped waiting for a lock of another connection.</summary>
    public abstract bool IsLockHeld(Exception exception);

    /// <summary>Whether the server accepts no writes: after a failover another server does, or this one soon.</summary>
    public virtual bool IsReadOnly(Exception exception) => false;

    /// <summary>
    /// Whether the append was refused because a position would be assigned that was already passed. The next attempt raises the positions.
    /// </summary>
    public virtual bool IsPositionPassed(Exception exception) => false;
}

/// <summary>
/// The connection that appends, used by one group at a time. An abandoned batch may still be under way when the caller has long reused its
/// buffers, so sent bytes must be copied into memory of the connection.
/// </summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
internal abstract class AppendConnection<TKey> : IAsyncDisposable
    where TKey : notnull
{
    /// <summary>Whether the connection can be used: a driver may close it after some errors.</summary>
    public abstract bool IsOpen { get; }

    /// <summary>Whether the last batch is committed here, but on no other server yet, although the server should have waited for one.</summary>
    public bool IsUnreplicated { get; protected set; }

    /// <summary>
    /// Whether the last batch wrote nothing, because the lock was held or no save fits. The next batches wait for the lock and report the
    /// reason.
    /// </summary>
    public bool WroteNothing { get; protected set; }

    /// <summary>
    /// The saves that the last batch left out because they don't fit the stored events: the number of the save, the number of its first event that
    /// doesn't fit, and the greatest version of that event's aggregate, if known.
    /// </summary>
    public List<(int Save, int Event, long? Head)> Refused { get; } = [];

    /// <summary>Fills the batch that fits the saves best. Call it before each <see cref="ExecuteAsync"/>.</summary>
    /// <param name="saves">The saves, of which no two touch the same aggregate.</param>
    /// <param name="tells">
    /// Whether the database must report what a refused save has met: needed if other saves want to write the same aggregates.
    /// </param>
    /// <param name="raises">Whether positions that are behind are raised; otherwise the batch fails then.</param>
    /// <param name="lockTimeout">How long to wait for the lock of the store.</param>
    public abstract void Fill(List<QueuedSave<TKey>> saves, bool tells, bool raises, TimeSpan lockTimeout);

    /// <summary>Sends the batch, which is one transaction, and reads the answer to its end: then it is committed.</summary>
    /// <param name="positions">Filled with the positions; as many arrays as saves. The arrays of refused saves are left unchanged.</param>
    public abstract Task ExecuteAsync(long[][] positions);

    /// <summary>Looks up the versions of saves.</summary>
    /// <param name="saves">The saves.</param>
    /// <param name="lockTimeout">
    /// To look up under the lock of the store, when every transaction that was begun has ended; null to look up without it.
    /// </param>
    /// <returns>The result for each save.</returns>
    public abstract Task<List<SaveLook>> LookAsync(List<QueuedSave<TKey>> saves, TimeSpan? lockTimeout);

    /// <summary>Prevents the pool from returning this connection again, or any that is idle now.</summary>
    public abstract void Clear();

    /// <summary>Returns the connection to its pool, or closes it. Throws nothing.</summary>
    public abstract ValueTask DisposeAsync();
}
