namespace EventSourcing;

/// <summary>
/// Names where the current session of an application is found. Every save and read of the application then takes part in that session;
/// its owner commits and removes it, and the library never does. Calls of the adapter are generated: nothing is looked up at run time.
/// </summary>
/// <param name="adapter">
/// A class with a static readable property, or a static method without parameters, named <c>Current</c>. It gives the session of the
/// caller, as a <see cref="StoreSession{TKey}"/> of the application's key or as a <see cref="System.Data.Common.DbTransaction"/>, or
/// null when there is none: then reads see what is committed, and saves are refused.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ScopedSessionAttribute(Type adapter) : Attribute
{
    /// <summary>The class with the static member <c>Current</c>.</summary>
    public Type Adapter { get; } = adapter;
}
