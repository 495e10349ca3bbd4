using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The connection of a transaction that the recorder began. The driver refers to it, and it refers to no transaction of the core, so that a
/// forgotten transaction can be collected, which ends it.
/// </summary>
internal sealed class OpenTransaction
{
    private readonly Action<OpenTransaction> _onEnded;
    private int _hasEnded;

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

    /// <summary>Marks it as ended. True for the one caller that has to return the connection.</summary>
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
