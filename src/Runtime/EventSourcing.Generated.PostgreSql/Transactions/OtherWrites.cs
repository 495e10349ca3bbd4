using EventSourcing.Recording;

namespace EventSourcing.PostgreSql;

/// <summary>What a request writes besides events, in the order of names: two transactions that change the same rows don't wait for each other.</summary>
internal sealed record OtherWrites(IReadOnlyList<Tracking> Trackings, IReadOnlyList<ProjectionStep> Projections)
{
    /// <summary>Nothing.</summary>
    public static OtherWrites None { get; } = new([], []);

    /// <summary>The number of rows that other transactions may have locked.</summary>
    public int Count => Trackings.Count + Projections.Count;

    public bool IsEmpty => Count == 0;

    public static OtherWrites Of<TKey>(AppendRequest<TKey> request)
        where TKey : notnull => request.Trackings.Count + request.Projections.Count == 0
            ? None
            : new(
                [.. request.Trackings.OrderBy(tracking => tracking.Name, StringComparer.Ordinal)],
                [.. request.Projections.OrderBy(step => step.Lease.Projection, StringComparer.Ordinal)]);
}
