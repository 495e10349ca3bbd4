using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>Converts the rows of one read of the log to events.</summary>
/// <param name="registry">Reads the events.</param>
/// <param name="codec">Converts the rows.</param>
/// <param name="isBounded">Whether the size of its rows, in bytes, also ends the page.</param>
internal sealed class RecordedEventPage<TKey>(EventRegistry<TKey> registry, StateCodec codec, bool isBounded = false) : EventSink<TKey>
    where TKey : notnull
{
    private readonly StateDecoder.EventReader _read = registry.ReadEvent;
    private PageBudget _budget;

    public List<RecordedEvent<TKey>> Events { get; } = [];

    public int Count => Events.Count;

    /// <summary>The position of the last event, of which there must be one.</summary>
    public long LastPosition => Events[^1].Position!.Value;

    public override bool IsFull => isBounded && _budget.IsSpent;

    public override void Add(in EventRow<TKey> row)
    {
        _budget.Spend(row);
        ThrowIfNoPosition(row);
        var @event = codec.Read(row, _read, registry.ApplicationName, out var timestamp);
        Events.Add(new(
            row.Position == EventRow<TKey>.NoPosition ? null : row.Position, row.OriginatorId, new EventHeader(row.OriginatorVersion, timestamp), registry.GetTopic(row.Topic), @event, MetadataJson.Read(row.Metadata)));
    }

    /// <summary>Checks the position of a row of the log: a running subscription would never find a position below 1.</summary>
    /// <exception cref="StreamCorruptedException">The position is less than 1.</exception>
    public static void ThrowIfNoPosition(in EventRow<TKey> row)
    {
        if (row.Position < 1 && row.Position != EventRow<TKey>.NoPosition)
        {
            throw new StreamCorruptedException("positions begin at 1", StateDecoder.Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position);
        }
    }
}
