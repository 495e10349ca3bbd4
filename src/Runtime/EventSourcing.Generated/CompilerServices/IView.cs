using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>A view as its projection needs it. The generator implements it, explicitly. All members are thread safe.</summary>
/// <typeparam name="TSelf">The record, which is a row.</typeparam>
/// <typeparam name="TRowKey">The type of its key.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IView<TSelf, TRowKey>
    where TSelf : class, IView<TSelf, TRowKey>
    where TRowKey : notnull
{
    /// <summary>The table, with the name and version of the projection.</summary>
    static abstract ViewTable Table { get; }

    /// <summary>The topics of the events that have a <c>When</c>, former ones included.</summary>
    static abstract IReadOnlyList<string> Topics { get; }

    /// <summary>
    /// The topics of the events that belong to the row of their aggregate, former ones included: it is known also if the event can't be read. Only
    /// needed where events are parked.
    /// </summary>
    static virtual IReadOnlyList<string> TopicsOfAggregate => [];

    /// <summary>What happens with an event that its code can't process.</summary>
    static virtual ProjectionErrorPolicy OnError => ProjectionErrorPolicy.Stop;

    /// <summary>Adds the keys of the rows that an event is folded into.</summary>
    /// <param name="event">An event.</param>
    /// <param name="header">Its header.</param>
    /// <param name="keys">Takes the keys; the same key may be added twice.</param>
    static abstract void AddKeys(IEvent @event, EventHeader header, ICollection<TRowKey> keys);

    /// <summary>Folds an event into a row.</summary>
    /// <param name="row">The row; null if there is none.</param>
    /// <param name="key">The key of the row.</param>
    /// <param name="event">An event.</param>
    /// <param name="header">Its header.</param>
    /// <returns>The row afterwards; null for none. Its times are cut to what is stored.</returns>
    static abstract TSelf? Fold(TSelf? row, TRowKey key, IEvent @event, EventHeader header);

    /// <summary>Returns the key of a row.</summary>
    static abstract TRowKey GetKey(TSelf row);

    /// <summary>Writes a key to column 0.</summary>
    static abstract void WriteKey(TRowKey key, ViewRowWriter writer);

    /// <summary>Writes all columns of a row.</summary>
    static abstract void WriteRow(TSelf row, ViewRowWriter writer);

    /// <summary>Creates a row from its columns.</summary>
    static abstract TSelf ReadRow(ViewRowReader reader);
}
