namespace EventSourcing.Sqlite;

/// <summary>The writer's connection: opened when needed, and again after it was lost. Used by the current writer.</summary>
internal sealed class WriterConnection(StoreFile? file, SqliteAddress address)
{
    private const long LargestLog = 64 << 20;
    private const int CommitsBetweenLooks = 1000;
    private const int ShortBusyTimeout = 100;
    private const int IdleDelay = 1000; // milliseconds
    private const int LongestIdleDelay = 60_000;

    private volatile bool _isFullySynchronous = address.IsFullySynchronous;
    private StoreConnection? _session;
    private int _commitsSinceLook;
    private bool _isLogDirty;
    private int _idleDelay = IdleDelay;

    /// <summary>How long to wait for work before the log is tidied up.</summary>
    public TimeSpan IdleTime => _isLogDirty ? TimeSpan.FromMilliseconds(_idleDelay) : Timeout.InfiniteTimeSpan;

    public bool IsFullySynchronous => _isFullySynchronous;

    public bool IsOpen => _session is not null;

    /// <summary>Whether <see cref="TidyUpWhenDue"/> has something to do.</summary>
    public bool IsTidyingDue => _commitsSinceLook >= CommitsBetweenLooks;

    /// <summary>Makes commits wait for the disk, from the next transaction on. Called by any thread.</summary>
    public void MakeFullySynchronous() => _isFullySynchronous = true;

    public StoreConnection Get()
    {
        _session ??= StoreConnection.OpenWriter(file, address);
        _session.SetSynchronous(_isFullySynchronous);
        return _session;
    }

    /// <summary>Notes that something was written.</summary>
    public void Committed()
    {
        _isLogDirty = file is not null;
        _idleDelay = IdleDelay;
        if (_isLogDirty)
        {
            _commitsSinceLook++;
        }
    }

    /// <summary>Checks after some commits whether the log has grown too long. May take some time.</summary>
    public void TidyUpWhenDue()
    {
        if (IsTidyingDue)
        {
            _commitsSinceLook = 0;
            TidyUp(passively: false);
        }
    }

    /// <summary>Moves the log into the database. A log that is too long because of a reader is shortened later, also without another commit.</summary>
    public void CheckpointWhenIdle()
    {
        _isLogDirty = !TidyUp(passively: true);
        _idleDelay = Math.Min(_idleDelay * 2, LongestIdleDelay);
    }

    public void DropWhenLost(Exception exception)
    {
        if (SqliteErrors.IsConnectionLost(exception))
        {
            Drop();
        }
    }

    /// <summary>Closes a connection that can't be trusted. A database in memory would be lost with it, so it stays open.</summary>
    public void Drop()
    {
        if (file is not null)
        {
            Close();
        }
    }

    /// <summary>Closes the connection. The last connection to a file moves the log into it and deletes the log.</summary>
    public void Close()
    {
        var closing = _session;
        _session = null;
        closing?.Close();
    }

    /// <summary>Keeps the log short. A failure is retried after the next commit, so no exception leaves this method.</summary>
    /// <returns>False if a reader, or another program that checkpoints, kept the log from being shortened.</returns>
    private bool TidyUp(bool passively)
    {
        var isDone = true;
        try
        {
            _session?.ThrowIfReplaced();
            var log = new FileInfo(file!.Path + "-wal");
            if (log.Exists && log.Length > LargestLog)
            {
                // Waits for readers, but not for long.
                _session?.SetBusyTimeout(ShortBusyTimeout);
                isDone = _session?.Pragma("wal_checkpoint(TRUNCATE)") != "1";
            }
            else if (passively)
            {
                _session?.Pragma("wal_checkpoint(PASSIVE)");
            }

            // So that its own writes aren't taken for those of another program.
            _session?.ThrowIfReplaced();
        }
        catch (Exception exception)
        {
            DropWhenLost(exception);
        }

        return isDone;
    }
}
