using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Keeps the positions of the log ascending while a store is open, whatever was done to the sequence behind them: subscribers never
/// look again below a position that they have passed. Thread safe.
/// </summary>
/// <param name="sql">The SQL of the events table.</param>
internal sealed class LogPositions(PostgreSqlEventsSql sql)
{
    private const string SelectSequence =
        "SELECT pg_catalog.pg_get_serial_sequence(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2), 'id')";

    private long _last;
    private string? _raise;

    /// <summary>The greatest position that this store has seen.</summary>
    internal long Last => Volatile.Read(ref _last);

    /// <summary>
    /// Raises the sequence when it is behind a position that was seen, or behind the table. Under the lock of the store, right before
    /// positions are drawn; a sequence isn't rolled back.
    /// </summary>
    /// <remarks>
    /// A sequence that was restarted tells no last value, but may be meant to go on further above: so one is drawn, and it is never lowered.
    /// </remarks>
    internal string Raise => Volatile.Read(ref _raise) ?? throw new InvalidOperationException("The store isn't open.");

    /// <summary>Notes a position.</summary>
    internal void Saw(long position)
    {
        for (var last = Last; position > last;)
        {
            var found = Interlocked.CompareExchange(ref _last, position, last);
            if (found == last)
            {
                return;
            }

            last = found;
        }
    }

    /// <summary>The parameter of <see cref="Raise"/>.</summary>
    internal NpgsqlParameter<long> Parameter() => new() { TypedValue = Last, NpgsqlDbType = NpgsqlDbType.Bigint };

    /// <summary>Finds the sequence. The table must be there.</summary>
    internal async Task FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(SelectSequence, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = sql.Schema }, new NpgsqlParameter<string> { TypedValue = sql.Table } },
        };
        await using (command.ConfigureAwait(false))
        {
            // The server has quoted it as an identifier; as a text it is quoted here.
            var name = ((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
                .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
            Volatile.Write(ref _raise, $"""
                SELECT pg_catalog.setval(s.name, greatest(s.least, pg_catalog.nextval(s.name)))
                FROM (SELECT E'{name}'::pg_catalog.regclass AS name, greatest($1, ({sql.SelectMaxPosition})) AS least) AS s
                WHERE coalesce(pg_catalog.pg_sequence_last_value(s.name), 0) < s.least
                """);
        }
    }
}
