namespace EventSourcing;

/// <summary>Handlers of a projection have failed, and nothing of their batch is stored. Its message is the reason for which a projection stops.</summary>
/// <param name="message">The reason, as a part of a sentence.</param>
/// <param name="isOfEvent">Whether the events caused it. Otherwise each event would fail alike.</param>
/// <param name="innerException">What failed.</param>
internal sealed class HandlerFaultException(string message, bool isOfEvent, Exception innerException) : Exception(message, innerException)
{
    public bool IsOfEvent => isOfEvent;
}
