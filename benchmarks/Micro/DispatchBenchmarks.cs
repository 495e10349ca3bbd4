using BenchmarkDotNet.Attributes;
using EventSourcing;
using EventSourcing.CompilerServices;

namespace Benchmarks.Micro;

/// <summary>The work between a row and the code of the user: finding the event by its topic, and Apply by the event.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private const int Count = 10;

    private static readonly IEvent[] Events =
    [
        new Ledger.FeeCharged(1), new Ledger.FeeWaived(1), new Ledger.InterestPaid(1), new Ledger.InterestTaken(1), new Ledger.TransferSent(1),
        new Ledger.TransferReceived(1), new Ledger.CashPaidIn(1), new Ledger.CashPaidOut(1), new Ledger.Corrected(1), new Ledger.FeeCharged(1),
    ];

    private static readonly byte[][] Topics =
    [
        "Ledger.FeeCharged"u8.ToArray(), "Ledger.FeeWaived"u8.ToArray(), "Ledger.InterestPaid"u8.ToArray(), "Ledger.InterestTaken"u8.ToArray(), "Ledger.TransferSent"u8.ToArray(),
        "Ledger.TransferReceived"u8.ToArray(), "Ledger.CashPaidIn"u8.ToArray(), "Ledger.CashPaidOut"u8.ToArray(), "Ledger.Corrected"u8.ToArray(), "Ledger.Opened"u8.ToArray(),
    ];

    private readonly Ledger _ledger = new(0);
    private long _version = 1;

    /// <summary>Apply through the library, with its checks and the header.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long Apply()
    {
        IAggregate<Guid> aggregate = _ledger;
        foreach (var e in Events)
        {
            aggregate.Core.Replay(aggregate, e, new EventHeader(++_version, default));
        }

        return _ledger.Sum;
    }

    /// <summary>Only the generated switch.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long Apply_switch()
    {
        IAggregate<Guid> aggregate = _ledger;
        foreach (var e in Events)
        {
            aggregate.Apply(e, default);
        }

        return _ledger.Sum;
    }

    /// <summary>The text of a topic, by its bytes, of an aggregate of ten events.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int Topic_text() => Find<Ledger>();

    private static int Find<TAggregate>()
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var found = 0;
        foreach (var topic in Topics)
        {
            found += TopicTexts<TAggregate, Guid, Guid>.Find(topic) is null ? 0 : 1;
        }

        return found;
    }
}
