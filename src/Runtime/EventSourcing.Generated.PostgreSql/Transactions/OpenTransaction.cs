using System.Data;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The connection of a transaction that the recorder began. The driver refers to it, and it refers to no transaction of the core, so that a
/// forgotten transaction can be collected, which ends it. Thread safe.
/// </summary>
internal sealed class OpenTransaction
{
    private readonly Lock _sync = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<OpenTransaction> _onEnded;
    private int _uses;
    private bool _hasEnded;
    private volatile bool _isClosed;

    /// <param name="connection">The open connection.</param>
    /// <param name="onEnded">Called once when it needn't be ended any more.</param>
    public OpenTransaction(NpgsqlConnection connection, Action<OpenTransaction> onEnded)
    {
        (Connection, ProcessId, _onEnded) = (connection, connection.ProcessID, onEnded);
        connection.Notice += OnNotice;
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>The process id of the connection's backend.</summary>
    public int ProcessId { get; }

    /// <summary>Whether the server stopped waiting for its standby at the commit.</summary>
    public bool IsUnreplicated { get; private set; }

    /// <summary>Whether the store was closed before the end of the transaction, which can't be used any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Ends when the connection is returned.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Begins a use of the connection. The closing of the store doesn't touch the connection before its end.</summary>
    /// <returns>False if the transaction has ended, or the store is closed.</returns>
    public bool TryUse()
    {
        lock (_sync)
        {
            if (_hasEnded || _isClosed)
            {
                return false;
            }

            _uses++;
            return true;
        }
    }

    /// <summary>Ends a use of the connection.</summary>
    public void EndUse()
    {
        lock (_sync)
        {
            _uses--;
        }
    }

    /// <summary>Marks the transaction as closed, because the store is closed.</summary>
    /// <returns>
    /// True if the caller has to return the connection. False if the connection is in use, by the library or by a statement of its owner: a
    /// connection isn't thread safe, so its owner has to return it. Null if its owner is returning it already.
    /// </returns>
    public bool? TryClose()
    {
        lock (_sync)
        {
            if (_hasEnded)
            {
                return null;
            }

            _isClosed = true;
            if (_uses > 0 || (Connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0)
            {
                return false;
            }

            _hasEnded = true;
        }

        End();
        return true;
    }

    /// <summary>Marks it as ended. True for the one caller that has to return the connection.</summary>
    public bool TryEnd()
    {
        lock (_sync)
        {
            if (_hasEnded)
            {
                return false;
            }

            _hasEnded = true;
        }

        End();
        return true;
    }

    private void End()
    {
        Connection.Notice -= OnNotice;
        _onEnded(this);
        _ended.TrySetResult();
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e) => IsUnreplicated |= ServerNotices.IsUnreplicated(e.Notice);
}
