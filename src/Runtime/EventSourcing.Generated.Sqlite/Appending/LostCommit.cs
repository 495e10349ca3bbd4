using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// Finds the outcome of a commit that failed in the file system. The commit may have left valid frames after the end of the log. No connection
/// sees them, but the next recovery takes them for committed: after a crash the save would come back. And data that can be read may not be on
/// the disk. So the outcome is first made durable.
/// </summary>
internal static class LostCommit
{
    /// <summary>Whether the saves of the transaction are stored for good; null when that can't be found out.</summary>
    /// <param name="session">A session on a new connection.</param>
    /// <param name="saves">The saves that were written in the transaction, without those in conflict.</param>
    public static bool? Resolve(StoreConnection session, IReadOnlyCollection<SaveWork> saves)
    {
        session.SetSynchronous(full: true);
        session.Begin();

        // Earlier commits that were not synced may be gone too, and what is behind a hole is lost.
        if (!session.TryRepeatCommits())
        {
            session.Rollback();
            return null;
        }

        var found = saves.Select(save => save.IsStored(session)).Distinct().ToList();
        if (found is [false])
        {
            // A commit that overwrites those frames, because it begins where the log ends for all connections.
            var version = session.Pragma("user_version");
            session.Pragma($"user_version={version}");
            return session.TryCommit() == raw.SQLITE_OK ? false : null;
        }

        // Moves the whole log into the database, so that the next commit goes to its beginning. After frames that aren't on the disk it would be
        // lost.
        session.Rollback();
        return found is [true] && session.Pragma("wal_checkpoint(RESTART)") == "0" ? true : null;
    }
}
