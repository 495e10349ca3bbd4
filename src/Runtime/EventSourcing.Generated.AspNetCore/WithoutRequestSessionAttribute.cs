namespace EventSourcing.AspNetCore;

/// <summary>
/// An endpoint without a session: its saves are committed by themselves, at once, and its answer isn't held back. For what goes on
/// for long, as streams and sockets do, or manages transactions of its own.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Delegate)]
public sealed class WithoutRequestSessionAttribute : Attribute;
