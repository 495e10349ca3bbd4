namespace EventSourcing.Sqlite;

/// <summary>
/// The one thread of a process that writes to a database file. While a commit waits for the disk, the next saves gather, and
/// all that wait then share a transaction.
/// </summary>
internal sealed class SqliteWriter
{
    private const int LargestGroup = 1024;

    // Unbounded: whoever saves awaits the save, so a bound would only move the callers from this queue to another.
    private readonly Queue<WriterWork> _queue = new();
    private readonly object _sync = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FileGate _gate;
    private readonly WriterConnection _connection;
    private readonly List<SaveWork> _group = new(LargestGroup);
    private readonly GroupCommit _commit;
    private bool _isStopping;

    internal SqliteWriter(FileGate gate, WriterConnection connection, AppendHints appends)
    {
        _gate = gate;
        _connection = connection;
        _commit = new GroupCommit(_connection, appends);

        // Without the caller's execution context, which would otherwise live as long as the thread.
        new Thread(Run) { IsBackground = true, Name = "EventSourcing.Sqlite writer" }.UnsafeStart();
    }

    /// <summary>How many transactions with events were committed.</summary>
    internal long Commits => _commit.Commits;

    internal void Enqueue(WriterWork work)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            _queue.Enqueue(work);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_sync);
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
        lock (_sync)
        {
            _isStopping = true;
            Monitor.Pulse(_sync);
        }

        return _ended.Task;
    }

    private void Run()
    {
        while (TakeWork(out var action))
        {
            _gate.Enter();
            try
            {
                if (action is not null)
                {
                    Do(action);
                }
                else if (_group.Count > 0)
                {
                    _commit.Write(_group);
                    _group.Clear();
                }
            }
            finally
            {
                _gate.Exit();
            }
        }

        _connection.Close();
        _ended.SetResult();
    }

    /// <summary>Waits for work and takes one action or a group of saves; false when there will be none any more.</summary>
    private bool TakeWork(out WriterAction? action)
    {
        action = null;
        lock (_sync)
        {
            while (_queue.Count == 0)
            {
                if (_isStopping)
                {
                    return false;
                }

                if (!Monitor.Wait(_sync, _connection.IdleTime) && _queue.Count == 0)
                {
                    // Nobody saves: the time to move the log into the database.
                    action = new WriterAction(_ => _connection.CheckpointWhenIdle());
                    return true;
                }
            }

            while (_group.Count < LargestGroup && _queue.TryPeek(out var work))
            {
                if (work is SaveWork save)
                {
                    if (save.TryTake())
                    {
                        _group.Add(save);
                    }
                }
                else if (_group.Count == 0)
                {
                    action = (WriterAction)_queue.Dequeue();
                    return true;
                }
                else
                {
                    return true;
                }

                _queue.Dequeue();
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
                var session = _connection.Get();
                lock (session.Sync)
                {
                    action(session);
                }
            }

            work.Succeed();
        }
        catch (Exception exception)
        {
            work.Fail(exception);
            _connection.DropWhenLost(exception);
        }
    }
}
