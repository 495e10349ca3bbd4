using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Connects an application with its store. If the application has a constructor of its own, that takes the context as its first parameter and
/// passes it to the base class. Thread safe.
/// </summary>
public sealed class ApplicationContext
{
    private readonly object _store;

    private ApplicationContext(object store, EventStoreOptions options) => (_store, Options) = (store, options);

    /// <summary>The options that the store was opened with.</summary>
    public EventStoreOptions Options { get; }

    /// <summary>Creates the context of a generated application.</summary>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public static ApplicationContext Create<TKey>(
        IApplicationRecorder<TKey> recorder, EventRegistry<TKey> registry, EventStoreOptions options, Func<object?>? scopedSession = null)
        where TKey : notnull => new(new EventStore<TKey>(recorder, registry, options, scopedSession), options);

    /// <summary>Returns the store behind a generated application.</summary>
    internal EventStore<TKey> GetStore<TKey>()
        where TKey : notnull => (EventStore<TKey>)_store;
}
