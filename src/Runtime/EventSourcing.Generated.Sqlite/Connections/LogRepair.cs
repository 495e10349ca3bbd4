namespace EventSourcing.Sqlite;

/// <summary>
/// Makes a checkpoint repeatable that has failed, on any connection to the file. When a sync fails, the operating system may discard everything
/// that was written since the last one, and a later sync succeeds all the same. SQLite doesn't write it again: see
/// docs/decisions/sqlite-checkpoints.md. One for all connections of a process to a file. Thread safe.
/// </summary>
internal sealed class LogRepair
{
    private readonly Lock _sync = new();
    private ulong _log;
    private uint _frames;

    /// <summary>
    /// Called before and after a commit: SQLite begins a checkpoint after a commit that makes the log long, and ignores its failure.
    /// </summary>
    /// <param name="session">The connection, used under its lock.</param>
    /// <param name="open">The files of the connection.</param>
    public void Look(StoreConnection session, in OpenFile open)
    {
        var checkpoint = open.LastCheckpoint();
        if (checkpoint.IsDone)
        {
            return;
        }

        lock (_sync)
        {
            if (open.RepeatCheckpoint(checkpoint.Log == _log ? _frames : 0) is not { } frames)
            {
                return;
            }

            (_log, _frames) = (checkpoint.Log, frames);
        }

        session.TryCheckpoint();
    }

    /// <summary>
    /// Called after a commit that failed in the file system, before another one is written behind the log. The sync of the commit may have
    /// discarded earlier commits that were not synced.
    /// </summary>
    /// <param name="open">The files of a connection that holds the write lock, so that the log can't begin anew.</param>
    /// <returns>False if the log can't be written.</returns>
    public bool TryRepeatCommits(in OpenFile open)
    {
        lock (_sync)
        {
            return open.TryRepeatCommits();
        }
    }
}
