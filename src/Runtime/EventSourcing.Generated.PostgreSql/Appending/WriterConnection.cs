using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>The connection that appends, with its batches.</summary>
internal sealed partial class WriterConnection<TKey> : AppendConnection<TKey>
    where TKey : notnull
{
    private const int LargestKeptBuffer = 1 << 20;

    // A plan is made once, because planning costs the server as much as the insert; and never with a sequential scan, which would stay when the
    // table has grown. If the session isn't the connection's own, as behind a pgbouncer, its settings aren't changed.
    private const string SetSession = """
        SELECT
            pg_catalog.set_config(
                'plan_cache_mode', CASE WHEN pg_catalog.pg_backend_pid() = $1 THEN 'force_generic_plan' ELSE 'not mine' END, false),
            pg_catalog.set_config('enable_seqscan', 'off', false),
            pg_catalog.set_config('lock_timeout', $2, false)
        """;

    private const string ResetSession = "RESET plan_cache_mode; RESET enable_seqscan; RESET lock_timeout";

    private const string LimitWaiting = "SELECT pg_catalog.set_config('lock_timeout', $1, true)";

    private readonly ConnectionSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly PostgreSqlEventsSql _sql;
    private readonly LogPositions _positions;
    private readonly OtherTables _others;
    private readonly SaveTimes _times;
    private readonly Action _onProjected;
    private readonly SingleBatch<TKey> _single;
    private readonly RunBatch<TKey> _run;
    private readonly GroupBatch<TKey> _group;
    private readonly SingleBatch<TKey> _singleIfFree;
    private readonly RunBatch<TKey> _runIfFree;
    private readonly GroupBatch<TKey> _eachIfFree;
    private readonly bool _canPrepare;
    private readonly string _commitLockTimeout;
    private AppendBatch<TKey> _filled;
    private byte[] _buffer = [];
    private string _lockTimeout = "";
    private bool _isSet;
    private long _contendedUntil = long.MinValue;
    private InlineBatch? _inline;
    private bool _areViewsCurrent;

    private WriterConnection(
        ConnectionSource source, NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, OtherTables others, SaveTimes times, Action onProjected,
        bool canPrepare)
    {
        (_source, _connection, _sql, _positions, _others, _times, _onProjected, _canPrepare) = (source, connection, sql, positions, others, times, onProjected, canPrepare);
        _commitLockTimeout = PostgreSqlAddress.ToLockTimeout(times.CommitLockTimeout);
        _connection.Notice += OnNotice;
        _single = new(connection, sql, positions, AppendForm.Lock);
        _run = new(connection, sql, positions, AppendForm.Lock);
        _group = new(connection, sql, positions, GroupInsert.Fitting, AppendForm.Lock);
        _singleIfFree = new(connection, sql, positions, AppendForm.InsertOnly);
        _runIfFree = new(connection, sql, positions, AppendForm.InsertOnly);
        _eachIfFree = new(connection, sql, positions, GroupInsert.Each, AppendForm.InsertOnly);
        _filled = _single;
    }

    /// <inheritdoc/>
    public override bool IsOpen => (_connection.FullState & System.Data.ConnectionState.Open) != 0;

    public static async Task<WriterConnection<TKey>> OpenAsync(
        PostgreSqlConnections connections, PostgreSqlEventsSql sql, LogPositions positions, OtherTables others, SaveTimes times, Action onProjected,
        CancellationToken cancellationToken)
    {
        var connection = await connections.Writer.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new WriterConnection<TKey>(connections.Writer, connection, sql, positions, others, times, onProjected, connections.CanPrepare);
    }

    /// <inheritdoc/>
    public override void Fill(List<QueuedSave<TKey>> saves, bool tells, bool raises, TimeSpan lockTimeout)
    {
        var bytes = 0;
        foreach (var save in saves)
        {
            bytes += save.Bytes;
        }

        if (_buffer.Length < bytes || (_buffer.Length > LargestKeptBuffer && bytes <= LargestKeptBuffer))
        {
            _buffer = new byte[Math.Max(bytes, 4096)];
        }

        _lockTimeout = lockTimeout == _times.CommitLockTimeout ? _commitLockTimeout : PostgreSqlAddress.ToLockTimeout(lockTimeout);
        if (TryFillInline(saves, tells, raises))
        {
            return;
        }

        // If the session must not be changed, or little time is left, the transaction itself limits the wait.
        var isFree = _canPrepare && lockTimeout == _times.CommitLockTimeout && _times.Time.GetTimestamp() >= _contendedUntil;
        _filled = raises ? new GroupBatch<TKey>(_connection, _sql, _positions, GroupInsert.Fitting, AppendForm.LockAndRaise)
            : tells ? _group
            : saves.Count > 1 ? (isFree && saves.TrueForAll(static s => s.Events.Count == 1) ? _eachIfFree : _group)
            : saves[0].Events.Count == 1 ? (isFree ? _singleIfFree : _single)
            : saves[0].IsRun ? (isFree ? _runIfFree : _run)
            : _group;
        _filled.Begin(_lockTimeout);
        _filled.Fill(saves, _buffer);
    }

    /// <inheritdoc/>
    public override Task ExecuteAsync(long[][] positions)
    {
        (IsUnreplicated, WroteNothing) = (false, false);
        Refused.Clear();
        return _inline is not null ? ExecuteInlineAsync(positions)
            : !_canPrepare || (_isSet && (_filled.IsPrepared || _filled.Raises)) ? SendAsync(_filled.Batch, _filled.ResultsBefore, positions) : ExecuteUnpreparedAsync(positions);
    }

    /// <inheritdoc/>
    public override Task<List<SaveLook>> LookAsync(List<QueuedSave<TKey>> saves, TimeSpan? lockTimeout) =>
        StoredVersions.ReadAsync(_connection, _sql, saves, lockTimeout is { } timeout ? PostgreSqlAddress.ToLockTimeout(timeout) : null);

    /// <inheritdoc/>
    public override void Clear() => _source.Clear(_connection);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _connection.Notice -= OnNotice;
        if (_isSet && _source.IsShared && _connection.FullState == System.Data.ConnectionState.Open)
        {
            await ResetAsync().ConfigureAwait(false);
        }

        await ConnectionSource.QuietlyAsync(_source.CloseAsync(_connection)).ConfigureAwait(false);
    }

    private async Task ExecuteUnpreparedAsync(long[][] positions)
    {
        var batch = _filled.Batch;
        if (_isSet)
        {
            await PrepareAsync().ConfigureAwait(false);
            await SendAsync(batch, _filled.ResultsBefore, positions).ConfigureAwait(false);
            return;
        }

        // The first save is answered as soon as possible. The preparation for later saves waits until they come.
        batch.BatchCommands.Insert(0, CreateSetSession());
        try
        {
            await SetSessionAsync(SendAsync(batch, _filled.ResultsBefore + 1, positions)).ConfigureAwait(false);
        }
        finally
        {
            batch.BatchCommands.RemoveAt(0);
        }
    }

    private NpgsqlBatchCommand CreateSetSession() => new(SetSession)
    {
        Parameters =
        {
            new NpgsqlParameter<int> { TypedValue = _connection.ProcessID },
            new NpgsqlParameter<string> { TypedValue = _commitLockTimeout, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    /// <summary>Awaits a batch with <see cref="CreateSetSession"/>.</summary>
    private async Task SetSessionAsync(Task batch)
    {
        try
        {
            await batch.ConfigureAwait(false);
            _isSet = true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidParameterValue
            && exception.MessageText.Contains("plan_cache_mode", StringComparison.Ordinal))
        {
            throw ServerCheck.Pooled(exception);
        }
    }

    /// <summary>Resets the session. A pool of the user's may pass the connection on without a reset of its own.</summary>
    private async Task ResetAsync()
    {
        try
        {
            var command = new NpgsqlCommand(ResetSession, _connection) { CommandTimeout = 2 };
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            // The connection is lost, and its session with it.
        }
    }

    /// <param name="batch">The filled batch.</param>
    /// <param name="before">The number of results before the positions.</param>
    /// <param name="positions">Filled with the positions.</param>
    /// <param name="readMore">Reads the results after the positions; null if there are none.</param>
    private async Task SendAsync(NpgsqlBatch batch, int before, long[][] positions, Func<NpgsqlDataReader, Task>? readMore = null)
    {
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await _positions.SkipAsync(reader, before, _filled.Raises).ConfigureAwait(false);
            var hasRow = await reader.ReadAsync().ConfigureAwait(false);
            if (!hasRow && _filled.IsOnlyInsert)
            {
                WroteNothing = true;
            }
            else if (_filled is RunBatch<TKey>)
            {
                WroteNothing = reader.IsDBNull(0);
                if (!WroteNothing)
                {
                    positions[0] = reader.GetFieldValue<long[]>(0);
                }
            }
            else if (_filled is GroupBatch<TKey> { Insert: GroupInsert.Each } each)
            {
                await ReadEachAsync(reader, hasRow, each.AppendIds, positions).ConfigureAwait(false);
            }
            else
            {
                await ReadAllAsync(reader, hasRow, positions).ConfigureAwait(false);
            }

            if (_filled.IsOnlyInsert && (WroteNothing || Refused.Count > 0))
            {
                // For a second, the longer forms: they wait for the lock, and report what a save has met.
                _contendedUntil = _times.Time.GetTimestamp() + _times.Time.TimestampFrequency;
            }

            if (readMore is not null)
            {
                await reader.NextResultAsync().ConfigureAwait(false);
                await readMore(reader).ConfigureAwait(false);
            }

            // An error at the commit itself comes after the last row.
            while (await reader.NextResultAsync().ConfigureAwait(false))
            {
            }
        }
    }

    /// <summary>Reads the positions. The append ids identify the saves that were written: rows come in their order.</summary>
    private async ValueTask ReadEachAsync(NpgsqlDataReader reader, bool hasRow, Guid[] appendIds, long[][] positions)
    {
        for (var save = 0; save < positions.Length; save++)
        {
            if (!hasRow || reader.GetGuid(1) != appendIds[save])
            {
                Refused.Add((save, 0, null));
                continue;
            }

            positions[save][0] = reader.GetInt64(0);
            hasRow = await reader.ReadAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads the refused saves, if they are reported, and then the positions of the other saves.</summary>
    private async ValueTask ReadAllAsync(NpgsqlDataReader reader, bool hasRow, long[][] positions)
    {
        var column = 0;
        if (_filled is GroupBatch<TKey>)
        {
            column = 1;
            for (var (save, row) = (0, 0L); hasRow && !reader.IsDBNull(0); hasRow = await reader.ReadAsync().ConfigureAwait(false))
            {
                NoteRefused(positions, reader.GetInt64(0), reader.GetInt64(1), ref save, ref row);
            }
        }

        for (var (save, refused) = (0, 0); save < positions.Length; save++)
        {
            if (refused < Refused.Count && Refused[refused].Save == save)
            {
                refused++;
                continue;
            }

            for (var i = 0; i < positions[save].Length; i++)
            {
                if (!hasRow)
                {
                    throw new EventsWithheldException();
                }

                positions[save][i] = reader.GetInt64(column);
                hasRow = await reader.ReadAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Notes once that a save is refused. Rows come in their order.</summary>
    /// <param name="positions">As many arrays as saves, each as long as the save.</param>
    /// <param name="number">The number of the event that doesn't fit, in the group, from 1.</param>
    /// <param name="head">The greatest version of its aggregate.</param>
    /// <param name="save">The save that was noted last.</param>
    /// <param name="first">How many events come before it.</param>
    private void NoteRefused(long[][] positions, long number, long head, ref int save, ref long first)
    {
        while (number - first > positions[save].Length)
        {
            first += positions[save++].Length;
        }

        if (Refused.Count == 0 || Refused[^1].Save != save)
        {
            Refused.Add((save, (int)(number - first - 1), head));
        }
    }

    /// <summary>Prepares the statements. Preparing an INSERT locks its table, so it waits for other locks, and needs a time limit.</summary>
    private async Task PrepareAsync()
    {
        var transaction = await _connection.BeginTransactionAsync().ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var limit = new NpgsqlCommand(LimitWaiting, _connection)
            {
                CommandTimeout = 0,
                Parameters = { new NpgsqlParameter<string> { TypedValue = _lockTimeout } },
            };
            await using (limit.ConfigureAwait(false))
            {
                await limit.ExecuteNonQueryAsync().ConfigureAwait(false);
            }

            await _filled.Batch.PrepareAsync().ConfigureAwait(false);
            await transaction.CommitAsync().ConfigureAwait(false);
            _filled.IsPrepared = true;
        }
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e) => IsUnreplicated |= ServerNotices.IsUnreplicated(e.Notice);
}
