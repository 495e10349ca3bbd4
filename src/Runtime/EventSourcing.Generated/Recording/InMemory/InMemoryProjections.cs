using System.Diagnostics;

namespace EventSourcing.Recording;

/// <summary>The views of an in-memory recorder, and the owners of their projections. Used under the lock of the recorder.</summary>
internal sealed class InMemoryProjections
{
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<object, object?[]>> _tables = new(StringComparer.Ordinal);

    /// <summary>As <see cref="IProjectionRecorder.ClaimAsync"/>.</summary>
    public ProjectionRow Claim(ProjectionClaim claim)
    {
        var name = claim.Table.Projection;
        var row = _states.TryGetValue(name, out var state) ? state.ToRow() : null;
        var decision = claim.Decide(row);
        if (decision == ClaimDecision.Leave)
        {
            return row!;
        }

        var begins = decision == ClaimDecision.Rebuild || row is null or { Position: 0 } || claim.BeginsAgain;
        if (begins)
        {
            _tables.Remove(name);
            RemoveFailedEvents(name);
        }

        _states[name] = state = new State(
            name, claim.Table.Version, begins ? 0 : row!.Position, (row?.Fence ?? 0) + 1, claim.Owner, Deadline(claim.Duration), null);
        return state.ToRow();
    }

    /// <summary>As <see cref="IProjectionRecorder.RenewAsync"/>.</summary>
    public bool Renew(ProjectionLease lease)
    {
        if (!IsOwner(lease, out var state))
        {
            return false;
        }

        _states[lease.Projection] = state! with { Deadline = Deadline(lease.Duration) };
        return true;
    }

    /// <summary>As <see cref="IProjectionRecorder.ReleaseAsync"/>.</summary>
    public void Release(ProjectionLease lease, string? error)
    {
        if (IsOwner(lease, out var state))
        {
            _states[lease.Projection] = state! with { Owner = null, Error = error };
        }
    }

    /// <summary>As <see cref="IProjectionRecorder.GetRowsAsync"/>.</summary>
    public IReadOnlyList<ProjectionRow> GetRows() => [.. _states.Values.Select(state => state.ToRow())];

    /// <summary>Returns the rows that a query finds.</summary>
    public List<object?[]> Read(ViewQuery query)
    {
        // The values first, because they are checked.
        var values = new ViewRowValues(query.Table.Columns.Count);
        List<object> keys = [];
        for (var i = 0; i < query.KeyCount; i++)
        {
            query.WriteValue!(i, values);
            keys.Add(values.Values[0]!);
        }

        object? wanted = null;
        if (query.Kind == ViewQueryKind.Column)
        {
            query.WriteValue!(0, values);
            wanted = values.Values[query.Column];
        }

        query.WriteAfter?.Invoke(values);
        var after = values.Values[0];
        if (!_tables.TryGetValue(query.Table.Projection, out var table))
        {
            return [];
        }

        if (query.Kind == ViewQueryKind.Keys)
        {
            return [.. keys.Select(key => table.GetValueOrDefault(key)).OfType<object?[]>()];
        }

        return
        [
            .. table
                .Where(row => query.Kind == ViewQueryKind.All || Equals(row.Value[query.Column], wanted))
                .Where(row => query.WriteAfter is null || KeyOrder.Instance.Compare(row.Key, after) > 0)
                .Take(query.Limit).Select(row => row.Value),
        ];
    }

    /// <summary>Checks the steps, and returns an action that writes them and doesn't fail.</summary>
    /// <exception cref="ProjectionFencedException">A step isn't the owner's, or doesn't continue from the stored position.</exception>
    /// <exception cref="StateFormatException">A value can't be stored.</exception>
    public Action Prepare(IReadOnlyList<ProjectionStep> steps)
    {
        Action? write = null;
        foreach (var step in steps)
        {
            if (!IsOwner(step.Lease, out var state) || state!.Position != step.After)
            {
                throw new ProjectionFencedException(step.Lease.Projection);
            }

            write += () => _states[step.Lease.Projection] = state with
            {
                Position = step.Position,
                Fence = state.Fence + (step.KeepsPosition ? 1 : 0),
                Deadline = Deadline(step.Lease.Duration),
            };
            foreach (var changes in step.AllChanges)
            {
                write += Prepare(changes);
            }

            if (step.Swap is { } swap)
            {
                write += Prepare(swap, step.Position, state.Version);
            }
        }

        return write ?? (static () => { });
    }

    private Action Prepare(ViewSwap swap, long position, int version)
    {
        var (live, next) = (swap.Live.Projection, swap.Table.Projection);
        var state = _states.GetValueOrDefault(live);
        if (state?.Version > version || state?.Position > swap.Last)
        {
            throw new ProjectionFencedException(live);
        }

        return () =>
        {
            _states[live] = new(live, version, position, (state?.Fence ?? 0) + 1, null, 0, null);
            _states.Remove(next);
            _tables.Remove(live);
            if (_tables.Remove(next, out var rows))
            {
                _tables.Add(live, rows);
            }

            RemoveFailedEvents(live);
            foreach (var row in AllFailedEvents.Where(row => (string)row[FailedEvents.ProjectionColumn]! == next).ToList())
            {
                _tables[FailedEventColumns.Name].Remove(row[0]!);
                row[0] = live + ((string)row[0]!)[next.Length..];
                row[FailedEvents.ProjectionColumn] = live;
                _tables[FailedEventColumns.Name].Add(row[0]!, row);
            }
        };
    }

