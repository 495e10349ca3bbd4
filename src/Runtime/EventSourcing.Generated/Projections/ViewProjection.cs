using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>
/// The projection of a view: it reads the rows that a batch of events needs, folds the events in memory, and returns each changed row once.
/// </summary>
/// <typeparam name="TRow">The record.</typeparam>
/// <typeparam name="TRowKey">The type of its key.</typeparam>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ViewProjection<TRow, TRowKey, TKey> : ProjectionDefinition<TKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
    where TKey : notnull
{
    /// <summary>Creates the projection.</summary>
    public ViewProjection()
        : base(TRow.Table, TRow.Topics, TRow.OnError)
    {
    }

    // A row with other columns may be changed in place, so that it equals itself.
    private static readonly bool HasOnlyValues = TRow.Table.Columns.All(static column => column.Type is not (ViewColumnType.Json or ViewColumnType.Bytes));

    internal override async ValueTask<FoldResult> FoldAsync(IProjectionRecorder recorder, FoldRequest<TKey> request, CancellationToken cancellationToken)
    {
        var comparer = new ViewKeyComparer<TRow, TRowKey>();
        var (uses, failure) = FindKeys(request, comparer);
        if (uses.Count == 0)
        {
            return new(null, failure);
        }

        var events = request.Events;
        var rows = await ReadAsync(recorder, uses.Where(static use => use.Error is null).Select(static use => use.Key), comparer, cancellationToken).ConfigureAwait(false);
        var failed = new FailedUses<TKey>(Table.Projection, request);
        Dictionary<TRowKey, TRow?> folded = new(comparer);
        for (var i = 0; i < uses.Count;)
        {
            var (index, first) = (uses[i].Event, i);
            folded.Clear();
            for (; i < uses.Count && uses[i].Event == index; i++)
            {
                var (key, error) = (uses[i].Key, uses[i].Error);
                var text = failed.IsEmpty ? null : TextOf(uses[i], request, comparer);
                if (text is not null && failed.IsParked(text))
                {
                    failed.AddWaiting(events[index], text);
                    continue;
                }

                if (error is null && request.Rejection is null)
                {
                    try
                    {
                        folded.Add(key, Fold(rows[key].Now, key, comparer, events[index]));
                        continue;
                    }
                    catch (Exception exception) when (exception is not OutOfMemoryException)
                    {
                        error = Describe(events[index], exception);
                    }
                }

                error ??= new(request.Rejection!, null);
                if (request.OnError == ProjectionErrorPolicy.Stop || failed.IsFull)
                {
                    // All keys of an event, or none: a part of its effect must not be stored. Again without it, because its code may have changed a
                    // row in place.
                    var before = index == 0 ? default : await FoldAsync(recorder, request with { Events = [.. events.Take(index)] }, cancellationToken).ConfigureAwait(false);
                    return before.Failure is null ? before with { Failure = Failure(events[index], failed.IsFull ? FailedUses<TKey>.Full(error) : error) } : before;
                }

                failed.Add(events[index], text ?? TextOf(uses[i], request, comparer), i, error);
                if (!HasOnlyValues && uses[i].Error is null && request.Rejection is null)
                {
                    var now = await FoldAgainAsync(recorder, uses, first, key, failed, events, comparer, cancellationToken).ConfigureAwait(false);
                    rows[key] = rows[key] with { Now = now };
                }
            }

            foreach (var (key, row) in folded)
            {
                rows[key] = rows[key] with { Now = row };
            }
        }

        return new(Changes(rows), failure, failed.Events);
    }

    private static TRow? Fold(TRow? row, TRowKey key, IEqualityComparer<TRowKey> comparer, RecordedEvent<TKey> recorded)
    {
        var next = TRow.Fold(row, key, recorded.Event, recorded.Header);
        return next is null || comparer.Equals(TRow.GetKey(next), key)
            ? next
            : throw new ViewFaultException($"When({recorded.Event.GetType().Name}) returned a row with another key than the one that the event belongs to");
    }

    /// <summary>Returns the key of a use as a text; null if it isn't known.</summary>
    private static string? TextOf(Use use, FoldRequest<TKey> request, ViewKeyComparer<TRow, TRowKey> comparer) =>
        use.Error is null ? comparer.TextOf(use.Key) : request.OnlyKey;

    /// <summary>Returns a row before an event that has failed, because its code may have changed the row in place.</summary>
    private async ValueTask<TRow?> FoldAgainAsync(
        IProjectionRecorder recorder, List<Use> uses, int end, TRowKey key, FailedUses<TKey> failed, IReadOnlyList<RecordedEvent<TKey>> events,
        ViewKeyComparer<TRow, TRowKey> comparer, CancellationToken cancellationToken)
    {
        var row = (await ReadAsync(recorder, [key], comparer, cancellationToken).ConfigureAwait(false))[key].Now;
        for (var i = 0; i < end; i++)
        {
            if (uses[i].Error is null && comparer.Equals(uses[i].Key, key) && !failed.Contains(i))
            {
                row = Fold(row, key, comparer, events[uses[i].Event]);
            }
        }

        return row;
    }

    private (List<Use> Uses, ProjectionException? Failure) FindKeys(FoldRequest<TKey> request, ViewKeyComparer<TRow, TRowKey> comparer)
    {
        List<Use> uses = [];
        List<TRowKey> keys = [];
        for (var i = 0; i < request.Events.Count; i++)
        {
            var recorded = request.Events[i];
            keys.Clear();
            try
            {
                TRow.AddKeys(recorded.Event, recorded.Header, keys);
                if (keys.Exists(static key => key is null))
                {
                    throw new ViewFaultException($"KeyOf({recorded.Event.GetType().Name}) returned null");
                }

                keys.ForEach(comparer.ThrowIfUnstorable);
                if (request.OnlyKey is { } only && keys.RemoveAll(key => comparer.TextOf(key) != only) >= 0 && keys.Count == 0)
                {
                    throw new ViewFaultException($"the key of {recorded.Event.GetType().Name} isn't the one that it was parked with: raise the Version of the projection, so that its rows are built again");
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                var reason = Describe(recorded, exception);
                if (request.OnError != ProjectionErrorPolicy.Skip && request.OnlyKey is null)
                {
                    return (uses, Failure(recorded, reason));
                }

                uses.Add(new(i, default!, reason));
                continue;
            }

            // The same key may be there twice.
            foreach (var key in keys.Count > 1 ? keys.Distinct(comparer) : keys)
            {
                uses.Add(new(i, key, null));
            }
        }

        return (uses, null);
    }

    private static FoldError Describe(RecordedEvent<TKey> recorded, Exception exception) => exception switch
    {
        StateFormatException bad => new($"a value of a row can't be stored: {bad.Message}", null),
        ViewFaultException fault => new(fault.Message, null),
        _ => new($"the code for {recorded.Event.GetType().Name} threw {exception.GetType().Name}", exception),
    };

    private ProjectionException Failure(RecordedEvent<TKey> recorded, FoldError error) =>
        new(Table.Projection, error.Reason + FailedUses<TKey>.Of(recorded), recorded.Position, error.Exception);

    private async ValueTask<Dictionary<TRowKey, State>> ReadAsync(
        IProjectionRecorder recorder, IEnumerable<TRowKey> used, IEqualityComparer<TRowKey> comparer, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<TRowKey, State>(comparer);
        List<TRowKey> keys = [];
        foreach (var key in used)
        {
            if (rows.TryAdd(key, default))
            {
                keys.Add(key);
            }
        }

        if (keys.Count == 0)
        {
            return rows;
        }

        var query = new ViewQuery { Table = Table, Kind = ViewQueryKind.Keys, KeyCount = keys.Count, MustBeCurrent = true, WriteValue = (index, writer) => TRow.WriteKey(keys[index], writer) };
        await recorder.ReadRowsAsync(
            query, reader =>
            {
                var row = ViewRows<TRow, TRowKey>.Read(reader);
                rows[TRow.GetKey(row)] = new(row, row);
            },
            cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private RowChanges? Changes(Dictionary<TRowKey, State> rows)
    {
        List<TRow> changed = [];
        List<TRowKey> deleted = [];
        foreach (var (key, (stored, now)) in rows)
        {
            if (now is null)
            {
                if (stored is not null)
                {
                    deleted.Add(key);
                }
            }
            else if (!HasOnlyValues || !ReferenceEquals(now, stored))
            {
                changed.Add(now);
            }
        }

        return changed.Count + deleted.Count == 0 ? null : new RowChanges(Table, changed, deleted);
    }

    /// <summary>A row that an event is folded into.</summary>
    /// <param name="Event">The number of the event.</param>
    /// <param name="Key">The key of the row, if there is no error.</param>
    /// <param name="Error">Why the key isn't known; null if it is.</param>
    private readonly record struct Use(int Event, TRowKey Key, FoldError? Error);

    /// <param name="Stored">The stored row; null for none.</param>
    /// <param name="Now">The row after the events so far; null for none.</param>
    private readonly record struct State(TRow? Stored, TRow? Now);

    private sealed class RowChanges(ViewTable table, List<TRow> rows, List<TRowKey> deleted) : ViewChanges
    {
        public override ViewTable Table => table;

        public override int RowCount => rows.Count;

        public override int DeletedCount => deleted.Count;

        public override void WriteRow(int index, ViewRowWriter writer)
        {
            try
            {
                TRow.WriteRow(rows[index], writer);
            }
            catch (Exception exception) when (exception is not (StateFormatException or EventSourcingException or OutOfMemoryException))
            {
                // Code of the program: a property, or a converter.
                throw new StateFormatException($"{exception.GetType().Name} while a value was read");
            }
        }

        public override void WriteDeletedKey(int index, ViewRowWriter writer) => TRow.WriteKey(deleted[index], writer);
    }
}
