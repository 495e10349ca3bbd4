using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace EventSourcing.Files;

/// <summary>The file of a store: a header and records, each with its length and a checksum. Used by one caller at a time.</summary>
internal sealed class LogFile(string path, int headerSize) : IDisposable
{
    private const int ChecksumSize = 8;
    private const int PrefixSize = sizeof(int) + ChecksumSize;

    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    // Where the records that were read end.
    private long _end = headerSize;

    /// <summary>Reads the next record; null if there is none, or only a part of one.</summary>
    /// <exception cref="StoreException">The record is damaged.</exception>
    public byte[]? ReadNext()
    {
        var left = Length() - _end - PrefixSize;
        if (left <= 0)
        {
            return null;
        }

        var prefix = new byte[PrefixSize];
        RandomAccess.Read(_file, prefix, _end);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length <= 0 || length > left)
        {
            return null;
        }

        var record = new byte[length];
        RandomAccess.Read(_file, record, _end + PrefixSize);
        if (!SHA256.HashData(record).AsSpan(0, ChecksumSize).SequenceEqual(prefix.AsSpan(sizeof(int))))
        {
            // Only the last record can be incomplete.
            return length == left ? null : throw new StoreException($"The file {path} is damaged at {_end}.");
        }

        _end += PrefixSize + length;
        return record;
    }

    /// <summary>
    /// Writes a record after those that were read, in the place of an incomplete one. Then it is on the disk; other recorders can see it
    /// shortly before.
    /// </summary>
    /// <exception cref="IOException">It isn't written.</exception>
    /// <exception cref="InDoubtException">It is unknown whether it is written.</exception>
    public void Append(byte[] record)
    {
        var bytes = new byte[PrefixSize + record.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, record.Length);
        SHA256.HashData(record).AsSpan(0, ChecksumSize).CopyTo(bytes.AsSpan(sizeof(int)));
        record.CopyTo(bytes, PrefixSize);
        Length();
        try
        {
            RandomAccess.SetLength(_file, _end);
            RandomAccess.Write(_file, bytes, _end);
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException failure)
        {
            Undo(failure);
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    // Another recorder has withdrawn a record that it could not flush, but that was read here. Nothing may be written behind the gap.
    private long Length() => RandomAccess.GetLength(_file) is var length && length >= _end
        ? length
        : throw new StoreException($"The file {path} has lost its end. Open the store again.");

    private void Undo(IOException failure)
    {
        try
        {
            RandomAccess.SetLength(_file, _end);
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException)
        {
            throw new InDoubtException(Guid.Empty, failure);
        }
    }
}
