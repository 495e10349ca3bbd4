namespace EventSourcing.PostgreSql;

/// <summary>The tables that transactions write to besides that of the events.</summary>
/// <param name="Tracking">The tracked positions.</param>
/// <param name="Projections">The owners and positions of projections.</param>
/// <param name="Views">Returns the views, which the generated class adds.</param>
internal sealed record OtherTables(TrackingTable Tracking, ProjectionsTable Projections, Func<ViewTables> Views);
