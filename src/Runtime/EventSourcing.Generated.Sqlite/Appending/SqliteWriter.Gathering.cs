namespace EventSourcing.Sqlite;

/// <summary>
/// Gathers saves after a group of several: most of its callers come back with their next save. The writer waits until all have had their turn
/// in the thread pool, which is when its own work item runs. Then it writes the saves.
/// </summary>
internal sealed partial class SqliteWriter
{
    // In milliseconds. If the pool is so busy that they don't come soon, the thread continues, and gathers again later.
    private const int LongestGathering = 3;
    private const int GroupsWithoutGathering = 20;

    // A slow disk delays the dedicated thread, not a thread of the pool.
    private const long LongestOnPool = TimeSpan.TicksPerMillisecond;

    private bool _isGathering;
    private bool _isQuick;
    private int _gatherings;
    private int _groupsWithoutGathering;

    /// <summary>Leaves the connection to the next writer.</summary>
    private void EndWriting()
    {
        if (!_isWriting)
        {
            return;
        }

        _isWriting = false;
        _lastWrite = Environment.TickCount64;
        if (_group.Count > 0)
        {
            _alone = _group.Count == 1 ? _alone + 1 : 0;
            if (_group.Count > 1 && --_groupsWithoutGathering < 0)
            {
                _groupsWithoutGathering = 0;
                _isGathering = true;
                _gatherings++;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            _group.Clear();
        }
    }

    /// <summary>Runs after all callers that continued when their saves ended.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        lock (_sync)
        {
            if (!_isGathering)
            {
                return;
            }

            _isGathering = false;
            _queue.TryPeek(out var first);
            if (first is not SaveWork || !_isQuick || !_connection.IsOpen || !_gate.TryEnter())
            {
                WakeThread();
                return;
            }

            _isWriting = true;
        }

        try
        {
            DoNext();
        }
        finally
        {
            lock (_sync)
            {
                EndWriting();
                WakeThread();
            }
        }
    }

    /// <summary>Waits a moment while others write or gather, and ends a gathering that takes too long.</summary>
    private void WaitForOthers()
    {
        var gathering = _isGathering ? _gatherings : 0;
        if (!Monitor.Wait(_sync, LongestGathering) && _isGathering && _gatherings == gathering)
        {
            _isGathering = false;
            _groupsWithoutGathering = GroupsWithoutGathering;
        }
    }
}
