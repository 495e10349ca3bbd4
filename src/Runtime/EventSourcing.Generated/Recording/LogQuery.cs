using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Selects a part of the log. Queries for the same part are equal. For authors of recorders.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct LogQuery : IEquatable<LogQuery>
{
    /// <summary>Creates a query.</summary>
    /// <param name="limit">The maximum number of events, at least 1.</param>
    /// <param name="start">The position to begin at; null for the beginning.</param>
    /// <param name="stop">The last position to read; null for no end.</param>
    /// <param name="topics">Only events of these topics; null or none for all. Not changed while the query is in use.</param>
    /// <param name="inclusiveOfStart">Whether an event at <paramref name="start"/> itself is included.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is less than 1.</exception>
    public LogQuery(int limit, long? start = null, long? stop = null, IReadOnlyCollection<string>? topics = null, bool inclusiveOfStart = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        Limit = limit;
        IsEmpty = start == long.MaxValue && !inclusiveOfStart;
        First = start is null ? long.MinValue : inclusiveOfStart || IsEmpty ? start.Value : start.Value + 1;
        Last = stop ?? long.MaxValue;
        Topics = topics is { Count: > 0 } ? topics : null;
    }

    /// <summary>The maximum number of events.</summary>
    public int Limit { get; }

    /// <summary>The first position to read; <see cref="long.MinValue"/> for the beginning.</summary>
    public long First { get; }

    /// <summary>The last position to read; <see cref="long.MaxValue"/> for no end.</summary>
    public long Last { get; }

    /// <summary>The topics of the events to read, at least one; null for all.</summary>
    public IReadOnlyCollection<string>? Topics { get; }

    /// <summary>Whether no event can match, because there is no position after the greatest.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether both are equal.</summary>
    public static bool operator ==(LogQuery left, LogQuery right) => left.Equals(right);

    /// <summary>Whether both differ.</summary>
    public static bool operator !=(LogQuery left, LogQuery right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(LogQuery other) =>
        (Limit, First, Last, IsEmpty) == (other.Limit, other.First, other.Last, other.IsEmpty)
        && (Topics ?? []).SequenceEqual(other.Topics ?? []);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LogQuery other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Limit, First, Last, Topics?.Count);
}
