using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Keeps the positions of the log ascending while a store is open, whatever was done to the sequence: subscribers never look again below a
/// position that they have passed. Thread safe.
/// </summary>
/// <param name="sql">The SQL of the events table.</param>
internal sealed class LogPositions(PostgreSqlEventsSql sql)
{
    private const string SelectSequence =
        "SELECT pg_catalog.pg_get_serial_sequence(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2), 'id')";

    private long _last;
    private long _raised;
    private string? _raise;
    private string? _selectState;

    /// <summary>The greatest position that this store has seen.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>The position up to which the sequence was raised, because it was behind; 0 if it never was.</summary>
    public long Raised => Volatile.Read(ref _raised);

    /// <summary>
    /// Raises the sequence if it is behind a position that was seen, or behind the table. Runs under the lock of the store, right before positions
    /// are drawn; a sequence isn't rolled back. If the insert itself fails for a sequence that is behind, this is sent only after that, because it
    /// costs as much as the insert.
    /// </summary>
    /// <remarks>
    /// A restarted sequence has no last value, but may be meant to continue further above. So one value is drawn, and the sequence is never
    /// lowered. A serializable transaction doesn't read the end of the table: it would fail for each event that another transaction appends there.
    /// </remarks>
    public string Raise => Volatile.Read(ref _raise) ?? throw new InvalidOperationException("The store isn't open.");

    /// <summary>
    /// Reads how far the log goes, by the table and by the sequence; whether the server is in recovery; and which log it is: server, table and
    /// timeline, which changes when a standby takes over and when a backup is restored. Schema and name of the table are parameters.
    /// </summary>
    public string SelectState => Volatile.Read(ref _selectState) ?? throw new InvalidOperationException("The store isn't open.");

    /// <summary>As <see cref="SelectState"/>, without the identity, for servers that don't show it.</summary>
    public string SelectStateOnly { get; private set; } = "";

    /// <summary>Notes a position.</summary>
    public void Saw(long position) => Advance(ref _last, position);

    /// <summary>
    /// Skips the results before that of the insert. The last of them, that of <see cref="Raise"/>, has a row if the sequence was raised, which
    /// isn't rolled back.
    /// </summary>
    /// <param name="reader">The reader, at the first result.</param>
    /// <param name="before">The number of results.</param>
    /// <param name="raises">Whether the last one is that of <see cref="Raise"/>.</param>
    public async Task SkipAsync(NpgsqlDataReader reader, int before, bool raises)
    {
        for (var i = 0; i < before; i++)
        {
            if (raises && i == before - 1 && await reader.ReadAsync().ConfigureAwait(false))
            {
                Advance(ref _raised, reader.GetInt64(0));
            }

            await reader.NextResultAsync().ConfigureAwait(false);
        }
    }

    private static void Advance(ref long greatest, long position)
    {
        for (var last = Volatile.Read(ref greatest); position > last;)
        {
            var found = Interlocked.CompareExchange(ref greatest, position, last);
            if (found == last)
            {
                return;
            }

            last = found;
        }
    }

    /// <summary>Creates the parameter of <see cref="Raise"/>.</summary>
    public NpgsqlParameter<long> Parameter() => new() { TypedValue = Last, NpgsqlDbType = NpgsqlDbType.Bigint };

    /// <summary>Finds the sequence. The table must exist.</summary>
    public async Task FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(SelectSequence, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = sql.Schema }, new NpgsqlParameter<string> { TypedValue = sql.Table } },
        };
        await using (command.ConfigureAwait(false))
        {
            // The server has quoted it as an identifier; here it is quoted as a text.
            var name = ((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
                .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
            Volatile.Write(ref _raise, $"""
                SELECT pg_catalog.setval(s.name, greatest(s.least, pg_catalog.nextval(s.name)))
                FROM (SELECT E'{name}'::pg_catalog.regclass AS name, greatest(
                    $1, CASE WHEN pg_catalog.current_setting('transaction_isolation') <> 'serializable' THEN ({sql.SelectMaxPosition}) END) AS least) AS s
                WHERE coalesce(pg_catalog.pg_sequence_last_value(s.name), 0) < s.least
                """);
            SelectStateOnly = $"SELECT ({sql.SelectMaxPosition}), pg_catalog.pg_sequence_last_value(E'{name}'::pg_catalog.regclass), pg_catalog.pg_is_in_recovery()";
            Volatile.Write(ref _selectState, $"""
                {SelectStateOnly}, CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN
                    (SELECT s.system_identifier FROM pg_catalog.pg_control_system() AS s)
                    || '/' || pg_catalog.to_regclass(pg_catalog.quote_ident($1) || '.' || pg_catalog.quote_ident($2))::pg_catalog.oid
                    || '/' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)
                END
                """);
        }
    }
}
