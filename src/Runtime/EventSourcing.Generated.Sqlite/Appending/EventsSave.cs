using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>A save of one recorder.</summary>
internal class EventsSave<TKey> : SaveWork
    where TKey : notnull
{
    private readonly SqliteEventsSql _sql;
    private readonly int _lockTimeout;
    private readonly IReadOnlyList<StoredEvent<TKey>> _events;
    private readonly bool _isContiguous;
    private readonly long[] _positions;
    private Guid _appendId; // as soon as it is written for the first time

    public EventsSave(SqliteEventsSql sql, int lockTimeout, AppendRequest<TKey> request)
    {
        (_sql, _lockTimeout) = (sql, lockTimeout);
        _events = request.Events;
        _isContiguous = request.IsContiguous;
        _positions = new long[_events.Count];
    }

    /// <summary>Creates the save of a request with events.</summary>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="lockTimeout">How long to wait for other writers, in milliseconds.</param>
    /// <param name="request">The request.</param>
    /// <param name="projections">The owners and positions of projections.</param>
    /// <param name="views">The views.</param>
    /// <param name="onProjected">Called after the commit if views are written.</param>
    public static EventsSave<TKey> Create(
        SqliteEventsSql sql, int lockTimeout, AppendRequest<TKey> request, ProjectionsTable projections, ViewTables views, Action? onProjected = null) =>
        request.Inline is null ? new EventsSave<TKey>(sql, lockTimeout, request) : new InlineSave<TKey>(sql, lockTimeout, request, projections, views, onProjected);

    /// <summary>The positions, once it is written.</summary>
    public IReadOnlyList<long> Positions => _positions;

    public override Guid AppendId => _appendId;

    public override long Bytes
    {
        get
        {
            var bytes = 0L;
            for (var i = 0; i < _events.Count; i++)
            {
                bytes += _events[i].State.Length + _events[i].Metadata.Length;
            }

            return bytes;
        }
    }

    public override int LockTimeout => _lockTimeout;

    // The head of a single aggregate is checked before its first row is written.
    public override bool NeedsSavepoint => _positions.Length > 1 && !(_isContiguous && IsOfOneAggregate());

    public override int Write(StoreConnection session)
    {
        if (_appendId == default)
        {
            _appendId = session.AppendIds.Next();
        }

        var statements = session.For(_sql);
        for (var i = 0; i < _positions.Length;)
        {
            if (_isContiguous && _events[i].OriginatorVersion - 1 != HeadBefore(statements, i))
            {
                return i;
            }

            var rows = CanInsertMany(i) ? EventsStatements.ManyRows : 1;
            var result = rows == 1 ? Insert(statements.Insert, i) : InsertMany(statements.InsertMany, i);
            if (SqliteErrors.IsUniqueViolation(result))
            {
                return i;
            }

            SqliteErrors.Check(result, session.Handle, _sql.Table);
            if (session.Changes != rows)
            {
                throw new StoreException("A trigger of the events table suppresses rows. Nothing was written.");
            }

            // The rows of a statement have consecutive positions, because no other writer writes meanwhile.
            for (var last = session.LastRowId; rows > 0; rows--, i++)
            {
                _positions[i] = last - rows + 1;
            }
        }

        return -1;
    }

    public override ConcurrencyException Describe(StoreConnection session, int conflicting) =>
        VersionConflict.Of(_events, conflicting, SelectHead(session.For(_sql), _events[conflicting].OriginatorId));

    public override bool? IsStored(StoreConnection session)
    {
        var found = 0;
        for (var i = 0; i < _positions.Length; i++)
        {
            if (FindPosition(session, i) is { } position)
            {
                _positions[i] = position;
                found++;
            }
        }

        return found == _positions.Length ? true : found == 0 ? false : null;
    }

    public override bool IsFirstStored(StoreConnection session) => FindPosition(session, 0) is not null;

    public override void Succeed() => Succeed(_positions);

    private static bool AreEqual(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);

    private bool IsOfOneAggregate() => FollowsUpTo(0, _positions.Length);

    /// <summary>Whether the events are of one aggregate, with versions that follow each other.</summary>
    private bool FollowsUpTo(int first, int end)
    {
        for (var i = first + 1; i < end; i++)
        {
            if (!AreEqual(_events[i].OriginatorId, _events[first].OriginatorId) || _events[i].OriginatorVersion != _events[first].OriginatorVersion + i - first)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the next events can be written by one statement.</summary>
    private bool CanInsertMany(int first)
    {
        var end = first + EventsStatements.ManyRows;
        if (end > _positions.Length || !FollowsUpTo(first, end))
        {
            return false;
        }

        for (var i = first + 1; i < end; i++)
        {
            if (!_events[i].Metadata.Equals(_events[first].Metadata))
            {
                return false;
            }
        }

        return true;
    }

    private long HeadBefore(EventsStatements statements, int index) =>
        index > 0 && AreEqual(_events[index - 1].OriginatorId, _events[index].OriginatorId)
            ? _events[index - 1].OriginatorVersion
            : SelectHead(statements, _events[index].OriginatorId);

    /// <summary>Finds the position of an event of the save; null if it isn't stored, or another event is in its place.</summary>
    private long? FindPosition(StoreConnection session, int index)
    {
        Span<byte> mine = stackalloc byte[16];
        _appendId.TryWriteBytes(mine, bigEndian: true, out _);
        var statement = session.For(_sql).SelectAppendId;
        try
        {
            KeyColumn<TKey>.Bind(statement, 1, _events[index].OriginatorId);
            statement.BindInt64(2, _events[index].OriginatorVersion);
            return statement.Step() && statement.ReadBlob(1).SequenceEqual(mine) ? statement.ReadInt64(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private long SelectHead(EventsStatements statements, TKey id)
    {
        var statement = statements.SelectHead;
        try
        {
            KeyColumn<TKey>.Bind(statement, 1, id);
            return statement.Step() ? statement.ReadInt64(0) : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    private int Insert(SqliteStatement statement, int index)
    {
        var stored = _events[index];
        BindShared(statement, stored);
        statement.BindText(5, stored.Topic);
        statement.BindBlob(6, stored.State.Span);
        return statement.TryRun();
    }

    private int InsertMany(SqliteStatement statement, int first)
    {
        BindShared(statement, _events[first]);
        for (var row = 0; row < EventsStatements.ManyRows; row++)
        {
            var stored = _events[first + row];
            statement.BindText(5 + 2 * row, stored.Topic);
            statement.BindBlob(6 + 2 * row, stored.State.Span);
        }

        return statement.TryRun();
    }

    private void BindShared(SqliteStatement statement, in StoredEvent<TKey> first)
    {
        KeyColumn<TKey>.Bind(statement, 1, first.OriginatorId);
        statement.BindInt64(2, first.OriginatorVersion);
        statement.BindGuid(3, _appendId);
        if (first.Metadata.IsEmpty)
        {
            statement.BindNull(4);
        }
        else
        {
            statement.BindBlob(4, first.Metadata.Span);
        }
    }
}
