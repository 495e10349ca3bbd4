using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace Benchmarks.Serializing;

/// <summary>The library's conversion between an event and the bytes of a row: all that a save or a load does, including errors.</summary>
internal sealed class GeneratedCode
{
    private static readonly StateDecoder.EventReader Reader = ReaderOf<Account>();

    private readonly Account _account = new(Guid.CreateVersion7(), Sample.Owner, Sample.Name(0), Sample.Number(0), Sample.Amount(0));
    private readonly PendingEvent _pending = new(SerializedEvent.Changed, new EventHeader(7, SerializedEvent.Time));
    private readonly byte[] _state;

    public GeneratedCode() => _state = Encode().ToArray();

    public ReadOnlySpan<byte> Encode()
    {
        using var encoder = StateEncoder.Rent();
        encoder.Write(_account, _pending);
        return encoder.Slice(0, encoder.Length).Span;
    }

    public Account.Changed Decode()
    {
        var row = new EventRow<Guid> { Position = 1, OriginatorId = default, OriginatorVersion = 7, Topic = "Account.Changed"u8, State = _state };
        return (Account.Changed)StateDecoder.Read(row, Reader, nameof(Account), 16 << 20, out _);
    }

    public bool Equals(Account.Changed e) => e == SerializedEvent.Changed;

    private static StateDecoder.EventReader ReaderOf<TAggregate>()
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid> => TAggregate.ReadEvent;
}
