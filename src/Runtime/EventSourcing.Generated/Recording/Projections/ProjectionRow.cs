using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The stored state of a projection. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ProjectionRow
{
    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    /// <summary>The version of the rows.</summary>
    public required int Version { get; init; }

    /// <summary>The position of the log up to which events are processed; 0 for none.</summary>
    public required long Position { get; init; }

    /// <summary>The number that each change of the owner raises.</summary>
    public required long Fence { get; init; }

    /// <summary>The name of the owner; null for none.</summary>
    public string? Owner { get; init; }

    /// <summary>Whether the lease of the owner is over, by the clock of the database.</summary>
    public bool IsExpired { get; init; }

    /// <summary>The error at which the projection has stopped; null for none.</summary>
    public string? Error { get; init; }

    /// <summary>Creates the exception for rows that can't be built again, because the creation of tables is disabled.</summary>
    /// <param name="table">The view.</param>
    /// <param name="row">Its row; null for none.</param>
    /// <param name="viewTable">The name of its table.</param>
    /// <param name="projectionsTable">The name of the table of projections.</param>
    internal static StoreConfigurationException CannotRebuild(ViewTable table, ProjectionRow? row, string viewTable, string projectionsTable) => new(row is null || row.Version == table.Version
        ? $"The rows of the view '{table.Projection}' can't be built again beside those in use, because the creation of tables is disabled. To build them in place, delete the row of the view from {projectionsTable}."
        : $"The rows of the view '{table.Projection}' are of version {row.Version} instead of {table.Version}, and the creation of tables is disabled. Drop the table {viewTable}, create it again with the script, and delete the row of the view from {projectionsTable}.");

    /// <summary>Returns the difference from the version of a program, as a sentence; null for none.</summary>
    internal string? Differs(ViewTable table) => Version == table.Version ? null
        : $"The rows of the view '{Projection}' are of version {Version} instead of {table.Version}. {(Version < table.Version ? "A runner builds them again." : "A newer program writes them.")}";
}
