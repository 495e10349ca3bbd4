namespace EventSourcing.AspNetCore;

/// <summary>
/// An endpoint without a session: its saves are committed by themselves, at once, and its response isn't held back. Use it for long requests,
/// such as streams and sockets, and for endpoints that manage their own transactions.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Delegate)]
public sealed class WithoutRequestSessionAttribute : Attribute;
