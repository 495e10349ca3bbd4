using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// What became of a commit that failed in the file system. It may have left valid frames behind the end of the log, which no connection
/// sees, but which the next recovery takes for committed: after a crash the save would come back. And what can be read need not be on
/// the disk. So what is found is made true first.
/// </summary>
internal static class LostCommit
{
    /// <summary>Whether the saves of the transaction are stored for good; null when that can't be found out.</summary>
    /// <param name="session">On a new connection.</param>
    /// <param name="saves">What was written in the transaction, without what conflicted.</param>
    public static bool? Resolve(StoreConnection session, IReadOnlyCollection<SaveWork> saves)
    {
        session.SetSynchronous(full: true);
        session.Begin();
        var found = saves.Select(save => save.IsStored(session)).Distinct().ToList();
        if (found is [false])
        {
            // A commit that is written over those frames, as it begins where the log ends for all.
            var version = session.Pragma("user_version");
            session.Pragma($"user_version={version}");
            return session.TryCommit() == raw.SQLITE_OK ? false : null;
        }

        // All of the log into the database, and the next commit at its beginning: behind frames that are not on the disk it would be lost.
        session.Rollback();
        return found is [true] && session.Pragma("wal_checkpoint(RESTART)") == "0" ? true : null;
    }
}
