using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The views that are written with the events, and the runner that hands them over.</summary>
internal sealed partial class PostgreSqlTransaction<TKey>
{
    /// <inheritdoc/>
    internal override async ValueTask LockAsync(CancellationToken cancellationToken) => await ReadAsync(
        async () =>
        {
            var command = new NpgsqlCommand(_context.Sql.Lock, _connection)
            {
                CommandTimeout = _context.WriteTimeout,
                Parameters = { new NpgsqlParameter<string> { TypedValue = _context.WriteLockTimeout } },
            };
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Writes the views after the events, and ends the savepoint.</summary>
    /// <exception cref="ProjectionException">A view can't process an event. The savepoint is left.</exception>
    private async Task WriteViewsAsync(InlineViews views, long[] positions)
    {
        var inline = new InlineBatch(_context.Others, [views]);
        var select = new NpgsqlBatch(_connection) { Timeout = _context.WriteTimeout };
        await using (select.ConfigureAwait(false))
        {
            inline.Select(withRows: false).ForEach(select.BatchCommands.Add);
            var reader = await select.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await inline.ReadAsync(reader, positions[0], withRows: false).ConfigureAwait(false);
            }
        }

        await inline.ReadRowsAsync(_connection, _context.WriteTimeout).ConfigureAwait(false);
        var end = TransactionBatch<TKey>.ToEnd(_connection, inline.Write(positions[^1]), _context.WriteTimeout);
        await using (end.ConfigureAwait(false))
        {
            await end.ExecuteAsync().ConfigureAwait(false);
        }
    }
}
