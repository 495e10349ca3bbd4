using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>Creates an aggregate from its rows.</summary>
internal sealed class AggregateLoader<TAggregate, TId, TKey>(TKey key, StateCodec codec) : EventSink<TKey>
    where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    where TKey : notnull
{
    private static readonly StateDecoder.EventReader Read = TAggregate.ReadEvent;

    public TKey Key => key;

    /// <summary>The aggregate; null until the first row.</summary>
    public TAggregate? Aggregate { get; private set; }

    public int Count { get; private set; }

    public override void Add(in EventRow<TKey> row)
    {
        var @event = codec.Read(row, Read, typeof(TAggregate).Name, out var timestamp);
        var first = Aggregate is null;
        if (!first && row.OriginatorVersion != Aggregate!.Core.Version + 1)
        {
            throw Corrupted(row, row.OriginatorVersion == Aggregate.Core.Version ? $"version {row.OriginatorVersion} occurs twice" : $"version {Aggregate.Core.Version + 1} is missing");
        }

        if (first != @event is ICreationEvent<TAggregate>)
        {
            throw Corrupted(row, first ? "the first event isn't one that creates the aggregate" : "a later event creates it again");
        }

        if (first && row.OriginatorVersion != 1)
        {
            throw Corrupted(row, "the first event doesn't have version 1");
        }

        try
        {
            Aggregate ??= TAggregate.Rehydrate(key);
            Aggregate.Core.Replay(Aggregate, @event, new EventHeader(row.OriginatorVersion, timestamp) { AggregateId = AggregateId.Of(key) });
        }
        catch (Exception exception)
        {
            throw new ApplyException(
                typeof(TAggregate).Name, Aggregate is null ? "its initial state" : $"Apply({@event.GetType().Name})",
                StateDecoder.Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position, exception);
        }

        Count++;
    }

    private static StreamCorruptedException Corrupted(in EventRow<TKey> row, string reason) =>
        new(reason, StateDecoder.Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position);
}

/// <summary>Checks whether the first event is one of the aggregate's.</summary>
internal sealed class ExistenceProbe<TAggregate, TId, TKey> : EventSink<TKey>
    where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    where TKey : notnull
{
    public bool Found { get; private set; }

    public override void Add(in EventRow<TKey> row) => Found = TopicTexts<TAggregate, TId, TKey>.Find(row.Topic) is not null;
}
