using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>A projection of an application. Immutable.</summary>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ProjectionDefinition<TKey>
    where TKey : notnull
{
    private protected ProjectionDefinition(ViewTable table, IReadOnlyList<string> topics) => (Table, Topics) = (table, topics);

    /// <summary>The table, with the name and version of the projection.</summary>
    internal ViewTable Table { get; }

    /// <summary>The topics of the events that it processes.</summary>
    internal IReadOnlyList<string> Topics { get; }

    /// <summary>Processes events up to the first that fails.</summary>
    /// <param name="recorder">Reads the rows.</param>
    /// <param name="events">Events that follow those processed before, in their order. Those of other topics are passed over.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    internal abstract ValueTask<FoldResult> FoldAsync(IProjectionRecorder recorder, IReadOnlyList<RecordedEvent<TKey>> events, CancellationToken cancellationToken);
}

/// <summary>What a projection made of events.</summary>
/// <param name="Changes">The changes of rows; null for none.</param>
/// <param name="Failure">The failure that ended it; null for none.</param>
internal readonly record struct FoldResult(ViewChanges? Changes, ProjectionException? Failure);
