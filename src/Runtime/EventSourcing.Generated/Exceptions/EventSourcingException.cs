namespace EventSourcing;

/// <summary>The base of every exception that this library throws for what it found, rather than for a wrong argument.</summary>
/// <remarks>No message of the hierarchy shows the state of events, parameters or connection strings.</remarks>
public abstract class EventSourcingException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened, without state, parameters or connection strings.</param>
    /// <param name="innerException">What caused it.</param>
    protected EventSourcingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the same call may succeed later, when nothing was written by this one.</summary>
    public virtual bool IsTransient => false;
}
