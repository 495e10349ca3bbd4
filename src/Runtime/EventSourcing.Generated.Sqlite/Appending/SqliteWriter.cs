using System.Diagnostics;

namespace EventSourcing.Sqlite;

/// <summary>
/// The one thread of a process that writes to a database file. While a commit waits for the disk, the next saves gather, and then share a
/// transaction. While a store transaction holds the file, it ends the saves whose time is up. On a fast disk, handing work to a thread and back
/// takes longer than the work. So a caller that was alone for a while writes its save itself, and with many callers, threads of the pool write
/// the groups.
/// </summary>
internal sealed partial class SqliteWriter : IThreadPoolWorkItem
{
    private const int LargestGroup = 1024;

    // In addition to the last save that is taken, which may have EventStoreOptions.MaxSaveSize.
    private const long LargestGroupBytes = 16 << 20;

    // After this number of saves in a row that were alone, callers write by themselves. After this total time, in ticks, one is handed over again.
    // A caller may begin many saves and then await them: they gather only behind a save that is handed over.
    private const int AloneBefore = 4;
    private const int AloneAgain = AloneBefore - 1;
    private const long LongestAlone = 5 * TimeSpan.TicksPerMillisecond;

    // Unbounded: each caller awaits its save, so a bound would only move the callers from this queue to another.
    private readonly Queue<IWriterWork> _queue = new();
    private readonly object _sync = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FileGate _gate;
    private readonly WriterConnection _connection;
    private readonly List<SaveWork> _group = new(LargestGroup);
    private readonly GroupCommit _commit;
    private readonly Action _takeMore;
    private bool _isStopping;

    // Whether the connection is in use: by the thread, by a caller with its own save, or by a thread of the pool.
    private bool _isWriting;
    // Whether the thread waits for work, and how long it waits before it looks after the log.
    private bool _sleeps;
    private TimeSpan _idleTime;
    private int _alone;
    private long _timeAlone;
    private long _lastWrite;

    public SqliteWriter(FileGate gate, WriterConnection connection, AppendHints appends)
    {
        _gate = gate;
        _connection = connection;
        _commit = new GroupCommit(_connection, appends);
        _takeMore = TakeSaves;

        // Without the caller's execution context, which would otherwise live as long as the thread.
        new Thread(Run) { IsBackground = true, Name = "EventSourcing.Sqlite writer" }.UnsafeStart();
    }

    /// <summary>The number of committed transactions with events.</summary>
    public long Commits => _commit.Commits;

    /// <summary>Whether the connection is in use. A save ends a moment before the thread that wrote it releases the connection.</summary>
    public bool IsWriting
    {
        get
        {
            lock (_sync)
            {
                return _isWriting;
            }
        }
    }

