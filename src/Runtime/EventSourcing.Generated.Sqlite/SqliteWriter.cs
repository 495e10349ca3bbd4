namespace EventSourcing.Sqlite;

/// <summary>
/// The one thread of a process that writes to a database file. While a commit waits for the disk, the next saves gather, and
/// all that wait then share a transaction.
/// </summary>
internal sealed class SqliteWriter
{
    private const int LargestGroup = 1024;

    // Unbounded: whoever saves awaits the save, so a bound would only move the callers from this queue to another.
    private readonly Queue<WriterWork> queue = new();
    private readonly object sync = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FileGate gate;
    private readonly WriterConnection connection;
    private readonly List<SaveWork> group = new(LargestGroup);
    private readonly GroupCommit commit;
    private bool isStopping;

    internal SqliteWriter(FileGate gate, WriterConnection connection)
    {
        this.gate = gate;
        this.connection = connection;
        commit = new GroupCommit(connection);

        // Without the caller's execution context, which would otherwise live as long as the thread.
        new Thread(Run) { IsBackground = true, Name = "EventSourcing.Sqlite writer" }.UnsafeStart();
    }

    /// <summary>How many transactions with events were committed.</summary>
    internal long Commits => commit.Commits;

    internal void Enqueue(WriterWork work)
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(isStopping, this);
            queue.Enqueue(work);
            if (queue.Count == 1)
            {
                Monitor.Pulse(sync);
            }
        }
    }

    /// <summary>Runs something on the writer's thread, after all earlier work.</summary>
    internal Task RunAsync(Action<SqliteSession>? action)
    {
        var work = new WriterAction(action);
        Enqueue(work);
        return work.Completion;
    }

    /// <summary>Ends the thread after all earlier work. Its connection is closed afterwards.</summary>
    internal Task StopAsync()
    {
        lock (sync)
        {
            isStopping = true;
            Monitor.Pulse(sync);
        }

        return ended.Task;
    }

    private void Run()
    {
        while (TakeWork(out var action))
        {
            gate.Enter();
            try
            {
                if (action is not null)
                {
                    Do(action);
                }
                else if (group.Count > 0)
                {
                    commit.Write(group);
                    group.Clear();
                }
            }
            finally
            {
                gate.Exit();
            }
        }

        connection.Close();
        ended.SetResult();
    }

    /// <summary>Waits for work and takes one action or a group of saves; false when there will be none any more.</summary>
    private bool TakeWork(out WriterAction? action)
    {
        action = null;
        lock (sync)
        {
            while (queue.Count == 0)
            {
                if (isStopping)
                {
                    return false;
                }

                if (!Monitor.Wait(sync, connection.IdleTime) && queue.Count == 0)
                {
                    // Nobody saves: the time to move the log into the database.
                    action = new WriterAction(connection.CheckpointWhenIdle);
                    return true;
                }
            }

            while (group.Count < LargestGroup && queue.TryPeek(out var work))
            {
                if (work is SaveWork save)
                {
                    if (save.TryTake())
                    {
                        group.Add(save);
                    }
                }
                else if (group.Count == 0)
                {
                    action = (WriterAction)queue.Dequeue();
                    return true;
                }
                else
                {
                    return true;
                }

                queue.Dequeue();
            }

            return true;
        }
    }

    private void Do(WriterAction work)
    {
        try
        {
            if (work.Action is { } action)
            {
                var session = connection.Get();
                lock (session.Sync)
                {
                    action(session);
                }
            }

            work.Succeed();
        }
        catch (Exception exception)
        {
            connection.DropWhenLost(exception);
            work.Fail(exception);
        }
    }
}
