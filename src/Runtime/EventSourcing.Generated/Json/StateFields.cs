using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

/// <summary>Notes which of up to 64 fields of an object were read. Used by generated readers; one thread at a time.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct StateFields
{
    private ulong _read;

    /// <summary>The fields that were read, one bit each.</summary>
    public readonly ulong Read => _read;

    /// <summary>Whether the reader is on the name of a field that hasn't been read yet. If so, it moves on to the value.</summary>
    /// <param name="reader">Positioned on the name of a property.</param>
    /// <param name="index">The place of the field, 0 to 63.</param>
    /// <param name="name">The name of the field, in UTF-8.</param>
    // Fields that were read aren't compared again, so that fields in the order of writing need one comparison each. A duplicate
    // therefore looks like an unknown field, and is found there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Take(ref Utf8JsonReader reader, int index, ReadOnlySpan<byte> name)
    {
        if ((_read & (1UL << index)) != 0 || !reader.ValueTextEquals(name))
        {
            return false;
        }

        _read |= 1UL << index;
        reader.Read();
        return true;
    }

    /// <summary>Whether a field was read.</summary>
    /// <param name="index">The place of the field, 0 to 63.</param>
    public readonly bool Has(int index) => (_read & (1UL << index)) != 0;

    /// <summary>Throws unless all the given fields were read.</summary>
    /// <param name="required">The fields, one bit each.</param>
    /// <param name="names">The names of all fields of the object.</param>
    /// <param name="first">The place of field 0 among <paramref name="names"/>.</param>
    /// <exception cref="StateFormatException">One of them is missing.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Require(ulong required, string[] names, int first = 0)
    {
        if ((_read & required) != required)
        {
            StateJson.ThrowMissing(required & ~_read, names, first);
        }
    }
}
