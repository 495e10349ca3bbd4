using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventSourcing.Sqlite;

/// <summary>Identifies the file at a path by the file system's own numbers. Known on Linux; on Windows an open database can't be moved.</summary>
/// <param name="Device">The file system; 0 if there is no file.</param>
/// <param name="Number">The inode.</param>
/// <param name="Links">How many names the file has.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Written">When its content was last changed, in nanoseconds.</param>
/// <param name="Changed">When the file, or a name in a folder, was last changed, in nanoseconds.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Number, uint Links, long Size, long Written, long Changed)
{
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7ff;
    private const int NoSuchFile = 2;
    private const int NoFolder = 20;

    private static volatile bool _isUnknown = !OperatingSystem.IsLinux();

    /// <summary>Whether the system has been able to identify files so far.</summary>
    public static bool IsKnown => !_isUnknown;

    public bool IsThere => Number != 0;

    public bool IsSame(in FileIdentity other) => Number == other.Number && Device == other.Device;

    /// <summary>
    /// Identifies the file at a path; false if that isn't possible. Doesn't open the file: closing it again would drop SQLite's locks.
    /// </summary>
    /// <param name="path">In UTF-8, with a zero at its end.</param>
    /// <param name="identity">The file that is there.</param>
    public static bool TryOf(byte[] path, out FileIdentity identity) => TryOf(CurrentFolder, path, 0, out identity);

    /// <summary>Identifies the folder of a handle, wherever it is now, for a third of the cost of a path. False if that isn't possible.</summary>
    public static bool TryOf(FolderHandle handle, out FileIdentity identity) => TryOf(handle.Descriptor, [0], EmptyPath, out identity);

    // The buffer isn't cleared: clearing it in 256-bit registers would slow down the call that follows.
    [SkipLocalsInit]
    private static unsafe bool TryOf(int folder, ReadOnlySpan<byte> path, int flags, out FileIdentity identity)
    {
        if (_isUnknown)
        {
            identity = default;
            return false;
        }

        // The layout is the kernel's, and the same on all processors.
        Span<byte> found = stackalloc byte[256];
        try
        {
            fixed (byte* name = path)
            fixed (byte* buffer = found)
            {
                // A second call for the error code, because a call that returns it takes longer.
                if (GetStatus(folder, name, flags, BasicStatistics, buffer) != 0 && GetStatusOrReason(folder, name, flags, BasicStatistics, buffer) != 0)
                {
                    identity = default;
                    return Marshal.GetLastPInvokeError() is NoSuchFile or NoFolder;
                }
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            _isUnknown = true;
            identity = default;
            return false;
        }

        identity = new FileIdentity(
            ((ulong)UInt32At(found, 136) << 32) | UInt32At(found, 140), (ulong)Int64At(found, 32), UInt32At(found, 16), Int64At(found, 40), TimeAt(found, 112), TimeAt(found, 96));
        return true;
    }

    private static uint UInt32At(ReadOnlySpan<byte> found, int offset) => MemoryMarshal.Read<uint>(found[offset..]);

    private static long Int64At(ReadOnlySpan<byte> found, int offset) => MemoryMarshal.Read<long>(found[offset..]);

    private static long TimeAt(ReadOnlySpan<byte> found, int offset) => Int64At(found, offset) * 1_000_000_000 + UInt32At(found, offset + 8);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static unsafe partial int GetStatus(int folder, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int GetStatusOrReason(int folder, byte* path, int flags, uint mask, byte* status);
}
