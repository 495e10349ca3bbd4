using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>An event of the log as it was read. With it, a subscription later checks whether the log is still the same.</summary>
/// <param name="Position">Its position.</param>
/// <param name="OriginatorId">The key of its aggregate.</param>
/// <param name="OriginatorVersion">Its version.</param>
/// <param name="Hash">The hash of the topic and the beginning of the state, which has the time of the event; valid in this process only.</param>
internal readonly record struct LogMark<TKey>(long Position, TKey OriginatorId, long OriginatorVersion, int Hash)
    where TKey : notnull
{
    private const int LargestBeginning = 96;

    public static LogMark<TKey> Of(in EventRow<TKey> row)
    {
        var hash = default(HashCode);
        hash.AddBytes(row.Topic);
        hash.AddBytes(row.State[..Math.Min(row.State.Length, LargestBeginning)]);
        hash.Add(row.State.Length);
        return new(row.Position, row.OriginatorId, row.OriginatorVersion, hash.ToHashCode());
    }
}

/// <summary>The marks of rows, without their contents.</summary>
internal sealed class LogMarks<TKey> : EventSink<TKey>
    where TKey : notnull
{
    public LogMark<TKey>? First { get; private set; }

    public int Count { get; private set; }

    public override void Add(in EventRow<TKey> row)
    {
        First ??= LogMark<TKey>.Of(row);
        Count++;
    }
}
