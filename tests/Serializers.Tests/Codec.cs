using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing.Serializers.Tests;

/// <summary>Writes and reads states as the library does when it saves and loads.</summary>
internal static class Codec
{
    public static readonly Guid Id = new("0198c2b4-6a3e-7c51-9d2f-1b7e4a90c3d8");
    public static readonly DateTimeOffset Time = new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(3_486_110);
    public const long Version = 7;
    public const long Position = 4711;

    public static (string Topic, byte[] State) Encode<TAggregate>(IEvent e, DateTimeOffset? time = null)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        using var encoder = StateEncoder.Rent();
        var topic = encoder.Write(TAggregate.Rehydrate(Id), new PendingEvent(e, new EventHeader(Version, time ?? Time)));
        return (topic, encoder.Slice(0, encoder.Length).ToArray());
    }

    public static (IEvent Event, DateTimeOffset Time) Decode<TAggregate>(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var e = StateDecoder.Read(Row(topic, state), TAggregate.ReadEvent, typeof(TAggregate).Name, 16 << 20, out var time);
        return (e, time);
    }

    /// <summary>Reads by the rules of JSON alone, as for a state of any program.</summary>
    public static (IEvent Event, DateTimeOffset Time) DecodeStrictly<TAggregate>(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var e = StateDecoder.Read(Row(topic, state), ReadStrictly<TAggregate>, typeof(TAggregate).Name, 16 << 20, out var time);
        return (e, time);
    }

    /// <summary>Reads a state in the form that the library writes; null for any other form.</summary>
    public static IEvent? DecodeWritten<TAggregate>(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var reader = new StateReader(state, byRules: false);
        return TAggregate.ReadEvent(topic, ref reader);
    }

    private static IEvent? ReadStrictly<TAggregate>(ReadOnlySpan<byte> topic, ref StateReader state)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid> => state.IsByRules ? TAggregate.ReadEvent(topic, ref state) : null;

    /// <summary>How the library reads the events of an aggregate.</summary>
    public static StateDecoder.EventReader ReaderOf<TAggregate>()
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid> => TAggregate.ReadEvent;

    public static EventRow<Guid> Row(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state) =>
        new() { OriginatorId = Id, OriginatorVersion = Version, Position = Position, Topic = topic, State = state };
}
