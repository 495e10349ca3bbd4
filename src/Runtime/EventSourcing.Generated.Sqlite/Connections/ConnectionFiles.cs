namespace EventSourcing.Sqlite;

/// <summary>
/// The files that a connection has open, compared with those that have their names now. A look costs three calls of the kernel, one after
/// a commit: 1.8 microseconds for both. Used under the lock of the session.
/// </summary>
internal sealed class ConnectionFiles
{
    // A change of a name within one tick of the file system's clock isn't seen in the folder's time, so that must be some time ago. A
    // tick has 10 milliseconds at most; where there are only whole seconds, two of them.
    private const long Second = 1_000_000_000;
    private const long UntilSettled = Second / 33;
    private const long UntilSettledBySeconds = 3 * Second;
    private const int RescueBusyTimeout = 1000; // milliseconds

    private readonly StoreFile _file;
    private readonly OpenFile _open;
    private readonly FolderHandle? _folderHandle;
    private readonly byte[] _commits = new byte[48];
    private FileIdentity _log;
    private FileIdentity _index;
    private FileIdentity _folder;
    private bool _isSettled;
    private long _lookedByPath;

    public ConnectionFiles(StoreFile file, OpenFile open, FolderHandle? folder)
    {
        (_file, _open, _folderHandle) = (file, open, folder);
        if (file.TryLook(out var database, out _log, out _index) && !open.HasMoved)
        {
            Database = database;
        }

        NoteCommits();
    }

    /// <summary>The database; null where nothing is known of it.</summary>
    public FileIdentity? Database { get; }

    public FileIdentity Log => _log;

    public FileIdentity Index => _index;

    public OpenFile Open => _open;

    /// <summary>Null when all is as it was. Otherwise the store is at its end.</summary>
    /// <param name="isAfterCommit">Whether the session has just committed.</param>
    public StoreFileReplacedException? Find(bool isAfterCommit = false)
    {
        if (isAfterCommit)
        {
            NoteCommits();
        }

        if (_open.IsKnown)
        {
            _open.RepeatFailedCheckpoint();
        }

        if (_file.IsReplaced)
        {
            return _file.Fail(Replacement.None);
        }

        var replacement = FindName();
        if (replacement == Replacement.None && !isAfterCommit)
        {
            replacement = FindContent();
        }

        if (replacement != Replacement.None)
        {
            return _file.Fail(replacement);
        }

        NoteCommits();
        return null;
    }

    /// <summary>
    /// Before the connection is closed for good: moves what the log holds into the file that it belongs to, wherever that is, so that
    /// nothing is lost and nothing is mixed with the file in its place. Only as long as no other process goes on with these files.
    /// </summary>
    public void Rescue(StoreConnection session)
    {
        if (Database is not { } ours || !_open.IsKnown || !_file.TryLook(out var database, out var log, out var index))
        {
            return;
        }

        var isMoved = !database.IsSame(ours);
        var isLogOurs = log.IsSame(_log);
        var isCut = _open.IsLogCut();
        if (!isCut && _open.Commits.SequenceEqual(_commits) && (isMoved || (IsUntouched(database) && IsOursOrGone(log, _log) && IsOursOrGone(index, _index))))
        {
            session.SetBusyTimeout(RescueBusyTimeout);
            if (session.Pragma(isMoved ? "wal_checkpoint(TRUNCATE)" : "wal_checkpoint(FULL)") == "0" || !isMoved)
            {
                return;
            }
        }

        // What is left of a log that was cut is put aside where the database has newer pages than it: SQLite would put older ones over them.
        if (isLogOurs && (isMoved || (isCut ? !_open.HasWhatWasMoved() : !IsUntouched(database))) && _open.Commits.SequenceEqual(_commits))
        {
            _file.PutLogAside();
        }
    }

    public void Close() => _folderHandle?.Dispose();

    /// <summary>Whether a further change would have another time; both in nanoseconds.</summary>
    public static bool IsSettled(long changed, long now) => now - changed > (changed % Second == 0 ? UntilSettledBySeconds : UntilSettled);

    private static bool IsOursOrGone(in FileIdentity found, in FileIdentity ours) => !found.IsThere || found.IsSame(ours);

    /// <summary>A name can only change together with the time of its folder.</summary>
    private Replacement FindName()
    {
        if (Database is not { } ours)
        {
            return _open.HasMoved ? Replacement.Moved : Replacement.None;
        }

        if (!TryLook(out var folder))
        {
            return Replacement.None;
        }

        if (_isSettled && folder.IsSame(_folder) && folder.Changed == _folder.Changed)
        {
            return Replacement.None;
        }

        if (!_file.TryLook(out var database, out var log, out var index))
        {
            return Replacement.None;
        }

        if (!database.IsSame(ours))
        {
            return Replacement.Moved;
        }

        // A reader may have opened a new file just before its writer made the log: then it takes what it finds first.
        if (!_log.IsThere || !_index.IsThere)
        {
            (_log, _index) = (log, index);
        }

        if (!log.IsSame(_log) || !index.IsSame(_index))
        {
            return Replacement.LogGone;
        }

        _folder = folder;
        _isSettled = IsSettled(folder.Changed, (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
        return Replacement.None;
    }

    /// <summary>
    /// The handle tells what becomes of the folder and of the names in it. That another folder has its path, as one further up was
    /// renamed, only the path tells: once in each tick of the clock, as it takes more than the rest of the look.
    /// </summary>
    private bool TryLook(out FileIdentity folder)
    {
        var now = Environment.TickCount64;
        if (now == _lookedByPath && _folderHandle is { } handle)
        {
            return FileIdentity.TryOf(handle, out folder);
        }

        _lookedByPath = now;
        return _file.TryLook(out folder);
    }

    private Replacement FindContent() =>
        !_open.IsKnown ? Replacement.None
        : _file.Content is { } content && content.IsOverwritten(_open, _file) ? Replacement.Overwritten
        : _open.IsLogCut() ? Replacement.LogCut
        : Replacement.None;

    private bool IsUntouched(in FileIdentity database) => _file.Content is { } content && content.IsUntouched(database);

    private void NoteCommits()
    {
        if (_open.IsKnown)
        {
            _open.Commits.CopyTo(_commits);
        }
    }
}
