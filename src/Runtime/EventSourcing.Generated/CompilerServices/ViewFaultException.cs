namespace EventSourcing.CompilerServices;

/// <summary>A fault of a fold. Its message is the reason for which a projection stops.</summary>
internal sealed class ViewFaultException(string message) : Exception(message);
