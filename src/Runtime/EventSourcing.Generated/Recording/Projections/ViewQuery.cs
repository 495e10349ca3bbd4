using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Which rows of a view are read.</summary>
public enum ViewQueryKind
{
    /// <summary>Rows whose key is one of the values, in any order.</summary>
    Keys,

    /// <summary>All rows, in the order of their keys.</summary>
    All,

    /// <summary>Rows whose column has the value, in the order of their keys.</summary>
    Column,
}

/// <summary>A query of a view. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ViewQuery
{
    /// <summary>The view.</summary>
    public required ViewTable Table { get; init; }

    /// <summary>Which rows.</summary>
    public required ViewQueryKind Kind { get; init; }

    /// <summary>The number of the column that is compared, for <see cref="ViewQueryKind.Column"/>.</summary>
    public int Column { get; init; }

    /// <summary>The number of keys, for <see cref="ViewQueryKind.Keys"/>.</summary>
    public int KeyCount { get; init; }

    /// <summary>Whether the rows must be those of the server that writes, and not those of a standby.</summary>
    public bool MustBeCurrent { get; init; }

    /// <summary>
    /// Writes a key to column 0, by its index; or the value of <see cref="ViewQueryKind.Column"/> to its column, with the index 0.
    /// </summary>
    public Action<int, ViewRowWriter>? WriteValue { get; init; }

    /// <summary>Writes the key after which the rows begin to column 0; null for the first row. Not for <see cref="ViewQueryKind.Keys"/>.</summary>
    public Action<ViewRowWriter>? WriteAfter { get; init; }

    /// <summary>The maximum number of rows, at least 1. Not for <see cref="ViewQueryKind.Keys"/>.</summary>
    public int Limit { get; init; } = int.MaxValue;
}
