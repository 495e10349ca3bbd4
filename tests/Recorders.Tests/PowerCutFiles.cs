using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Recorders.Tests;

/// <summary>
/// Stands between SQLite and its files below a folder: it reports writes, truncations, syncs and deletions to a
/// <see cref="PowerCutDisk"/>, which may let a sync fail. Everything else, and files elsewhere, go straight to SQLite's own.
/// </summary>
internal static unsafe class PowerCutFiles
{
    private const int Create = 0x4;
    private const int LogOrJournal = 0x80000 | 0x4000 | 0x800;

    // Before the file of SQLite itself: the table of methods, and the number of the recording.
    private const int Prefix = 16;
    private const int Methods = 19;

    private static readonly List<Recording> Recordings = [];
    private static readonly Lock Sync = new();
    private static Vfs* _original;
    private static Vfs* _mine;
    private static nint* _table;

    /// <summary>Starts to record the operations on files below the disk's folder.</summary>
    public static void Record(PowerCutDisk disk)
    {
        lock (Sync)
        {
            if (_mine == null)
            {
                Register();
            }

            Disks.Add(disk);
        }
    }

    public static void Forget(PowerCutDisk disk)
    {
        lock (Sync)
        {
            Disks.Remove(disk);
        }
    }

    private static List<PowerCutDisk> Disks { get; } = [];

