using System.Threading.Tasks.Sources;

namespace EventSourcing.Sqlite;

/// <summary>A save of one recorder, from its call to its return. It is its own awaitable, so that a save costs one object.</summary>
internal sealed class EventsSave<TKey> : SaveWork, IValueTaskSource<IReadOnlyList<long>>
    where TKey : notnull
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private readonly SqliteRecorder<TKey> _recorder;
    private readonly IReadOnlyList<StoredEvent<TKey>> _events;
    private readonly bool _contiguous;
    private readonly long[] _positions;
    private readonly Guid _appendId = Guid.CreateVersion7();
    private ManualResetValueTaskSourceCore<IReadOnlyList<long>> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _state;

    internal EventsSave(SqliteRecorder<TKey> recorder, IReadOnlyList<StoredEvent<TKey>> events, bool contiguous)
    {
        _recorder = recorder;
        _events = events;
        _contiguous = contiguous;
        _positions = new long[events.Count];
    }

    internal ValueTask<IReadOnlyList<long>> Completion => new(this, _completion.Version);

    /// <summary>The positions, once it is written.</summary>
    internal IReadOnlyList<long> Positions => _positions;

    internal override Guid AppendId => _appendId;

    internal override int BusyTimeout => _recorder.BusyTimeout;

    // The head of a single aggregate is checked before its first row is written.
    internal override bool NeedsSavepoint => _positions.Length > 1 && !(_contiguous && IsOfOneAggregate());

    /// <summary>To be called before the writer knows of the save.</summary>
    internal void CancelBy(CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(
        static (save, token) => ((EventsSave<TKey>)save!).Cancel(token), this);

    internal override bool TryTake()
    {
        var isMine = Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;
        _registration.Unregister();
        return isMine;
    }

    internal override int Write(SqliteSession session)
    {
        var statements = session.For(_recorder.Sql);
        for (var i = 0; i < _positions.Length; i++)
        {
            var stored = _events[i];
            if (_contiguous)
            {
                var head = i > 0 && AreEqual(_events[i - 1].OriginatorId, stored.OriginatorId)
                    ? _events[i - 1].OriginatorVersion
                    : SelectHead(statements, stored.OriginatorId);
                if (stored.OriginatorVersion - 1 != head)
                {
                    return i;
                }
            }

            var result = Insert(statements.Insert, stored);
            if (SqliteErrors.IsUniqueViolation(result))
            {
                return i;
            }

            SqliteErrors.Check(result, session.Handle);
            _positions[i] = session.LastRowId;
        }

        return -1;
    }

    internal override ConcurrencyException Describe(SqliteSession session, int conflicting)
    {
        var id = _events[conflicting].OriginatorId;
        var first = 0;
        while (!AreEqual(_events[first].OriginatorId, id))
        {
            first++;
        }

        return new ConcurrencyException(id, _events[first].OriginatorVersion - 1, SelectHead(session.For(_recorder.Sql), id));
    }

    internal override bool? IsStored(SqliteSession session)
    {
        Span<byte> mine = stackalloc byte[16];
        _appendId.TryWriteBytes(mine, bigEndian: true, out _);
        var statement = session.For(_recorder.Sql).SelectAppendId;
        var found = 0;
        for (var i = 0; i < _positions.Length; i++)
        {
            try
            {
                _recorder.BindKey(statement, 1, _events[i].OriginatorId);
                statement.BindInt64(2, _events[i].OriginatorVersion);
                if (statement.Step() && statement.ReadBlob(1).SequenceEqual(mine))
                {
                    _positions[i] = statement.ReadInt64(0);
                    found++;
                }
            }
            finally
            {
                statement.Reset();
            }
        }

        return found == _positions.Length ? true : found == 0 ? false : null;
    }

    internal override void Succeed()
    {
        IsEnded = true;
        _completion.SetResult(_positions);
    }

    internal override void Fail(Exception exception)
    {
        IsEnded = true;
        _completion.SetException(exception);
    }

    internal override void FailInDoubt(Exception exception) => Fail(new InDoubtException(_appendId, exception));

    IReadOnlyList<long> IValueTaskSource<IReadOnlyList<long>>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<IReadOnlyList<long>>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<IReadOnlyList<long>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private static bool AreEqual(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);

    private bool IsOfOneAggregate()
    {
        for (var i = 1; i < _positions.Length; i++)
        {
            if (!AreEqual(_events[i].OriginatorId, _events[0].OriginatorId) || _events[i].OriginatorVersion != _events[0].OriginatorVersion + i)
            {
                return false;
            }
        }

        return true;
    }

    private long SelectHead(EventsStatements statements, TKey id)
    {
        var statement = statements.SelectHead;
        try
        {
            _recorder.BindKey(statement, 1, id);
            return statement.Step() ? statement.ReadInt64(0) : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    private int Insert(SqliteStatement statement, in StoredEvent<TKey> stored)
    {
        _recorder.BindKey(statement, 1, stored.OriginatorId);
        statement.BindInt64(2, stored.OriginatorVersion);
        statement.BindText(3, stored.Topic);
        statement.BindBlob(4, stored.State.Span);
        statement.BindGuid(5, _appendId);
        if (stored.Metadata.IsEmpty)
        {
            statement.BindNull(6);
        }
        else
        {
            statement.BindBlob(6, stored.Metadata.Span);
        }

        return statement.TryRun();
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            Fail(new OperationCanceledException(cancellationToken));
        }
    }
}
