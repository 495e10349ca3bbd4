using System.Runtime.ExceptionServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Rows of the log, copied, for several readers.</summary>
internal sealed class LogRows<TKey> : EventSink<TKey>
    where TKey : notnull
{
    private readonly List<(long Position, TKey Id, long Version, byte[] Topic, byte[] State, byte[] Metadata)> _rows = [];
    private PageBudget _budget;

    /// <summary>The error that ended the read after these rows; null for none.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }

    public override bool IsFull => _budget.IsSpent;

    public override void Add(in EventRow<TKey> row)
    {
        _budget.Spend(row);
        _rows.Add((row.Position, row.OriginatorId, row.OriginatorVersion, row.Topic.ToArray(), row.State.ToArray(), row.Metadata.ToArray()));
    }

    /// <summary>Passes the rows to a reader, as the recorder would.</summary>
    public void Give(EventSink<TKey> sink)
    {
        foreach (var (position, id, version, topic, state, metadata) in _rows)
        {
            sink.Add(new EventRow<TKey> { Position = position, OriginatorId = id, OriginatorVersion = version, Topic = topic, State = state, Metadata = metadata });
            if (sink.IsFull)
            {
                return;
            }
        }

        Failure?.Throw();
    }
}
