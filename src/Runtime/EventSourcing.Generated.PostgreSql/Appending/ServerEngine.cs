using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>PostgreSQL, as the shared writer needs it.</summary>
internal sealed class ServerEngine<TKey>(
    PostgreSqlConnections connections, PostgreSqlEventsSql sql, LogPositions positions, OtherTables others, SaveTimes times, Action onAppended, Action onProjected)
    : AppendEngine<TKey>
    where TKey : notnull
{
    public override async Task<AppendConnection<TKey>> OpenAsync(CancellationToken cancellationToken) =>
        await WriterConnection<TKey>.OpenAsync(connections, sql, positions, others, times, onProjected, cancellationToken).ConfigureAwait(false);

    public override void Appended(long position)
    {
        positions.Saw(position);
        onAppended();
    }

    public override AppendFailure Classify(Exception exception) => PostgreSqlErrors.Classify(exception);

    public override StoreException ToException(Exception exception) => PostgreSqlErrors.ToException(exception);

    public override bool IsExpected(Exception exception) => PostgreSqlErrors.IsOfConnection(exception);

    public override bool IsExpectedInUse(Exception exception) => IsExpected(exception) || PostgreSqlErrors.IsOfOpenConnection(exception);

    // Without an answer of the server, the failure is one of the connection.
    public override bool IsTransient(Exception exception) => exception is not PostgresException || PostgreSqlErrors.IsTransient(exception);

    public override bool IsConnectionLost(Exception exception) => PostgreSqlErrors.IsConnectionLost(exception);

    public override bool IsConnectionOutdated(Exception exception) => base.IsConnectionOutdated(exception) || PostgreSqlErrors.IsStalePlan(exception);

    public override bool IsLockHeld(Exception exception) => PostgreSqlErrors.IsLockHeld(exception);

    public override bool IsReadOnly(Exception exception) => PostgreSqlErrors.IsReadOnly(exception);

    public override bool IsPositionPassed(Exception exception) => PostgreSqlErrors.IsPositionPassed(exception);
}
