namespace EventSourcing;

/// <summary>Handlers of a projection have failed, and nothing of their batch is stored. Its message is the reason for which a projection stops.</summary>
/// <param name="message">The reason, as a part of a sentence.</param>
/// <param name="innerException">What failed.</param>
internal sealed class HandlerFaultException(string message, Exception innerException) : Exception(message, innerException)
{
    /// <summary>Whether the code of an event has failed, or the commit of what it wrote.</summary>
    public bool IsOfEvent { get; init; }

    /// <summary>Whether the event may be parked or skipped. Otherwise other events would fail alike.</summary>
    public bool CanBeParked { get; init; }

    /// <summary>Whether another attempt could do harm.</summary>
    public bool IsFinal { get; init; }
}
