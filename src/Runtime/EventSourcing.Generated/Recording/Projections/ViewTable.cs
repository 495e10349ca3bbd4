using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The table of a view. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ViewTable
{
    /// <summary>Creates a description.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="version">The version of its columns and fold.</param>
    /// <param name="columns">The columns; the first is the key.</param>
    /// <exception cref="ArgumentException">There is no column.</exception>
    public ViewTable(string projection, int version, IReadOnlyList<ViewColumn> columns)
    {
        ArgumentException.ThrowIfNullOrEmpty(projection);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentOutOfRangeException.ThrowIfZero(columns.Count, nameof(columns));
        (Projection, Version, Columns) = (projection, version, columns);
    }

    /// <summary>The name of the projection. The name of the table ends with it.</summary>
    public string Projection { get; }

    /// <summary>The version of the columns and of the fold.</summary>
    public int Version { get; }

    /// <summary>The columns; the first is the key.</summary>
    public IReadOnlyList<ViewColumn> Columns { get; }
}
