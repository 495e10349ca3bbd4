using System.Runtime.CompilerServices;

namespace EventSourcing;

/// <summary>
/// The id of an aggregate, as it is stored: a <see cref="Guid"/> or a <see cref="string"/>, to which it converts implicitly. Immutable.
/// </summary>
public readonly record struct AggregateId
{
    private readonly Guid _guid;
    private readonly string? _text;

    /// <summary>Creates an id that is a GUID.</summary>
    /// <param name="id">The id.</param>
    public AggregateId(Guid id) => _guid = id;

    /// <summary>Creates an id that is a text.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="ArgumentNullException"><paramref name="id"/> is null.</exception>
    public AggregateId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        _text = id;
    }

    /// <summary>Converts to the GUID.</summary>
    /// <param name="id">An id of an application whose keys are GUIDs.</param>
    /// <exception cref="InvalidCastException">The id is a text.</exception>
    public static implicit operator Guid(AggregateId id) =>
        id._text is null ? id._guid : throw new InvalidCastException("The id of the aggregate is a text, not a GUID.");

    /// <summary>Converts to the text.</summary>
    /// <param name="id">An id of an application whose keys are texts.</param>
    /// <exception cref="InvalidCastException">The id is a GUID.</exception>
    public static implicit operator string(AggregateId id) =>
        id._text ?? throw new InvalidCastException("The id of the aggregate is a GUID, not a text.");

    /// <summary>Returns the id as a text.</summary>
    public override string ToString() => _text ?? _guid.ToString();

    internal static AggregateId Of<TKey>(TKey key)
        where TKey : notnull
    {
        // Without a box, which code that isn't optimized yet would allocate.
        if (typeof(TKey) == typeof(Guid))
        {
            return new(Unsafe.As<TKey, Guid>(ref key));
        }

        return key is string text ? new(text) : default;
    }
}
