using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The right of an owner to write the rows and the position of a projection, until another owner has a greater fence. Immutable.</summary>
/// <param name="Projection">The name of the projection.</param>
/// <param name="Fence">The number that each change of the owner raises.</param>
/// <param name="Duration">How long it lasts without being renewed. Each step renews it.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ProjectionLease(string Projection, long Fence, TimeSpan Duration);
