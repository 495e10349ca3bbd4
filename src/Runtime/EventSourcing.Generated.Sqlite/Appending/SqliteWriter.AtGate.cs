namespace EventSourcing.Sqlite;

/// <summary>How the writer waits while a store transaction of this process holds the file.</summary>
internal sealed partial class SqliteWriter
{
    // Used while another holds the gate. The deadline is the first of those of the waiting work.
    private bool _isAtGate;
    private long _nextDeadline;

    /// <summary>
    /// Waits for a store transaction to end. Meanwhile it fails saves whose time is up, and does work that needs no gate. False, without the gate,
    /// when no work is left.
    /// </summary>
    private bool WaitAtGate()
    {
        var turn = _gate.Queue(Wake);
        while (!turn.IsGranted)
        {
            WriterAction? withoutGate;
            lock (_sync)
            {
                EndOverdue();
                if (_queue.Count == 0)
                {
                    _isAtGate = false;
                    return !turn.TryGiveUp();
                }

                if (!TryTakeWithoutGate(out withoutGate) && !turn.IsGranted)
                {
                    Monitor.Wait(_sync, _nextDeadline == long.MaxValue ? Timeout.Infinite : (int)Math.Clamp(_nextDeadline - Environment.TickCount64, 1, int.MaxValue));
                }
            }

            if (withoutGate is not null)
            {
                Do(withoutGate);
            }
        }

        lock (_sync)
        {
            _isAtGate = false;
        }

        return true;
    }

    private void Wake()
    {
        lock (_sync)
        {
            Monitor.Pulse(_sync);
        }
    }

    /// <summary>Fails work that has waited at the gate long enough; the rest keeps its order.</summary>
    private void EndOverdue()
    {
        // The work that waits already begins its wait for the gate now.
        var isFirst = !_isAtGate;
        _isAtGate = true;
        _nextDeadline = long.MaxValue;
        var now = Environment.TickCount64;
        for (var count = _queue.Count; count > 0; count--)
        {
            var work = _queue.Dequeue();
            if (isFirst)
            {
                SetDeadline(work);
            }

            if (work.Deadline > now)
            {
                _nextDeadline = Math.Min(_nextDeadline, work.Deadline);
                _queue.Enqueue(work);
            }
            else if (work.TryTake())
            {
                work.Fail(_gate.Busy());
            }
        }
    }

    /// <summary>Sets the deadline of work; true if it is the first deadline of all.</summary>
    private bool SetDeadline(IWriterWork work)
    {
        work.Deadline = work.LockTimeout == Timeout.Infinite ? long.MaxValue : Environment.TickCount64 + work.LockTimeout;
        if (work.Deadline >= _nextDeadline && work is not WriterAction { NeedsGate: false })
        {
            return false;
        }

        _nextDeadline = Math.Min(work.Deadline, _nextDeadline);
        return true;
    }
}
