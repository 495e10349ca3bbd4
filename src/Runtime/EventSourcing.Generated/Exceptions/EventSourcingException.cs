namespace EventSourcing;

/// <summary>The base of all exceptions of this library, except those for wrong arguments.</summary>
/// <remarks>No message of the hierarchy shows the state of events, parameters or connection strings.</remarks>
public abstract class EventSourcingException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, without state, parameters or connection strings.</param>
    /// <param name="innerException">What caused it.</param>
    protected EventSourcingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether a retry of the same call may succeed. If so, this call wrote nothing.</summary>
    public virtual bool IsTransient => false;
}
