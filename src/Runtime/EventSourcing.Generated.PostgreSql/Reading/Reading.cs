namespace EventSourcing.PostgreSql;

/// <summary>One reading: when something last came of it, and whether its caller still waits for it.</summary>
/// <param name="time">Measures the silence.</param>
internal sealed class Reading(TimeProvider time)
{
    private long _last = time.GetTimestamp();
    private bool _isGivenUp;

    /// <summary>Whether a row has come.</summary>
    public bool HasRows { get; private set; }

    /// <summary>For how long nothing has come.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _last));

    /// <summary>To be called, and held with what is done with the rows, under the lock on this object.</summary>
    /// <exception cref="OperationCanceledException">No caller waits for the rows any more, so that they must be given to none.</exception>
    public void OnRows()
    {
        if (_isGivenUp)
        {
            throw new OperationCanceledException();
        }

        HasRows = true;
        Volatile.Write(ref _last, time.GetTimestamp());
    }

    /// <summary>From here on no row is given to the caller.</summary>
    public void GiveUp()
    {
        lock (this)
        {
            _isGivenUp = true;
        }
    }
}
