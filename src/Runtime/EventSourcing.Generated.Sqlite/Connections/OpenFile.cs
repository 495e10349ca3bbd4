using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// The state of SQLite's own file object of a connection. Used under the lock of the session, after its first read.
/// </summary>
internal readonly unsafe struct OpenFile
{
    /// <summary>The size of a database's header, in bytes.</summary>
    public const int HeaderSize = 100;

    private const int HeaderReadVersion = 19;
    private const int LogVersion = 2;
    private const int FilePointer = 7;
    private const int LogPointer = 28;
    private const int HasMovedControl = 20;
    private const int ShortRead = 522;

    // Places in SQLite's table of a file's methods, and in the shared memory of a log (sqlite.org/walformat.html).
    private const int ReadMethod = 2;
    private const int WriteMethod = 3;
    private const int SyncMethod = 5;
    private const int SharedMemoryMethod = 13;
    private const int SharedMemoryLockMethod = 14;
    private const int SharedMemoryPart = 32768;
    private const int CheckpointLock = 1;
    private const int Unlock = 1 | Exclusive;
    private const int Lock = 2 | Exclusive;
    private const int Exclusive = 8;
    private const int Backfilled = 96;
    private const int BackfillAttempted = 128;
    private const int Salts = 32;
    private const int StateSize = 48;
    private const int PageSize = 14;
    private const int LastFrame = 16;

    // Places in the log's file.
    private const int LogHeaderSize = 32;
    private const int HeaderSalts = 16;
    private const int FrameHeaderSize = 24;
    private const int FrameSalts = 8;
    private const int SaltsSize = 8;
    private const int FullSync = 3;

    private readonly nint _connection;
    private readonly nint* _file;
    private readonly byte* _log;
    private readonly nint* _logFile;

    public OpenFile(sqlite3 handle)
    {
        _connection = handle.DangerousGetHandle();
        nint* file = null;
        void* log = null;
        if (SqliteLibrary.FileControl != null && SqliteLibrary.FileControl(_connection, null, FilePointer, &file) == raw.SQLITE_OK && file != null && *file != 0)
        {
            _file = file;

            // Otherwise the call would create the memory beside the file.
            Span<byte> header = stackalloc byte[HeaderSize];
            if (!TryReadHeader(header) || header[HeaderReadVersion] != LogVersion)
            {
                return;
            }

            var map = (delegate* unmanaged[Cdecl]<nint*, int, int, int, void**, int>)((nint*)*file)[SharedMemoryMethod];
            _log = map != null && map(file, 0, SharedMemoryPart, 0, &log) == raw.SQLITE_OK ? (byte*)log : null;
            nint* logFile = null;
            _logFile = _log != null && SqliteLibrary.FileControl(_connection, null, LogPointer, &logFile) == raw.SQLITE_OK && logFile != null && *logFile != 0 ? logFile : null;
        }
    }

    /// <summary>Whether the database and the state of its log can be read.</summary>
    public bool IsKnown => _log != null;

    /// <summary>Whether the name of the open file belongs to another file, or to none.</summary>
    public bool HasMoved => IsMoved(_connection);

    public static bool IsMoved(sqlite3 handle) => IsMoved(handle.DangerousGetHandle());

    /// <summary>The state of the log, which changes with each commit.</summary>
    public ReadOnlySpan<byte> Commits => new(_log, StateSize);

    /// <summary>
    /// Whether the last committed frame of the log is no longer in its file: a program other than SQLite has shortened the file, or written to it.
    /// SQLite would leave a hole, and frames after a hole are lost when the log is read the next time.
    /// </summary>
    [SkipLocalsInit]
    public bool IsLogCut()
    {
        // SQLite keeps the state twice, and writes the second copy first: while they differ it is being changed.
        Span<byte> states = stackalloc byte[2 * StateSize];
        new ReadOnlySpan<byte>(_log, states.Length).CopyTo(states);
        var last = MemoryMarshal.Read<uint>(states[LastFrame..]);
        if (_logFile == null || last == 0 || HasFrame(last, states))
        {
            return false;
        }

        // Here SQLite notes that the log is empty, or begins anew, before it touches the file.
        return states[..StateSize].SequenceEqual(states[StateSize..]) && states.SequenceEqual(new ReadOnlySpan<byte>(_log, states.Length));
    }

    /// <summary>
    /// For a log that was cut: whether it has all frames that were moved into the database or might have been. Then it is newer than the database;
    /// otherwise it is older.
    /// </summary>
    public bool HasWhatWasMoved()
    {
        var attempted = Math.Max(Volatile.Read(ref *(uint*)(_log + Backfilled)), Volatile.Read(ref *(uint*)(_log + BackfillAttempted)));
        return attempted == 0 || (HasFrame(1, Commits) && HasFrame(attempted, Commits));
    }

    private bool HasFrame(uint frame, ReadOnlySpan<byte> state)
    {
        var header = stackalloc byte[FrameSalts + SaltsSize];
        return Read(_logFile, header, FrameSalts + SaltsSize, PlaceOf(frame, state)) switch
        {
            raw.SQLITE_OK => new ReadOnlySpan<byte>(header + FrameSalts, SaltsSize).SequenceEqual(state.Slice(Salts, SaltsSize)),
            ShortRead => false,
            _ => true, // Nothing is known; SQLite will find the same failure.
        };
    }

    private static long PlaceOf(uint frame, ReadOnlySpan<byte> state)
    {
        // 65,536 doesn't fit, so it is 1.
        var pageSize = MemoryMarshal.Read<ushort>(state[PageSize..]) is > 1 and var size ? size : 65536;
        return LogHeaderSize + (frame - 1L) * (FrameHeaderSize + pageSize);
    }

    /// <summary>
    /// Returns the last checkpoint. The log gets new salts each time it begins anew. Each checkpoint that writes to the database says so here
    /// before, and says afterwards that it is done.
    /// </summary>
    public Checkpoint LastCheckpoint()
    {
        var attempted = Volatile.Read(ref *(uint*)(_log + BackfillAttempted));
        return new Checkpoint(Volatile.Read(ref *(ulong*)(_log + Salts)), attempted, Volatile.Read(ref *(uint*)(_log + Backfilled)) == attempted);
    }

    /// <summary>
    /// Makes a checkpoint that failed repeatable: lets the next one begin at the first frame, writes the log again, and syncs it.
    /// </summary>
    /// <param name="written">How many frames of this log were written again before.</param>
    /// <returns>How many frames are written again now; null if the checkpoint is running or has succeeded since, or the log can't be written.</returns>
    public uint? RepeatCheckpoint(uint written)
    {
        if (!TryLockCheckpoints())
        {
            return null;
        }

        try
        {
            // A log that is beginning anew looks like a failed checkpoint for a moment, but it is already empty. A log with a failed
            // checkpoint can't begin anew, because for that all of it must have been moved.
            var state = Commits;
            var failed = LastCheckpoint();
            var last = MemoryMarshal.Read<uint>(state[LastFrame..]);
            if (failed.IsDone || failed.Frames > last || IsLogCut())
            {
                return null;
            }

            Volatile.Write(ref *(uint*)(_log + Backfilled), 0);
            return last <= written || TryWriteAgain(written, last, state) ? last : null;
        }
        finally
        {
            ChangeCheckpointLock(Unlock);
        }
    }

    /// <summary>Writes all commits in the log again, and syncs it. The connection holds the write lock, so the log can't begin anew.</summary>
    /// <returns>False if a checkpoint is running, or the log can't be written.</returns>
    public bool TryRepeatCommits()
    {
        if (!TryLockCheckpoints())
        {
            return false;
        }

        try
        {
            var state = Commits;
            var last = MemoryMarshal.Read<uint>(state[LastFrame..]);
            return last == 0 || TryWriteAgain(0, last, state);
        }
        finally
        {
            ChangeCheckpointLock(Unlock);
        }
    }

    // A checkpoint holds this lock, so one that is still running is left alone.
    private bool TryLockCheckpoints() => _logFile != null && ChangeCheckpointLock(Lock);

    private bool ChangeCheckpointLock(int change)
    {
        var lockShared = (delegate* unmanaged[Cdecl]<nint*, int, int, int, int>)((nint*)*_file)[SharedMemoryLockMethod];
        return lockShared(_file, CheckpointLock, 1, change) == raw.SQLITE_OK;
    }

    /// <summary>Writes a part of the log to its place again, and syncs the log. Other bytes than those of the log are left alone.</summary>
    private bool TryWriteAgain(uint written, uint last, ReadOnlySpan<byte> state)
    {
        fixed (byte* buffer = new byte[PlaceOf(2, state) - LogHeaderSize])
        {
            if (written == 0 && !TryWriteAgain(buffer, 0, LogHeaderSize, HeaderSalts, state))
            {
                return false;
            }

            for (var frame = written + 1; frame <= last; frame++)
            {
                var place = PlaceOf(frame, state);
                if (!TryWriteAgain(buffer, place, (int)(PlaceOf(frame + 1, state) - place), FrameSalts, state))
                {
                    return false;
                }
            }
        }

        var sync = (delegate* unmanaged[Cdecl]<nint*, int, int>)((nint*)*_logFile)[SyncMethod];
        return sync(_logFile, FullSync) == raw.SQLITE_OK;
    }

    private bool TryWriteAgain(byte* buffer, long place, int count, int salts, ReadOnlySpan<byte> state)
    {
        var write = (delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)((nint*)*_logFile)[WriteMethod];
        return Read(_logFile, buffer, count, place) == raw.SQLITE_OK
            && new ReadOnlySpan<byte>(buffer + salts, SaltsSize).SequenceEqual(state.Slice(Salts, SaltsSize))
            && write(_logFile, buffer, count, place) == raw.SQLITE_OK;
    }

    /// <summary>Reads the header from the file, not from the log; false when it can't be read.</summary>
    public bool TryReadHeader(Span<byte> header)
    {
        fixed (byte* buffer = header)
        {
            return Read(_file, buffer, header.Length, 0) is raw.SQLITE_OK or ShortRead;
        }
    }

    /// <summary>SQLite's result.</summary>
    private static int Read(nint* file, void* buffer, int count, long place) =>
        ((delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)((nint*)*file)[ReadMethod])(file, buffer, count, place);

    private static bool IsMoved(nint connection)
    {
        // It stays 0 if SQLite can't tell.
        var hasMoved = 0;
        if (SqliteLibrary.FileControl != null)
        {
            SqliteLibrary.FileControl(connection, null, HasMovedControl, &hasMoved);
        }

        return hasMoved != 0;
    }

    /// <param name="Log">The log.</param>
    /// <param name="Frames">The frame up to which the log is moved.</param>
    /// <param name="IsDone">Whether all writes to the database have ended.</param>
    public readonly record struct Checkpoint(ulong Log, uint Frames, bool IsDone);
}
