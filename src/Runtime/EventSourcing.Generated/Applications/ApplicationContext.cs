using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// What an application is made of: give it to the application's constructor, where it has one of its own, and it is ready when
/// the constructor returns. Thread safe.
/// </summary>
public sealed class ApplicationContext
{
    private readonly object _store;

    private ApplicationContext(object store, EventStoreOptions options) => (_store, Options) = (store, options);

    /// <summary>The options that the store was opened with.</summary>
    public EventStoreOptions Options { get; }

    /// <summary>Makes the context of a generated application.</summary>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public static ApplicationContext Create<TKey>(
        IApplicationRecorder<TKey> recorder, EventRegistry<TKey> registry, EventStoreOptions options, Func<object?>? scopedSession = null)
        where TKey : notnull => new(new EventStore<TKey>(recorder, registry, options, scopedSession), options);

    /// <summary>The store behind a generated application.</summary>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public EventStore<TKey> GetStore<TKey>()
        where TKey : notnull => (EventStore<TKey>)_store;
}
