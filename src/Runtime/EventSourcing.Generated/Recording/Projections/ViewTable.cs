using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>The table of a projection: that of a view, or none, if the projection has handlers, which write tables of the program's own. Immutable.</summary>
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

    /// <summary>Creates the description of a projection without a table of the library.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="version">The version of its handlers.</param>
    public ViewTable(string projection, int version)
    {
        ArgumentException.ThrowIfNullOrEmpty(projection);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        (Projection, Version, Columns) = (projection, version, []);
    }

    /// <summary>The name of the projection. The name of the table ends with it.</summary>
    public string Projection { get; }

    /// <summary>The version of the columns and of the code.</summary>
    public int Version { get; }

    /// <summary>The columns; the first is the key. None without a table.</summary>
    public IReadOnlyList<ViewColumn> Columns { get; }

    /// <summary>Whether the rows are written in the transaction of the save.</summary>
    public bool IsInline { get; init; }

    /// <summary>The table that it replaces when its rows are complete; null if it is the one in use.</summary>
    internal ViewTable? Replaces { get; private init; }

    /// <summary>The table in which the rows are built beside those in use. It replaces this one then.</summary>
    internal ViewTable Next => field ??= new(Projection + NextTable.Suffix, Version, Columns) { Replaces = this };

    /// <summary>The name of the projection in messages.</summary>
    internal string Title => (Replaces ?? this).Projection;

    /// <summary>Whether the projection has a table of the library.</summary>
    internal bool Exists => Columns.Count > 0;
}
