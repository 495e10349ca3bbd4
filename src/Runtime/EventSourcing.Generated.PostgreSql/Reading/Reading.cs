namespace EventSourcing.PostgreSql;

/// <summary>One read: when the last data came, and whether its caller still waits for it.</summary>
/// <param name="time">Measures the silence.</param>
internal sealed class Reading(TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private bool _isGivenUp;

    /// <summary>Whether a row has come.</summary>
    public bool HasRows { get; private set; }

    /// <summary>How long no data has come.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _last));

    /// <summary>Notes that rows have come. Called under the lock on this object, which is held while the rows are used.</summary>
    /// <exception cref="OperationCanceledException">No caller waits for the rows any more, so they must not be passed on.</exception>
    public void OnRows()
    {
        if (_isGivenUp)
        {
            throw new OperationCanceledException();
        }

        HasRows = true;
        Volatile.Write(ref _last, time.GetTimestamp());
    }

    /// <summary>Ends the wait of the caller: from here on it gets no row.</summary>
    public void GiveUp()
    {
        lock (this)
        {
            _isGivenUp = true;
        }
    }
}
