using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The changes of rows of a view. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ViewChanges
{
    /// <summary>The view.</summary>
    public abstract ViewTable Table { get; }

    /// <summary>The number of rows to insert, or to replace if their keys are there.</summary>
    public abstract int RowCount { get; }

    /// <summary>The number of rows to delete, if they are there.</summary>
    public abstract int DeletedCount { get; }

    /// <summary>Writes all columns of a row.</summary>
    /// <param name="index">The number of the row, from 0.</param>
    /// <param name="writer">Takes the values.</param>
    public abstract void WriteRow(int index, ViewRowWriter writer);

    /// <summary>Writes the key of a row to delete, to column 0.</summary>
    /// <param name="index">The number of the row, from 0.</param>
    /// <param name="writer">Takes the key.</param>
    public abstract void WriteDeletedKey(int index, ViewRowWriter writer);
}

/// <summary>
/// A step of a projection: its new position, and the rows that the events up to there change. It is written only for the owner of the projection,
/// and only if the stored position is the one that it continues from. Immutable.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProjectionStep
{
    /// <summary>Who owns the projection.</summary>
    public required ProjectionLease Lease { get; init; }

    /// <summary>The stored position that the step continues from; 0 for the beginning.</summary>
    public required long After { get; init; }

    /// <summary>
    /// The position of the log up to which events are processed; <see cref="After"/> again if only parked events are processed.
    /// </summary>
    public required long Position { get; init; }

    /// <summary>The rows to change; null for none.</summary>
    public ViewChanges? Changes { get; init; }

    /// <summary>The changes of the failed events; null for none.</summary>
    public ViewChanges? FailedEvents { get; init; }

    /// <summary>Whether the rows of the table replace those that are in use, after the changes; null if not.</summary>
    internal ViewSwap? Swap { get; init; }

    /// <summary>The changes of all tables.</summary>
    internal IEnumerable<ViewChanges> AllChanges => new[] { Changes, FailedEvents }.OfType<ViewChanges>();

    /// <summary>Whether the position doesn't tell whether the step was written.</summary>
    internal bool KeepsPosition => Position == After;
}

/// <summary>The end of a rebuild: the rows that were built replace those in use, with their version and position.</summary>
/// <param name="Table">The table that was built.</param>
/// <param name="Last">The greatest position of the rows in use: they aren't replaced by older ones.</param>
internal sealed record ViewSwap(ViewTable Table, long Last)
{
    /// <summary>The table in use.</summary>
    public ViewTable Live => Table.Replaces!;
}
