using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>A projection of an application. Immutable.</summary>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ProjectionDefinition<TKey>
    where TKey : notnull
{
    private protected ProjectionDefinition(ViewTable table, IReadOnlyList<string> topics, ProjectionErrorPolicy onError) =>
        (Table, Topics, OnError) = (table, topics, onError);

    /// <summary>The table, with the name and version of the projection.</summary>
    internal ViewTable Table { get; }

    /// <summary>The topics of the events that it processes.</summary>
    internal IReadOnlyList<string> Topics { get; }

    /// <summary>What happens with an event that its code can't process.</summary>
    internal ProjectionErrorPolicy OnError { get; }

    /// <summary>Creates the projection that builds the rows beside those in use.</summary>
    /// <exception cref="NotSupportedException">It has no table of the library.</exception>
    internal virtual ProjectionDefinition<TKey> CreateNext() => throw new NotSupportedException($"{Table.Projection} has no table of the library.");

    /// <summary>Begins to build the rows in memory.</summary>
    /// <param name="recorder">Reads rows that aren't in memory.</param>
    /// <param name="isEmpty">Whether the table has no rows yet.</param>
    internal virtual ViewBuild<TKey> BeginBuild(IProjectionRecorder recorder, bool isEmpty) => throw new NotSupportedException($"{Table.Projection} has no table of the library.");

    /// <summary>Whether the key of an event is the id of its aggregate, so that it is known also if the event can't be read.</summary>
    internal abstract bool IsKeyedByAggregate(string topic);

    /// <summary>Processes events up to the first that stops the projection.</summary>
    /// <param name="read">Reads the rows.</param>
    /// <param name="request">The events.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    internal abstract ValueTask<FoldResult> FoldAsync(ReadViewRows read, FoldRequest<TKey> request, CancellationToken cancellationToken);

    /// <summary>Begins to fold the events of appends, in the transaction that writes them. Only if it is an inline view.</summary>
    internal virtual InlineFold Begin(IReadOnlyList<IReadOnlyList<RecordedEvent<TKey>>> appends) => throw new NotSupportedException($"{Table.Projection} isn't an inline view.");
}

/// <summary>Reads rows of a view: outside of a transaction or in it.</summary>
internal delegate ValueTask ReadViewRows(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken);

/// <summary>Events to process, and what happens with those that fail.</summary>
/// <param name="Events">Events that follow those processed before, in their order. Those of other topics are passed over.</param>
/// <param name="OnError">What happens with an event that fails.</param>
internal sealed record FoldRequest<TKey>(IReadOnlyList<RecordedEvent<TKey>> Events, ProjectionErrorPolicy OnError)
    where TKey : notnull
{
    /// <summary>The keys whose events wait behind one that has failed.</summary>
    public IReadOnlySet<string> Parked { get; init; } = System.Collections.Frozen.FrozenSet<string>.Empty;

    /// <summary>The only key whose row is changed, because its parked events are processed again; null for all keys.</summary>
    public string? OnlyKey { get; init; }

    /// <summary>Whether saves wait for the result, which fail if an event does.</summary>
    public bool IsOfSaves { get; init; }

    /// <summary>Why the effect of the only event can't be written; null if it isn't known that it can't.</summary>
    public FoldError? Rejection { get; init; }
}

/// <summary>What a projection made of events.</summary>
/// <param name="Changes">The changes of rows; null for none.</param>
/// <param name="Failure">The failure that ended it; null for none.</param>
/// <param name="Failed">The events that were parked or skipped; null for none.</param>
internal readonly record struct FoldResult(ViewChanges? Changes, ProjectionException? Failure, IReadOnlyList<FailedEvent>? Failed = null);

/// <summary>Why an event fails.</summary>
/// <param name="Reason">The reason, as a part of a sentence.</param>
/// <param name="Exception">The exception of the program's own code; null for none.</param>
internal sealed record FoldError(string Reason, Exception? Exception);
