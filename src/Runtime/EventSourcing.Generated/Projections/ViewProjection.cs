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
public sealed partial class ViewProjection<TRow, TRowKey, TKey> : ProjectionDefinition<TKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
    where TKey : notnull
{
    /// <summary>Creates the projection.</summary>
    public ViewProjection()
        : this(TRow.Table)
    {
    }

    private ViewProjection(ViewTable table)
        : base(table, TRow.Topics, TRow.OnError)
    {
    }

    // A row with other columns may be changed in place, so that it equals itself.
    private static readonly bool HasOnlyValues = TRow.Table.Columns.All(static column => column.Type is not (ViewColumnType.Json or ViewColumnType.Bytes));

    internal override bool IsKeyedByAggregate(string topic) => TRow.TopicsOfAggregate.Contains(topic);

    internal override async ValueTask<FoldResult> FoldAsync(ReadViewRows read, FoldRequest<TKey> request, CancellationToken cancellationToken)
    {
        var batch = new ViewBatch<TRow, TRowKey>();
        var failure = FindRows(request, batch);
        if (batch.Uses.Count == 0)
        {
            return new(null, failure);
        }

        await ReadAsync(read, batch.Rows, batch.Add, cancellationToken).ConfigureAwait(false);
        var failed = new FailedUses<TKey>(Table.Projection, request);
        for (var i = 0; i < batch.Uses.Count;)
        {
            var (index, first) = (batch.Uses[i].Event, i);
            for (; i < batch.Uses.Count && batch.Uses[i].Event == index; i++)
            {
                if (TryFold(request, batch, i, failed) is not { } error)
                {
                    continue;
                }

                var recorded = request.Events[index];
                if (request.OnError == ProjectionErrorPolicy.Stop || failed.IsFull)
                {
                    // All rows of an event, or none: a part of its effect must not be stored. Again without it, because its code may have changed
                    // a row in place.
                    var before = index == 0 ? default : await FoldAsync(read, request with { Events = [.. request.Events.Take(index)] }, cancellationToken).ConfigureAwait(false);
                    return before.Failure is null ? before with { Failure = Failure(request, recorded, failed.IsFull ? FailedUses<TKey>.Full(error) : error) } : before;
                }

                failed.Add(recorded, TextOf(batch.Uses[i], request, batch), i, error);
                if (batch.Uses[i].Row is { } row)
                {
                    if (!HasOnlyValues)
                    {
                        row.Now = await FoldAgainAsync(read, request, batch, first, row, failed, cancellationToken).ConfigureAwait(false);
                    }

                    row.Next = row.Now;
                }
            }

            for (var done = first; done < i; done++)
            {
                if (batch.Uses[done].Row is { } row)
                {
                    row.Now = row.Next;
                }
            }
        }

        // A row that can't be written, and doesn't show it.
        return request.Rejection is { } rejection && failed.Events.Count == 0
            ? new(null, Failure(request, request.Events[0], rejection))
            : new(Changes(batch.Rows), failure, failed.Events);
    }

    /// <summary>Folds an event into a row, unless the key of the row waits.</summary>
    /// <returns>Why it failed; null if it didn't.</returns>
    private static FoldError? TryFold(FoldRequest<TKey> request, ViewBatch<TRow, TRowKey> batch, int number, FailedUses<TKey> failed)
    {
        var use = batch.Uses[number];
        var recorded = request.Events[use.Event];
        if (!failed.IsEmpty && TextOf(use, request, batch) is { } key && failed.IsParked(key))
        {
            failed.AddWaiting(recorded, key);
            if (use.Row is not null)
            {
                use.Row.Next = use.Row.Now;
            }

            return null;
        }

        if (use.Row is null)
        {
            return use.Error;
        }

        try
        {
            var next = Fold(use.Row.Now, use.Row.Key, batch.Comparer, recorded);
            if ((request.Rejection is not null || request.IsOfSaves) && next is not null)
            {
                // Otherwise only those of the rows that can't be written.
                Write(next, RowCheck.Instance);
            }

            use.Row.Next = next;
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return Describe(recorded, exception);
        }
    }

    private static void Write(TRow row, ViewRowWriter writer)
    {
        try
        {
            TRow.WriteRow(row, writer);
        }
        catch (Exception exception) when (exception is not (StateFormatException or EventSourcingException or OutOfMemoryException))
        {
            // Code of the program: a property, or a converter.
            throw new StateFormatException($"{exception.GetType().Name} while a value was read");
        }
    }

    private static TRow? Fold(TRow? row, TRowKey key, IEqualityComparer<TRowKey> comparer, RecordedEvent<TKey> recorded)
    {
        var next = TRow.Fold(row, key, recorded.Event, recorded.Header);
        return next is null || comparer.Equals(TRow.GetKey(next), key)
            ? next
            : throw new ViewFaultException($"When({recorded.Event.GetType().Name}) returned a row with another key than the one that the event belongs to");
    }

    /// <summary>Returns the key of a row as a text; null if it isn't known.</summary>
    private static string? TextOf(RowUse<TRow, TRowKey> use, FoldRequest<TKey> request, ViewBatch<TRow, TRowKey> batch) =>
        use.Row is { } row ? batch.Comparer.TextOf(row.Key) : request.OnlyKey;

    /// <summary>Returns a row before an event that has failed, because its code may have changed the row in place.</summary>
    private async ValueTask<TRow?> FoldAgainAsync(
        ReadViewRows read, FoldRequest<TKey> request, ViewBatch<TRow, TRowKey> batch, int end, BatchRow<TRow, TRowKey> row, FailedUses<TKey> failed,
        CancellationToken cancellationToken)
    {
        TRow? now = null;
        await ReadAsync(read, [row], stored => now = stored, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < end; i++)
        {
            if (batch.Uses[i].Row == row && !failed.Contains(i))
            {
                try
                {
                    now = Fold(now, row.Key, batch.Comparer, request.Events[batch.Uses[i].Event]);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    throw new ViewFaultException($"the code for {request.Events[batch.Uses[i].Event].Event.GetType().Name} threw {exception.GetType().Name} when it was called again with the same row");
                }
            }
        }

        return now;
    }

    /// <summary>Finds the rows that the events belong to, up to an event for which that fails and stops the projection.</summary>
    private ProjectionException? FindRows(FoldRequest<TKey> request, ViewBatch<TRow, TRowKey> batch)
    {
        List<TRowKey> keys = [];
        List<BatchRow<TRow, TRowKey>> rows = [];
        for (var i = 0; i < request.Events.Count; i++)
        {
            var recorded = request.Events[i];
            keys.Clear();
            rows.Clear();
            try
            {
                TRow.AddKeys(recorded.Event, recorded.Header, keys);
                foreach (var key in keys)
                {
                    rows.Add(key is null ? throw new ViewFaultException($"KeyOf({recorded.Event.GetType().Name}) returned null") : batch.Find(key));
                }

                if (request.OnlyKey is { } only && rows.RemoveAll(row => batch.Comparer.TextOf(row.Key) != only) >= 0 && rows.Count == 0)
                {
                    throw new ViewFaultException($"the key of {recorded.Event.GetType().Name} isn't the one that it was parked with: raise the Version of the projection, so that its rows are built again");
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                var error = Describe(recorded, exception);
                if (request.OnError != ProjectionErrorPolicy.Skip && request.OnlyKey is null)
                {
                    return Failure(request, recorded, error);
                }

                batch.Fail(error, i);
                continue;
            }

            foreach (var row in rows)
            {
                batch.Use(row, i);
            }
        }

        return null;
    }

    private static FoldError Describe(RecordedEvent<TKey> recorded, Exception exception) => exception switch
    {
        StateFormatException bad => new(WriteFailure.Unstorable(bad.Message), null),
        ViewFaultException fault => new(fault.Message, null),
        _ => new($"the code for {recorded.Event.GetType().Name} threw {exception.GetType().Name}", exception),
    };

    private ProjectionException Failure(FoldRequest<TKey> request, RecordedEvent<TKey> recorded, FoldError error)
    {
        var reason = error.Reason + FailedUses<TKey>.Of(recorded);
        return request.IsOfSaves
            ? ProjectionException.OfSave(Table.Title, reason, error.Exception)
            : new(Table.Title, reason, recorded.Position, error.Exception);
    }

    private async ValueTask ReadAsync(ReadViewRows read, IReadOnlyList<BatchRow<TRow, TRowKey>> rows, Action<TRow> add, CancellationToken cancellationToken)
    {
        if (rows.Count > 0)
        {
            await read(QueryOf(rows), reader => add(ViewRows<TRow, TRowKey>.Read(reader)), cancellationToken).ConfigureAwait(false);
        }
    }

    private ViewQuery QueryOf(IReadOnlyList<BatchRow<TRow, TRowKey>> rows) => new()
    {
        Table = Table, Kind = ViewQueryKind.Keys, KeyCount = rows.Count, MustBeCurrent = true, WriteValue = (index, writer) => TRow.WriteKey(rows[index].Key, writer),
    };

    private RowChanges? Changes(List<BatchRow<TRow, TRowKey>> rows)
    {
        List<TRow> changed = [];
        List<TRowKey> deleted = [];
        foreach (var row in rows)
        {
            if (row.Now is null)
            {
                if (row.Stored is not null)
                {
                    deleted.Add(row.Key);
                }
            }
            else if (!HasOnlyValues || !ReferenceEquals(row.Now, row.Stored))
            {
                changed.Add(row.Now);
            }
        }

        return changed.Count + deleted.Count == 0 ? null : new RowChanges(Table, changed, deleted);
    }

    private sealed class RowChanges(ViewTable table, List<TRow> rows, List<TRowKey> deleted) : ViewChanges
    {
        public override ViewTable Table => table;

        public override int RowCount => rows.Count;

        public override int DeletedCount => deleted.Count;

        public override void WriteRow(int index, ViewRowWriter writer) => Write(rows[index], writer);

        public override void WriteDeletedKey(int index, ViewRowWriter writer) => TRow.WriteKey(deleted[index], writer);
    }
}
