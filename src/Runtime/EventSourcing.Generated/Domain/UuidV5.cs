using System.Buffers;
using System.Text;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// Ids that follow from names (RFC 9562, version 5): the same namespace and name always give the same id, in every language.
/// </summary>
public static class UuidV5
{
    /// <summary>The namespace of domain names (RFC 9562, section 6.6).</summary>
    public static Guid Dns { get; } = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>The namespace of URLs (RFC 9562, section 6.6).</summary>
    public static Guid Url { get; } = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>The namespace of ISO object identifiers (RFC 9562, section 6.6).</summary>
    public static Guid Oid { get; } = new("6ba7b812-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>The namespace of X.500 distinguished names (RFC 9562, section 6.6).</summary>
    public static Guid X500 { get; } = new("6ba7b814-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>Creates the id of a name in a namespace.</summary>
    /// <param name="namespaceId">The namespace: <see cref="Url"/>, or an id of your own.</param>
    /// <param name="name">The name. Its UTF-8 bytes count; it isn't normalised.</param>
    /// <returns>Always the same id for the same arguments.</returns>
    /// <exception cref="ArgumentException">The name holds half of a surrogate pair.</exception>
    public static Guid Create(Guid namespaceId, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.AsSpan().ContainsAny(StateJson.Surrogates) && StateJson.HasHalf(name))
        {
            throw new ArgumentException("The name has half of a surrogate pair, which isn't valid text: the name was cut within a character, or wasn't decoded correctly.", nameof(name));
        }

        var length = 16 + Encoding.UTF8.GetByteCount(name);
        var rented = length <= 256 ? null : ArrayPool<byte>.Shared.Rent(length);
        var input = rented is null ? stackalloc byte[256] : rented;
        namespaceId.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input[16..]);

        Span<byte> hash = stackalloc byte[Sha1.Length];
        Sha1.Hash(input[..length], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        hash[6] = (byte)((hash[6] & 0x0F) | 0x50); // version 5
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80); // the variant of the RFC
        return new Guid(hash[..16], bigEndian: true);
    }
}
