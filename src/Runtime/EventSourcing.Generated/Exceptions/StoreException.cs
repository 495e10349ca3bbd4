namespace EventSourcing;

/// <summary>The store refused or failed. The inner exception is the driver's, where there is one.</summary>
public class StoreException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, without state, parameters or connection strings.</param>
    /// <param name="innerException">The driver's exception.</param>
    public StoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// The URL, an option or the database itself doesn't fit, or the application doesn't register an aggregate. A retry won't help.
/// </summary>
/// <param name="message">What is wrong and what to do, without secrets.</param>
/// <param name="innerException">The driver's exception.</param>
public sealed class StoreConfigurationException(string message, Exception? innerException = null) : StoreException(message, innerException);

/// <summary>The database was busy or unavailable, and nothing was written. A retry may succeed.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The driver's exception.</param>
public sealed class TransientStoreException(string message, Exception? innerException = null) : StoreException(message, innerException)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>The disk is full, and nothing was written. A retry succeeds once there is space.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The driver's exception.</param>
public sealed class StorageFullException(string message, Exception? innerException = null) : StoreException(message, innerException);

/// <summary>The outcome of a save couldn't be found out in time. The save is stored as a whole or not at all.</summary>
/// <param name="appendId">Identifies the save in the column <c>append_id</c>; empty for a transaction that had no events.</param>
/// <param name="innerException">The driver's exception.</param>
public sealed class InDoubtException(Guid appendId, Exception? innerException = null) : StoreException(
    appendId == Guid.Empty
        ? "The outcome of the commit is unknown. The server may still commit the transaction or roll it back. When the database answers again and no earlier connection is committing, check whether the changes of the transaction are stored."
        : $"The outcome of the save is unknown. The server may still commit the save or roll it back. When the database answers again and no earlier connection is committing, look for rows with append_id = '{appendId}' in the events table. Either all events of the save are stored, or none.",
    innerException)
{
    /// <summary>Identifies the save in the column <c>append_id</c>; empty for a transaction that had no events.</summary>
    public Guid AppendId { get; } = appendId;
}
