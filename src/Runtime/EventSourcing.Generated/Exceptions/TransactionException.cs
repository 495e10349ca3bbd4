namespace EventSourcing;

/// <summary>
/// A transaction or session is used in a way that can't work: after its end, by two callers at once, for writing where it only reads, or
/// around another one that would wait for it. Nothing was written; a retry won't help.
/// </summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="innerException">What made the transaction unusable.</param>
public sealed class TransactionException(string message, Exception? innerException = null) : EventSourcingException(message, innerException);
