using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Returns the values of a row of a view. Each method fails if the column has a value of another type, or none. For one thread.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ViewRowReader
{
    /// <summary>Whether the column has no value.</summary>
    /// <param name="column">The number of the column, from 0.</param>
    public abstract bool IsNull(int column);

    /// <summary>Returns a value.</summary>
    /// <param name="column">The number of the column, from 0.</param>
    public abstract bool GetBoolean(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract long GetInt64(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public int GetInt32(int column) => checked((int)GetInt64(column));

    /// <inheritdoc cref="GetBoolean"/>
    public short GetInt16(int column) => checked((short)GetInt64(column));

    /// <inheritdoc cref="GetBoolean"/>
    public abstract double GetDouble(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public float GetSingle(int column) => (float)GetDouble(column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract decimal GetDecimal(int column);

    /// <summary>Returns a text; also a value of the type <see cref="ViewColumnType.Json"/>.</summary>
    /// <inheritdoc cref="GetBoolean"/>
    public abstract string GetText(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract Guid GetGuid(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract DateTimeOffset GetDateTimeOffset(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract DateTime GetDateTime(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract DateOnly GetDateOnly(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract TimeOnly GetTimeOnly(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract TimeSpan GetTimeSpan(int column);

    /// <inheritdoc cref="GetBoolean"/>
    public abstract byte[] GetBytes(int column);
}

/// <summary>Receives rows of a view as a recorder reads them. A recorder never calls it from two threads at once.</summary>
/// <param name="row">Valid only during the call.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate void ViewRowSink(ViewRowReader row);