    public void Enqueue(IWriterWork work)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            _queue.Enqueue(work);
            if (_isAtGate ? SetDeadline(work) : _queue.Count == 1 && !_isWriting && !_isGathering)
            {
                Monitor.Pulse(_sync);
            }
        }
    }

    /// <summary>Hands a save over, or writes it at once; in the second case it has ended when this returns.</summary>
    public void Save(SaveWork save)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            if (_isWriting || _alone < AloneBefore || _queue.Count > 0 || !_connection.IsOpen || SynchronizationContext.Current is not null || !_gate.TryEnter())
            {
                Enqueue(save);
                return;
            }

            _isWriting = true;
        }

        var began = Stopwatch.GetTimestamp();
        var isDone = false;
        try
        {
            isDone = _commit.TryWriteAtOnce(save);
        }
        finally
        {
            _gate.Exit();
            lock (_sync)
            {
                EndWriting();
                _timeAlone += Stopwatch.GetElapsedTime(began).Ticks;
                if (_queue.Count > 0 || _timeAlone > LongestAlone)
                {
                    _alone = _queue.Count > 0 ? 0 : AloneAgain;
                    _timeAlone = 0;
                }

                if (!isDone)
                {
                    _queue.Enqueue(save);
                }

                WakeThread();
            }
        }
    }

    /// <summary>Runs an action on the writer's thread, after all earlier work.</summary>
    /// <param name="action">The action; null only waits until all earlier work is done.</param>
    /// <param name="lockTimeout">How long to wait for a store transaction of this process, in milliseconds.</param>
    public Task RunAsync(Action<StoreConnection>? action, int lockTimeout = Timeout.Infinite)
    {
        var work = new WriterAction(action, lockTimeout);
        Enqueue(work);
        return work.Completion;
    }

    /// <summary>Notes a transaction that was committed on another connection of this process.</summary>
    public void NoteCommit()
    {
        lock (_sync)
        {
            if (!_isStopping)
            {
                Enqueue(new WriterAction(NoteCommit, Timeout.Infinite) { NeedsGate = false });
            }
        }
    }

    /// <summary>
    /// Notes our commit: if the file is replaced next, the log is known as ours up to here, and is moved into the file that it belongs to.
    /// </summary>
    public void NoteCommit(StoreConnection session)
    {
        session.FindReplaced(isAfterCommit: true);
        _connection.Committed();
    }

    /// <summary>Ends the thread after all earlier work. Its connection is closed afterwards.</summary>
    public Task StopAsync()
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
        while (WaitForWork(out var withoutGate))
        {
            if (withoutGate is not null)
            {
                Do(withoutGate);
                continue;
            }

            if (!_gate.TryEnter() && !WaitAtGate())
            {
                continue;
            }

            DoNext();
        }

        _connection.Close();
        _ended.SetResult();
    }

    /// <summary>Does one action or writes one group of saves, and leaves the gate.</summary>
    private void DoNext()
    {
        try
        {
            TakeWork(out var action);
            if (action is not null)
            {
                Do(action);
            }
            else if (_group.Count > 0)
            {
                var began = Stopwatch.GetTimestamp();
                _commit.Write(_group, _takeMore);
                _isQuick = Stopwatch.GetElapsedTime(began).Ticks < LongestOnPool;
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Wakes the thread after a write elsewhere: it does the work that gathered meanwhile, and checks the log.</summary>
    private void WakeThread()
    {
        if ((_queue.Count > 0 && !_isGathering) || _connection.IsTidyingDue || (_sleeps && _connection.IdleTime != _idleTime))
        {
            Monitor.Pulse(_sync);
        }
    }

    /// <summary>Waits for work, and takes it if it doesn't need the gate; false when the writer stops.</summary>
    private bool WaitForWork(out WriterAction? withoutGate)
    {
        withoutGate = null;
        lock (_sync)
        {
            EndWriting();
            while (_isGathering || _isWriting || _queue.Count == 0)
            {
                if (_isGathering || _isWriting)
                {
                    WaitForOthers();
                    continue;
                }

                if (_isStopping)
                {
                    return false;
                }

                if (_connection.IsTidyingDue)
                {
                    withoutGate = new WriterAction(_ => _connection.TidyUpWhenDue(), Timeout.Infinite);
                    break;
                }

                _idleTime = _connection.IdleTime;
                _sleeps = true;
                var isWoken = Monitor.Wait(_sync, _idleTime);
                _sleeps = false;
                if (!isWoken && !_isWriting && _queue.Count == 0 && Environment.TickCount64 - _lastWrite >= _idleTime.TotalMilliseconds)
                {
                    // No save waits. This is the time to move the log into the database, which doesn't block readers. Only the shortening
                    // of a log that is too long makes saves wait, for a tenth of a second.
                    withoutGate = new WriterAction(_ => _connection.CheckpointWhenIdle(), Timeout.Infinite);
                    break;
                }
            }

            _isWriting = true;
            if (withoutGate is null)
            {
                TryTakeWithoutGate(out withoutGate);
            }

            return true;
        }
    }

    private bool TryTakeWithoutGate(out WriterAction? action)
    {
        _queue.TryPeek(out var first);
        action = first is WriterAction { NeedsGate: false } ? (WriterAction)_queue.Dequeue() : null;
        return action is not null;
    }

    /// <summary>Takes one action or a group of saves, or nothing.</summary>
    private void TakeWork(out WriterAction? action)
    {
        lock (_sync)
        {
            TakeSaves();
            action = _group.Count == 0 && _queue.TryDequeue(out var work) ? (WriterAction)work : null;
        }
    }

    /// <summary>Adds the saves that wait to the group, as far as there is room.</summary>
    private void TakeSaves()
    {
        lock (_sync)
        {
            var bytes = 0L;
            _group.ForEach(save => bytes += save.Bytes);
            while (_group.Count < LargestGroup && bytes < LargestGroupBytes && _queue.TryPeek(out var work) && work is SaveWork save)
            {
                _queue.Dequeue();
                if (save.TryTake())
                {
                    _group.Add(save);
                    bytes += save.Bytes;
                }
            }
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
