using System.Buffers.Binary;

namespace EventSourcing.Recording;

/// <summary>
/// Creates unique ids, by which a save is found again when its outcome is unknown. One random number serves for many ids, because each
/// random number needs a call of the kernel. Used by one writer at a time.
/// </summary>
internal sealed class AppendIds
{
    private const int IdsOfOneNumber = 256;

    private readonly byte[] _id = new byte[16];
    private int _left;

    /// <summary>Returns the next id.</summary>
    public Guid Next()
    {
        if (_left == 0)
        {
            Guid.CreateVersion7().TryWriteBytes(_id, bigEndian: true, out _);
            _left = IdsOfOneNumber;
        }

        _left--;
        var end = _id.AsSpan(12);
        BinaryPrimitives.WriteUInt32BigEndian(end, BinaryPrimitives.ReadUInt32BigEndian(end) + 1);
        return new Guid(_id, bigEndian: true);
    }
}
