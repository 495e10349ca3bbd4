using System.Runtime.InteropServices;

namespace EventSourcing.Sqlite;

/// <summary>
/// A folder that can be checked without its path, on Linux. It gives no access to the files in it. Used under the lock of the session that owns
/// it; the finalizer closes a handle that was not disposed of.
/// </summary>
internal sealed partial class FolderHandle : SafeHandle
{
    private const int PathOnly = 0x200000;
    private const int CloseOnExecute = 0x80000;

    private FolderHandle(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle == -1;

    public int Descriptor => (int)handle;

    /// <summary>Opens a folder; null if it can't be opened, or if files can't be identified. Called after a look at a path.</summary>
    /// <param name="path">In UTF-8, with a zero at its end.</param>
    public static FolderHandle? TryOpen(ReadOnlySpan<byte> path)
    {
        if (!FileIdentity.IsKnown)
        {
            return null;
        }

        var descriptor = Open(path, PathOnly | CloseOnExecute);
        return descriptor == -1 ? null : new FolderHandle(descriptor);
    }

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
