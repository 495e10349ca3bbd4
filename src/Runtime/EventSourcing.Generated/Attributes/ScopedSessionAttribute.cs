namespace EventSourcing;

/// <summary>
/// Names the adapter that returns the current session of an application. Every save and read of the application then takes part in that
/// session. Its owner commits and disposes of it; the library never does. Calls of the adapter are generated: nothing is looked up at run time.
/// </summary>
/// <param name="adapter">
/// A class with a static readable property, or a static method without parameters, named <c>Current</c>. It returns the session of the caller,
/// as a <see cref="StoreSession{TKey}"/> of the application's key or as a <see cref="System.Data.Common.DbTransaction"/>, or null if there is
/// none. Without a session, reads see committed events, and saves are refused.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ScopedSessionAttribute(Type adapter) : Attribute
{
    /// <summary>The class with the static member <c>Current</c>.</summary>
    public Type Adapter { get; } = adapter;
}
