namespace EventSourcing;

/// <summary>A part of the log that is to be read, as <see cref="IApplicationRecorder{TKey}.ReadNotificationsAsync"/> takes it. No topics are all, as null is.</summary>
internal readonly record struct LogRange(int Limit, long? Start, long? Stop, string[]? Topics, bool InclusiveOfStart)
{
    public bool Equals(LogRange other) =>
        (Limit, Start, Stop, InclusiveOfStart) == (other.Limit, other.Start, other.Stop, other.InclusiveOfStart)
        && Topics.AsSpan().SequenceEqual(other.Topics);

    public override int GetHashCode() => HashCode.Combine(Limit, Start, Stop, InclusiveOfStart, Topics?.Length);
}