    /// <summary>Folds the events of an append into the views that can be written with it, and returns an action that writes them and doesn't fail.</summary>
    /// <param name="inline">The events.</param>
    /// <param name="first">The position of the first event, which follows that of the last event of the log.</param>
    /// <param name="last">The position of the last event.</param>
    /// <exception cref="ProjectionException">An event can't be processed.</exception>
    public Action Prepare(InlineViews inline, long first, long last)
    {
        Action? write = null;
        for (var i = 0; i < inline.Tables.Count; i++)
        {
            var table = inline.Tables[i];
            var state = _states.GetValueOrDefault(table.Projection) ?? new State(table.Projection, table.Version, 0, 0, null, 0, null);
            var hasParked = AllFailedEvents.Any(row => (string)row[FailedEvents.ProjectionColumn]! == table.Projection && (string)row[FailedEvents.StateColumn]! == FailedEvents.Parked);
            if (!new InlineState(state.Version, state.Position + 1, hasParked).IsCurrent(table, first))
            {
                continue;
            }

            var fold = inline.Begin(i, [inline]);
            if (fold.Query is { } query)
            {
                var row = new ViewRowValuesReader();
                foreach (var values in Read(query))
                {
                    row.Values = values;
                    fold.Add(row);
                }
            }

            if (fold.Fold() is { } changes)
            {
                write += Prepare(changes);
            }

            write += () => _states[table.Projection] = state with { Position = last, Error = null };
        }

        return write ?? (static () => { });
    }

    /// <summary>As <see cref="IProjectionRecorder.CountFailedEventsAsync"/>.</summary>
    public IReadOnlyList<FailedEventCount> CountFailedEvents() =>
    [
        .. AllFailedEvents.Where(row => (string)row[FailedEvents.StateColumn]! != FailedEvents.Replaying).GroupBy(row => (Projection: (string)row[FailedEvents.ProjectionColumn]!, AreSkipped: (string)row[FailedEvents.StateColumn]! == FailedEvents.Skipped))
            .Select(group => new FailedEventCount(group.Key.Projection, group.Key.AreSkipped, group.Count())),
    ];

    /// <summary>As <see cref="IProjectionRecorder.RequestReplayAsync"/>.</summary>
    public void RequestReplay(string projection, string request) =>
        Write(FailedEvents.Table, [[RequestOf(projection), projection, 0L, null, FailedEvents.Replaying, request]], []);

    /// <summary>As <see cref="IProjectionRecorder.FinishReplayAsync"/>.</summary>
    public void FinishReplay(string projection, string request)
    {
        if (AllFailedEvents.Any(row => (string)row[0]! == RequestOf(projection) && (string?)row[^1] == request))
        {
            _tables[FailedEventColumns.Name].Remove(RequestOf(projection));
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        _states.Clear();
        _tables.Clear();
    }

    private static long Deadline(TimeSpan duration) => Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);

    private IEnumerable<object?[]> AllFailedEvents => _tables.TryGetValue(FailedEventColumns.Name, out var table) ? table.Values : [];

    private static string RequestOf(string projection) => projection + " replay";

    private void RemoveFailedEvents(string projection)
    {
        foreach (var row in AllFailedEvents.Where(row => (string)row[FailedEvents.ProjectionColumn]! == projection).ToList())
        {
            _tables[FailedEventColumns.Name].Remove(row[0]!);
        }
    }

    /// <summary>Checks changes, and returns an action that writes them and doesn't fail.</summary>
    private Action Prepare(ViewChanges changes)
    {
        var width = changes.Table.Columns.Count;
        var rows = new object?[changes.RowCount][];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = new ViewRowValues(width);
            changes.WriteRow(i, row);
            rows[i] = row.Values;
        }

        var deleted = new object[changes.DeletedCount];
        for (var i = 0; i < deleted.Length; i++)
        {
            var key = new ViewRowValues(width);
            changes.WriteDeletedKey(i, key);
            deleted[i] = key.Values[0]!;
        }

        return () => Write(changes.Table, rows, deleted);
    }

    private void Write(ViewTable view, object?[][] rows, object[] deleted)
    {
        if (!_tables.TryGetValue(view.Projection, out var table))
        {
            _tables.Add(view.Projection, table = new(KeyOrder.Instance));
        }

        foreach (var key in deleted)
        {
            table.Remove(key);
        }

        foreach (var row in rows)
        {
            table[row[0]!] = row;
        }
    }

    private bool IsOwner(ProjectionLease lease, out State? state) => _states.TryGetValue(lease.Projection, out state) && state.Fence == lease.Fence && state.Owner is not null;

    private sealed record State(string Projection, int Version, long Position, long Fence, string? Owner, long Deadline, string? Error)
    {
        public ProjectionRow ToRow() => new()
        {
            Projection = Projection,
            Version = Version,
            Position = Position,
            Fence = Fence,
            Owner = Owner,
            IsExpired = Owner is not null && Stopwatch.GetTimestamp() > Deadline,
            Error = Error,
        };
    }

    /// <summary>Orders keys of one type. Texts are ordered by their UTF-16 code units, so that they need no culture.</summary>
    private sealed class KeyOrder : IComparer<object>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(object? x, object? y) => x is string text ? string.CompareOrdinal(text, (string?)y) : ((IComparable)x!).CompareTo(y);
    }
}
