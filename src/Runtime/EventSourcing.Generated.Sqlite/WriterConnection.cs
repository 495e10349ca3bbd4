namespace EventSourcing.Sqlite;

/// <summary>The writer's connection: opened when needed, opened again when it was lost. Used by the writer's thread only.</summary>
internal sealed class WriterConnection(string? path, SqliteAddress address)
{
    private const long LargestLog = 64 << 20;
    private const int CommitsBetweenLooks = 1000;
    private const int ShortBusyTimeout = 100;
    private static readonly TimeSpan IdleDelay = TimeSpan.FromSeconds(1);

    private volatile bool _isFullySynchronous = address.IsFullySynchronous;
    private SqliteSession? _session;
    private int _commitsSinceLook;
    private bool _isLogDirty;

    /// <summary>How long to wait for work before the log is tidied up.</summary>
    internal TimeSpan IdleTime => _isLogDirty ? IdleDelay : Timeout.InfiniteTimeSpan;

    /// <summary>From the next transaction on, commits wait for the disk. Called by any thread.</summary>
    internal void MakeFullySynchronous() => _isFullySynchronous = true;

    internal SqliteSession Get()
    {
        _session ??= SqliteSession.OpenWriter(path, address);
        _session.SetSynchronous(_isFullySynchronous);
        return _session;
    }

    internal void Committed()
    {
        _isLogDirty = path is not null;
        if (_isLogDirty && ++_commitsSinceLook >= CommitsBetweenLooks)
        {
            _commitsSinceLook = 0;
            TruncateLargeLog();
        }
    }

    internal void CheckpointWhenIdle(SqliteSession current)
    {
        _isLogDirty = false;
        TruncateLargeLog();
        current.Pragma("wal_checkpoint(PASSIVE)");
    }

    internal void DropWhenLost(Exception exception)
    {
        if (SqliteErrors.IsConnectionLost(exception))
        {
            Drop();
        }
    }

    /// <summary>Closes a connection that can't be trusted. A database in memory would be gone with it, so it stays.</summary>
    internal void Drop()
    {
        if (path is not null)
        {
            Close();
        }
    }

    /// <summary>The last connection to a file moves the log into it and deletes the log.</summary>
    internal void Close()
    {
        _session?.Close();
        _session = null;
    }

    private void TruncateLargeLog()
    {
        var log = new FileInfo(path + "-wal");
        if (_session is { } current && log.Exists && log.Length > LargestLog)
        {
            // Waits for readers, but not for long: there will be a next time.
            current.SetBusyTimeout(ShortBusyTimeout);
            current.Pragma("wal_checkpoint(TRUNCATE)");
        }
    }
}
