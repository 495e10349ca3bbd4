using EventSourcing.CompilerServices;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>Takes the rows of one reading of the log as events.</summary>
internal sealed class RecordingPage<TKey>(EventRegistry<TKey> registry, int maxStateSize) : EventSink<TKey>
    where TKey : notnull
{
    private readonly StateDecoder.EventReader _read = registry.ReadEvent;

    public List<Recording<TKey>> Recordings { get; } = [];

    public int Count => Recordings.Count;

    /// <summary>The position of the last event, of which there must be one.</summary>
    public long LastPosition => Recordings[^1].Position!.Value;

    public override void Add(in EventRow<TKey> row)
    {
        var @event = StateDecoder.Read(row, _read, registry.ApplicationName, maxStateSize, out var timestamp);
        Recordings.Add(new(
            row.Position == EventRow<TKey>.NoPosition ? null : row.Position, row.OriginatorId, new EventHeader(row.OriginatorVersion, timestamp), registry.GetTopic(row.Topic), @event, MetadataJson.Read(row.Metadata)));
    }
}
