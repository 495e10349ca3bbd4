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
        : base(TRow.Table, TRow.Topics)
    {
    }

    // A row with other columns may be changed in place, so that it equals itself.
    private static readonly bool HasOnlyValues = TRow.Table.Columns.All(static column => column.Type is not (ViewColumnType.Json or ViewColumnType.Bytes));

    internal override async ValueTask<FoldResult> FoldAsync(IProjectionRecorder recorder, IReadOnlyList<RecordedEvent<TKey>> events, CancellationToken cancellationToken)
    {
        var comparer = new ViewKeyComparer<TRow, TRowKey>();
        var (uses, failure) = FindKeys(events, comparer);
        if (uses.Count == 0)
        {
            return new(null, failure);
        }

        var rows = await ReadAsync(recorder, uses, comparer, cancellationToken).ConfigureAwait(false);
        Dictionary<TRowKey, TRow?> folded = new(comparer);
        for (var i = 0; i < uses.Count;)
        {
            // All keys of an event, or none: a part of its effect must not be stored.
            var (index, first) = (uses[i].Event, i);
            folded.Clear();
            for (; i < uses.Count && uses[i].Event == index; i++)
            {
                if (folded.ContainsKey(uses[i].Key))
                {
                    continue;
                }

                try
                {
                    folded.Add(uses[i].Key, Fold(rows[uses[i].Key].Now, uses[i].Key, comparer, events[index]));
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    // Again without it, because its code may have changed a row in place.
                    var before = index == 0 ? default : await FoldAsync(recorder, [.. events.Take(index)], cancellationToken).ConfigureAwait(false);
                    return before.Failure is null ? before with { Failure = Failure(events[index], exception) } : before;
                }
            }

            foreach (var (key, row) in folded)
            {
                rows[key] = rows[key] with { Now = row };
            }
        }

        return new(Changes(rows), failure);
    }

    private static TRow? Fold(TRow? row, TRowKey key, IEqualityComparer<TRowKey> comparer, RecordedEvent<TKey> recorded)
    {
        var next = TRow.Fold(row, key, recorded.Event, recorded.Header);
        return next is null || comparer.Equals(TRow.GetKey(next), key)
            ? next
            : throw new ViewFaultException($"When({recorded.Event.GetType().Name}) returned a row with another key than the one that the event belongs to");
    }

    private (List<(int Event, TRowKey Key)> Uses, ProjectionException? Failure) FindKeys(IReadOnlyList<RecordedEvent<TKey>> events, ViewKeyComparer<TRow, TRowKey> comparer)
    {
        List<(int, TRowKey)> uses = [];
        List<TRowKey> keys = [];
        for (var i = 0; i < events.Count; i++)
        {
            keys.Clear();
            try
            {
                TRow.AddKeys(events[i].Event, events[i].Header, keys);
                if (keys.Exists(static key => key is null))
                {
                    throw new ViewFaultException($"KeyOf({events[i].Event.GetType().Name}) returned null");
                }

                keys.ForEach(comparer.ThrowIfUnstorable);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                return (uses, Failure(events[i], exception));
            }

            foreach (var key in keys)
            {
                uses.Add((i, key));
            }
        }

        return (uses, null);
    }

    private ProjectionException Failure(RecordedEvent<TKey> recorded, Exception exception)
    {
        var of = $" ({recorded.Topic}, aggregate {MessageText.Show(recorded.AggregateId)}, version {recorded.Header.Version})";
        return exception is StateFormatException bad ? new(Table.Projection, $"a value of a row can't be stored: {bad.Message}{of}", recorded.Position)
            : exception is ViewFaultException fault ? new(Table.Projection, $"{fault.Message}{of}", recorded.Position)
            : new(Table.Projection, $"the code for {recorded.Event.GetType().Name} threw {exception.GetType().Name}{of}", recorded.Position, exception);
    }

    private async ValueTask<Dictionary<TRowKey, State>> ReadAsync(
        IProjectionRecorder recorder, List<(int Event, TRowKey Key)> uses, IEqualityComparer<TRowKey> comparer, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<TRowKey, State>(uses.Count, comparer);
        List<TRowKey> keys = [];
        foreach (var (_, key) in uses)
        {
            if (rows.TryAdd(key, default))
            {
                keys.Add(key);
            }
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
