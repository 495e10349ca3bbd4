using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The connection of a transaction that the recorder began. The driver leads to it, and it leads to no transaction of the core, so that one that is
/// forgotten can be collected, which ends the transaction.
/// </summary>
internal sealed class OpenTransaction
{
    private readonly Action<OpenTransaction> _onEnded;
    private int _hasEnded;

    /// <param name="connection">Open.</param>
    /// <param name="onEnded">Told once that it needn't be ended any more.</param>
    public OpenTransaction(NpgsqlConnection connection, Action<OpenTransaction> onEnded)
    {
        (Connection, ProcessId, _onEnded) = (connection, connection.ProcessID, onEnded);
        connection.Notice += OnNotice;
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>The server's number of the connection.</summary>
    public int ProcessId { get; }

    /// <summary>Whether the server gave up waiting for its standby at the commit.</summary>
    public bool IsUnreplicated { get; private set; }

    /// <summary>Whether the caller is the one who gives the connection back.</summary>
    public bool TryEnd()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
        {
            return false;
        }

        Connection.Notice -= OnNotice;
        _onEnded(this);
        return true;
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e) => IsUnreplicated |= ServerNotices.IsUnreplicated(e.Notice);
}
