namespace EventSourcing.Sqlite;

/// <summary>Writes saves in one transaction, so that a save that fails doesn't make others fail. Used by the current writer.</summary>
internal sealed class GroupCommit(WriterConnection connection, AppendHints appends)
{
    private const int NoWait = 0;

    private readonly List<SaveWork> _alone = [];
    private long _commits;

    // When another process was first found to have the write lock, in milliseconds.
    private long? _busySince;

    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Writes the saves, and ends each of them.</summary>
    /// <param name="saves">The saves to write.</param>
    /// <param name="takeMore">While another process writes: adds saves that have come meanwhile, because each save has its own time limit.</param>
    public void Write(List<SaveWork> saves, Action? takeMore = null)
    {
        try
        {
            var session = connection.Get();
            lock (session.Sync)
            {
                session.SetBusyTimeout(NoWait);
                if (BeginWhenFree(session, saves, takeMore))
                {
                    WriteAndCommit(session, saves);
                }
            }
        }
        catch (Exception exception)
        {
            Fail(saves, exception);
            connection.DropWhenLost(exception);
        }
    }

    /// <summary>
    /// As <see cref="Write"/>, for a save that isn't taken yet. False, and the save is untouched, if it would have to wait for another
    /// process.
    /// </summary>
    public bool TryWriteAtOnce(SaveWork save)
    {
        var isTaken = false;
        try
        {
            var session = connection.Get();
            lock (session.Sync)
            {
                session.SetBusyTimeout(NoWait);
                if (session.TryBegin() != SQLitePCL.raw.SQLITE_OK)
                {
                    return false;
                }

                isTaken = save.TryTake();
                if (!isTaken)
                {
                    session.Rollback();
                    return true;
                }

                _alone.Clear();
                _alone.Add(save);
                WriteAndCommit(session, _alone);
                return true;
            }
        }
        catch (Exception exception)
        {
            connection.DropWhenLost(exception);
            if (isTaken)
            {
                Fail(_alone, exception);
            }

            return isTaken;
        }
    }

    /// <summary>Waits for another process; false when no save is left.</summary>
    private bool BeginWhenFree(StoreConnection session, List<SaveWork> saves, Action? takeMore)
    {
        for (var attempt = 0; ; attempt++)
        {
            var result = session.TryBegin();
            if (!LockWait.IsBusy(result))
            {
                SqliteErrors.Check(result, session.Handle);
                _busySince = null;
                return true;
            }

            _busySince ??= Environment.TickCount64;
            takeMore?.Invoke();
            if (EndOverdue(session, saves, result) is not { } left)
            {
                return false;
            }

            Thread.Sleep(LockWait.Pause(attempt, left));
        }
    }

    /// <summary>
    /// Ends saves that were cancelled or have waited long enough. Returns the time that is left for the others; null when there are none.
    /// </summary>
    private long? EndOverdue(StoreConnection session, List<SaveWork> saves, int result)
    {
        var now = Environment.TickCount64;
        saves.RemoveAll(save =>
        {
            if (save.TryCancel())
            {
                return true;
            }

            var isOverdue = Deadline(save) <= now;
            if (isOverdue)
            {
                save.Fail(SqliteErrors.ToException(result, session.Handle));
            }

            return isOverdue;
        });
        return saves.Count == 0 ? null : saves.Min(Deadline) - now;
    }

    /// <summary>The deadline of a save. Its wait for others of this process doesn't count.</summary>
    private long Deadline(SaveWork save) => Math.Max(save.Arrived, _busySince ?? 0) + save.LockTimeout;

    private void WriteAndCommit(StoreConnection session, List<SaveWork> saves)
    {
        int result;
        try
        {
            session.ThrowIfReplaced();
            if (!WriteRows(session, saves))
            {
                Undo(session);
                End(saves);
                return;
            }

            result = session.TryCommit();
        }
        catch (Exception exception)
        {
            Undo(session);
            Retry(saves, SqliteErrors.IsConnectionLost(exception) ? session.FindReplaced() ?? exception : exception);
            return;
        }

        if (result == SQLitePCL.raw.SQLITE_OK)
        {
            if (session.FindReplaced(isAfterCommit: true) is { } replaced)
            {
                EndInDoubt(saves, replaced);
                connection.Drop();
                appends.Set();
                return;
            }

            Volatile.Write(ref _commits, _commits + 1);
            End(saves);

            // The callers of the saves continue first. Tidying up, which may take long, comes last.
            appends.Set();
            connection.Committed();
            return;
        }

        var failure = SqliteErrors.ToException(result, session.Handle);
        if (SqliteErrors.IsInDoubt(result))
        {
            Resolve(saves, failure);
            return;
        }

        Undo(session);
        Retry(saves, failure);
    }

