using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Writes a request into a transaction of the user's. A failure leaves the transaction unchanged.</summary>
internal static class SavepointWrite
{
    /// <param name="session">A session on the connection of the transaction.</param>
    /// <param name="tables">The tables besides that of the events.</param>
    /// <param name="request">The tracked positions and steps of projections to write.</param>
    /// <param name="save">The events; null for none.</param>
    /// <param name="log">Notes a failure that could not be undone.</param>
    /// <exception cref="ConcurrencyException">Nothing is written.</exception>
    /// <exception cref="AlreadyTrackedException">Nothing is written.</exception>
    public static void Run<TKey>(StoreConnection session, OtherTables tables, AppendRequest<TKey> request, SaveWork? save, StatementLog? log)
        where TKey : notnull
    {
        var result = session.Savepoint.TryRun();
        if ((result & 0xFF) == SQLitePCL.raw.SQLITE_BUSY)
        {
            throw StillRunning(session);
        }

        SqliteErrors.Check(result, session.Handle);
        int conflicting;
        try
        {
            tables.Write(session, request);
            conflicting = save?.Write(session) ?? -1;
        }
        catch (Exception exception)
        {
            // SQLite may have rolled back everything by itself, as it does when the disk is full.
            if (session.IsInTransaction && !TryUndo(session))
            {
                log?.Fail(exception);
            }

            throw;
        }

        if (conflicting < 0)
        {
            session.ReleaseSavepoint.Run();
            return;
        }

        session.RollbackToSavepoint.Run();
        session.ReleaseSavepoint.Run();
        throw save!.Describe(session, conflicting);
    }

    /// <summary>Creates the exception for a write while a writing statement still has rows to return.</summary>
    public static TransactionException StillRunning(StoreConnection session)
    {
        // Nothing has failed, so SQLite's last result is replaced.
        session.TryRun("SELECT 1");
        return new TransactionException("A statement that writes is still running in the transaction: close its reader before you save or commit events.");
    }

    private static bool TryUndo(StoreConnection session) =>
        session.RollbackToSavepoint.TryRun() == SQLitePCL.raw.SQLITE_OK && session.ReleaseSavepoint.TryRun() == SQLitePCL.raw.SQLITE_OK;
}
