using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace EventSourcing.CompilerServices;

/// <summary>Compares stored topics.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Topic
{
    /// <summary>Whether both are the same bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> other) => topic.SequenceEqual(other);

    /// <summary>Returns the part before the last dot, mostly the name of an aggregate; empty if there is no dot.</summary>
    public static ReadOnlySpan<byte> Owner(ReadOnlySpan<byte> topic) => topic[..Math.Max(topic.LastIndexOf((byte)'.'), 0)];
}
