using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>The data that all parts of one store share. Thread safe.</summary>
/// <param name="provider">The recorder of the provider, which knows nothing of the transactions of a flow.</param>
/// <param name="registry">The events of the application.</param>
/// <param name="options">Limits and time.</param>
internal sealed class StoreContext<TKey>(IApplicationRecorder<TKey> provider, EventRegistry<TKey> registry, EventStoreOptions options)
    where TKey : notnull
{
    public IApplicationRecorder<TKey> Provider => provider;

    public EventRegistry<TKey> Registry => registry;

    public EventStoreOptions Options => options;

    /// <summary>Converts events to the bytes of their rows and back.</summary>
    public StateCodec Codec { get; } = new(options);

    /// <summary>The views that are written in the transaction of the save, in the order of their names.</summary>
    public IReadOnlyList<ProjectionDefinition<TKey>> InlineViews { get; } =
        [.. registry.GetProjections().Where(static projection => projection.Table.IsInline).OrderBy(static projection => projection.Table.Projection, StringComparer.Ordinal)];

    /// <summary>Returns what events change in the views that are written with them; null for nothing.</summary>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    public InlineViews? InlineOf(IReadOnlyList<StoredEvent<TKey>> events) => InlineViews.Count == 0 || events.Count == 0 ? null : new InlineEvents<TKey>(this, events);

    /// <summary>Names the application in measurements.</summary>
    public KeyValuePair<string, object?> Tag { get; } = registry.Tag;

    /// <summary>Receives the outcome of each save.</summary>
    public SaveOutcomes Outcomes { get; } = new(registry.Tag);

    /// <summary>The saves outside of transactions that are under way.</summary>
    public SaveQueue Queue { get; } = new(options.MaxQueuedBytes, options.WaitWhenQueueIsFull);
}
