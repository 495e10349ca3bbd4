using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>The tables that transactions write to besides that of the events.</summary>
/// <param name="Tracking">The tracked positions.</param>
/// <param name="Projections">The owners and positions of projections.</param>
/// <param name="Views">The views.</param>
internal sealed record OtherTables(TrackingTable Tracking, ProjectionsTable Projections, ViewTables Views)
{
    /// <summary>Writes the tracked positions and the steps of projections of a request.</summary>
    public void Write<TKey>(StoreConnection session, AppendRequest<TKey> request)
        where TKey : notnull
    {
        foreach (var tracking in request.Trackings)
        {
            Tracking.Track(session, tracking);
        }

        ProjectionWrite.Run(session, Projections, Views, request.Projections);
    }
}
