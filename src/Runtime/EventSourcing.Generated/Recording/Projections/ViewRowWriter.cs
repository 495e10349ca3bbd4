using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Takes the values of a row of a view, or values that rows are compared with. For one thread.</summary>
/// <remarks>
/// What not every engine can store is refused here: a text with a NUL character or half of a surrogate pair, and a number that is NaN. Times are
/// those of <see cref="ViewValues"/>.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ViewRowWriter
{
    /// <summary>Writes that there is no value.</summary>
    /// <param name="column">The number of the column, from 0.</param>
    public abstract void WriteNull(int column);

    /// <summary>Writes a value.</summary>
    /// <param name="column">The number of the column, from 0.</param>
    /// <param name="value">The value.</param>
    public abstract void Write(int column, bool value);

    /// <summary>Writes an integer of 16, 32 or 64 bits.</summary>
    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, long value);

    /// <summary>Writes a floating-point number of 32 or 64 bits.</summary>
    /// <inheritdoc cref="Write(int, bool)"/>
    /// <exception cref="StateFormatException">The value is NaN.</exception>
    public void Write(int column, double value)
    {
        if (double.IsNaN(value))
        {
            throw new StateFormatException("NaN can't be stored by SQLite");
        }

        WriteNumber(column, value);
    }

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, decimal value);

    /// <summary>Writes a text.</summary>
    /// <inheritdoc cref="Write(int, bool)"/>
    /// <exception cref="StateFormatException">The text is null, or not every engine can store it.</exception>
    public void Write(int column, string? value)
    {
        if (value is null)
        {
            throw new StateFormatException("null isn't a value of this column");
        }

        if (StoredEvents.WhyNotText(value) is { } reason)
        {
            throw new StateFormatException($"the text {reason}");
        }

        WriteText(column, value);
    }

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, Guid value);

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, DateTimeOffset value);

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, DateTime value);

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, DateOnly value);

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, TimeOnly value);

    /// <inheritdoc cref="Write(int, bool)"/>
    public abstract void Write(int column, TimeSpan value);

    /// <summary>Writes bytes.</summary>
    /// <inheritdoc cref="Write(int, bool)"/>
    /// <exception cref="StateFormatException">The value is null.</exception>
    public void Write(int column, byte[]? value) => WriteBytes(column, value ?? throw new StateFormatException("null isn't a value of this column"));

    /// <summary>Writes a number that isn't NaN.</summary>
    protected abstract void WriteNumber(int column, double value);

    /// <summary>Writes a text that can be stored. A value of the type <see cref="ViewColumnType.Json"/> comes as a text, too.</summary>
    protected abstract void WriteText(int column, string value);

    /// <summary>Writes bytes.</summary>
    protected abstract void WriteBytes(int column, byte[] value);
}