    private static void Register()
    {
        // Loads SQLite.
        new SqliteConnection("Data Source=:memory:").Dispose();
        var library = NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(raw).Assembly, null);
        _original = ((delegate* unmanaged[Cdecl]<byte*, Vfs*>)NativeLibrary.GetExport(library, "sqlite3_vfs_find"))(null);
        _mine = (Vfs*)NativeMemory.AllocZeroed((nuint)sizeof(Vfs));
        *_mine = *_original;
        _mine->FileSize += Prefix;
        _mine->Name = (byte*)Marshal.StringToCoTaskMemUTF8("power-cut");
        _mine->Open = &Open;
        _mine->Delete = &Delete;
        _table = (nint*)NativeMemory.AllocZeroed(Methods * (nuint)sizeof(nint));
        *(int*)_table = 3;
        _table[1] = (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&Close;
        _table[2] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)&Read;
        _table[3] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)&Write;
        _table[4] = (nint)(delegate* unmanaged[Cdecl]<nint*, long, int>)&Truncate;
        _table[5] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&Synchronize;
        _table[6] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int>)&FileSize;
        _table[7] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&Lock;
        _table[8] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&Unlock;
        _table[9] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int>)&CheckReservedLock;
        _table[10] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, void*, int>)&Control;
        _table[11] = (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&SectorSize;
        _table[12] = (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&Characteristics;
        _table[13] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int, int, void**, int>)&MapShared;
        _table[14] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int, int, int>)&LockShared;
        _table[15] = (nint)(delegate* unmanaged[Cdecl]<nint*, void>)&BarrierShared;
        _table[16] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&UnmapShared;
        _table[17] = (nint)(delegate* unmanaged[Cdecl]<nint*, long, int, void**, int>)&Fetch;
        _table[18] = (nint)(delegate* unmanaged[Cdecl]<nint*, long, void*, int>)&Unfetch;
        ((delegate* unmanaged[Cdecl]<Vfs*, int, int>)NativeLibrary.GetExport(library, "sqlite3_vfs_register"))(_mine, 1);
    }

    private static PowerCutDisk? DiskOf(string path)
    {
        lock (Sync)
        {
            return Disks.Find(disk => path.StartsWith(disk.Folder, StringComparison.Ordinal));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, nint* file, int flags, int* outFlags)
    {
        var path = name == null ? null : Marshal.PtrToStringUTF8((nint)name)!;
        if (path is null || DiskOf(path) is not { } disk)
        {
            return _original->Open(_original, name, file, flags, outFlags);
        }

        var isNew = !File.Exists(path);
        var result = _original->Open(_original, name, Real(file), flags, outFlags);
        if (result != raw.SQLITE_OK)
        {
            // SQLite doesn't close a file without methods.
            file[0] = 0;
            return result;
        }

        lock (Sync)
        {
            file[1] = Recordings.Count;
            Recordings.Add(new Recording(disk, disk.Open(path, isNew), (flags & Create) != 0 && (flags & LogOrJournal) != 0));
        }

        file[0] = (nint)_table;
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(Vfs* vfs, byte* name, int syncFolder)
    {
        var path = Marshal.PtrToStringUTF8((nint)name)!;
        var result = _original->Delete(_original, name, syncFolder);
        if (result == raw.SQLITE_OK)
        {
            DiskOf(path)?.Delete(path, syncFolder != 0);
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint* file, void* bytes, int count, long offset)
    {
        var recording = Of(file);
        recording.Disk.Write(recording.File, offset, new ReadOnlySpan<byte>(bytes, count));
        return ((delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)Method(file, 3))(Real(file), bytes, count, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint* file, long size)
    {
        var recording = Of(file);
        recording.Disk.Truncate(recording.File, size);
        return ((delegate* unmanaged[Cdecl]<nint*, long, int>)Method(file, 4))(Real(file), size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Synchronize(nint* file, int flags)
    {
        // No real sync is needed: only the disk of the test loses something.
        var recording = Of(file);
        var isFirst = recording.SyncsFolder;
        recording.SyncsFolder = false;
        return recording.Disk.Sync(recording.File, isFirst);
    }

    private static nint* Real(nint* file) => file + Prefix / sizeof(nint);

    private static nint Method(nint* file, int index) => ((nint*)*Real(file))[index];

    private static Recording Of(nint* file)
    {
        lock (Sync)
        {
            return Recordings[(int)file[1]];
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint* file) => ((delegate* unmanaged[Cdecl]<nint*, int>)Method(file, 1))(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint* file, void* bytes, int count, long offset) =>
        ((delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)Method(file, 2))(Real(file), bytes, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(nint* file, void* size) => ((delegate* unmanaged[Cdecl]<nint*, void*, int>)Method(file, 6))(Real(file), size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(nint* file, int level) => ((delegate* unmanaged[Cdecl]<nint*, int, int>)Method(file, 7))(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(nint* file, int level) => ((delegate* unmanaged[Cdecl]<nint*, int, int>)Method(file, 8))(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(nint* file, void* result) => ((delegate* unmanaged[Cdecl]<nint*, void*, int>)Method(file, 9))(Real(file), result);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Control(nint* file, int operation, void* argument) =>
        ((delegate* unmanaged[Cdecl]<nint*, int, void*, int>)Method(file, 10))(Real(file), operation, argument);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(nint* file) => ((delegate* unmanaged[Cdecl]<nint*, int>)Method(file, 11))(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Characteristics(nint* file) => ((delegate* unmanaged[Cdecl]<nint*, int>)Method(file, 12))(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MapShared(nint* file, int region, int size, int extend, void** memory) =>
        ((delegate* unmanaged[Cdecl]<nint*, int, int, int, void**, int>)Method(file, 13))(Real(file), region, size, extend, memory);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int LockShared(nint* file, int offset, int count, int flags) =>
        ((delegate* unmanaged[Cdecl]<nint*, int, int, int, int>)Method(file, 14))(Real(file), offset, count, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BarrierShared(nint* file) => ((delegate* unmanaged[Cdecl]<nint*, void>)Method(file, 15))(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int UnmapShared(nint* file, int delete) => ((delegate* unmanaged[Cdecl]<nint*, int, int>)Method(file, 16))(Real(file), delete);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Fetch(nint* file, long offset, int count, void** memory) =>
        ((delegate* unmanaged[Cdecl]<nint*, long, int, void**, int>)Method(file, 17))(Real(file), offset, count, memory);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unfetch(nint* file, long offset, void* memory) =>
        ((delegate* unmanaged[Cdecl]<nint*, long, void*, int>)Method(file, 18))(Real(file), offset, memory);

    private sealed class Recording(PowerCutDisk disk, int file, bool syncsFolder)
    {
        public PowerCutDisk Disk => disk;

        public int File => file;

        // SQLite's first sync of a new log or journal also makes its name durable.
        public bool SyncsFolder { get; set; } = syncsFolder;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int MaxPath;
        public Vfs* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, nint*, int, int*, int> Open;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, int, int> Delete;
        public fixed long Others[14];
    }
}