    /// <summary>Ends the transaction, or else the connection: a later save must not become part of the transaction.</summary>
    private void Undo(StoreConnection session)
    {
        session.Rollback();
        if (session.IsInTransaction)
        {
            connection.Drop();
        }
    }

    /// <summary>Writes the saves that don't conflict; false when nothing is left to commit.</summary>
    private static bool WriteRows(StoreConnection session, List<SaveWork> saves)
    {
        var written = 0;
        foreach (var save in saves)
        {
            save.Conflict = null;
            var needsSavepoint = saves.Count > 1 && save.NeedsSavepoint;
            if (needsSavepoint)
            {
                session.Savepoint.Run();
            }

            var conflicting = save.Write(session);
            if (conflicting >= 0)
            {
                // Without a savepoint either nothing of the save was written, or it is alone in its transaction.
                if (needsSavepoint)
                {
                    session.RollbackToSavepoint.Run();
                }
                else if (saves.Count == 1)
                {
                    session.Rollback();
                }

                save.Conflict = save.Describe(session, conflicting);
            }
            else
            {
                written++;
            }

            if (needsSavepoint)
            {
                session.ReleaseSavepoint.Run();
            }
        }

        return written > 0;
    }

    private static void End(List<SaveWork> saves)
    {
        foreach (var save in saves)
        {
            if (save.Conflict is { } conflict)
            {
                save.Fail(conflict);
            }
            else
            {
                save.Succeed();
            }
        }
    }

    /// <summary>Ends saves that were committed into a file that isn't the store's any more, or only into its memory.</summary>
    private static void EndInDoubt(List<SaveWork> saves, Exception exception)
    {
        foreach (var save in saves)
        {
            if (save.Conflict is { } conflict)
            {
                save.Fail(conflict);
            }
            else
            {
                save.FailInDoubt(exception);
            }
        }
    }

    /// <summary>Retries saves of which nothing was written. Each gets a transaction of its own, so that only the failing one fails.</summary>
    private void Retry(List<SaveWork> saves, Exception exception)
    {
        connection.DropWhenLost(exception);
        if (saves.Count == 1)
        {
            saves[0].Fail(exception);
            return;
        }

        foreach (var save in saves)
        {
            _alone.Clear();
            _alone.Add(save);
            Write(_alone);
        }
    }

    /// <summary>Handles a commit that may have reached the disk: a new connection finds the outcome, and makes it durable.</summary>
    private void Resolve(List<SaveWork> saves, StoreException failure)
    {
        connection.Drop();
        try
        {
            var session = connection.Get();
            lock (session.Sync)
            {
                var isStored = LostCommit.Resolve(session, [.. saves.Where(save => save.Conflict is null)]);
                foreach (var save in saves)
                {
                    switch (save.Conflict is null ? isStored : false)
                    {
                        case true:
                            save.Succeed();
                            break;
                        case false:
                            save.Fail(save.Conflict ?? (Exception)new TransientStoreException(
                                "The file system failed at the commit. Nothing of the save was written.", failure));
                            break;
                        default:
                            save.FailInDoubt(failure);
                            break;
                    }
                }

                if (isStored is null)
                {
                    connection.Drop();
                }
            }
        }
        catch (Exception)
        {
            foreach (var save in saves)
            {
                if (!save.IsEnded)
                {
                    save.FailInDoubt(failure);
                }
            }

            connection.Drop();
        }

        appends.Set();
    }

    private static void Fail(List<SaveWork> saves, Exception exception)
    {
        foreach (var save in saves)
        {
            if (!save.IsEnded)
            {
                save.Fail(exception);
            }
        }
    }
}
