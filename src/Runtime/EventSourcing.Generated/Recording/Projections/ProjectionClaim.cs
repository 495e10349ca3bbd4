using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>A request to own a projection. Immutable.</summary>
/// <param name="Table">The view, with the name and version of the projection.</param>
/// <param name="Owner">The name of the owner, at most 200 characters.</param>
/// <param name="Duration">How long the lease lasts without being renewed.</param>
/// <param name="RestartsStopped">Whether a projection that has stopped at an error is taken.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ProjectionClaim(ViewTable Table, string Owner, TimeSpan Duration, bool RestartsStopped)
{
    /// <summary>Whether rows that are built beside those in use are built from the first event, whatever is there.</summary>
    internal bool BeginsAgain { get; init; }

    /// <summary>Decides what a claim does, by the row of the projection.</summary>
    /// <param name="row">The row, read under a lock; null for none.</param>
    internal ClaimDecision Decide(ProjectionRow? row) => row switch
    {
        null => ClaimDecision.Take,
        { Version: var version } when version > Table.Version => ClaimDecision.Leave,

        // Its rows stay in use until those of this version are built beside them.
        { Version: var version } when version < Table.Version && Table is { Exists: true, Replaces: null } => ClaimDecision.Leave,

        // Also from an owner whose lease lasts: its program can't write the rows of this version.
        { Version: var version } when version < Table.Version => ClaimDecision.Rebuild,
        { Owner: { } owner, IsExpired: false } when owner != Owner => ClaimDecision.Leave,
        { Error: not null } when !RestartsStopped => ClaimDecision.Leave,
        _ => ClaimDecision.Take,
    };
}

/// <summary>What a claim does.</summary>
internal enum ClaimDecision
{
    /// <summary>Nothing.</summary>
    Leave,

    /// <summary>Takes the projection where it is.</summary>
    Take,

    /// <summary>Takes the projection, whose rows are of an earlier version, and begins again with an empty table.</summary>
    Rebuild,
}
