using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The rows of a view that is built again, in memory: the events of many batches are folded into them before they are written once. For one thread.
/// </summary>
/// <param name="recorder">Reads rows that aren't here.</param>
/// <param name="table">The table in which they are built.</param>
/// <param name="isEmpty">Whether the table has no rows yet.</param>
internal sealed class BuildRows(IProjectionRecorder recorder, ViewTable table, bool isEmpty)
{
    private const int MostRows = 200_000;
    private const long MostBytes = 128 * 1024 * 1024;

    // A null is a row that isn't there.
    private readonly Dictionary<object, object?[]?> _rows = [];
    private readonly HashSet<object> _changed = [];
    private readonly ViewRowValuesReader _reader = new();
    private readonly ViewRowValues _key = new(table.Columns.Count);

    // Whether the table has no rows besides those here.
    private bool _isComplete = isEmpty;
    private long _bytes;

    /// <summary>Whether they should be written, because they need too much memory otherwise.</summary>
    public bool IsFull => _rows.Count >= MostRows || _bytes >= MostBytes;

    /// <summary>As <see cref="IProjectionRecorder.ReadRowsAsync"/>, for a query of keys.</summary>
    public async ValueTask ReadAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        List<int>? missing = null;
        for (var i = 0; i < query.KeyCount; i++)
        {
            query.WriteValue!(i, _key);
            var key = _key.Values[0]!;
            if (_rows.TryGetValue(key, out var row))
            {
                Pass(row, sink);
            }
            else if (!_isComplete)
            {
                (missing ??= []).Add(i);
                _rows.Add(key, null);
            }
        }

        if (missing is null)
        {
            return;
        }

        ViewQuery rest = new()
        {
            Table = table, Kind = ViewQueryKind.Keys, KeyCount = missing.Count, MustBeCurrent = true, WriteValue = (index, writer) => query.WriteValue!(missing[index], writer),
        };
        try
        {
            await recorder.ReadRowsAsync(rest, Take, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // It isn't known which of them are there.
            Clear();
            throw;
        }

        void Take(ViewRowReader stored)
        {
            var row = ViewRowValues.Copy(table.Columns, stored);
            Set(row[0]!, row);
            Pass(row, sink);
        }
    }

    /// <summary>Applies changes.</summary>
    /// <exception cref="StateFormatException">A value can't be stored. Nothing was changed.</exception>
    public void Apply(ViewChanges? changes)
    {
        if (changes is null)
        {
            return;
        }

        var rows = new object?[changes.RowCount][];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = new ViewRowValues(table.Columns.Count);
            changes.WriteRow(i, row);
            rows[i] = row.Values;
        }

        for (var i = 0; i < changes.DeletedCount; i++)
        {
            changes.WriteDeletedKey(i, _key);
            Set(_key.Values[0]!, null);
            _changed.Add(_key.Values[0]!);
        }

        foreach (var row in rows)
        {
            Set(row[0]!, row);
            _changed.Add(row[0]!);
        }
    }

    /// <summary>Returns the rows that have changed since they were written; null for none.</summary>
    public ViewChanges? GetChanges() => _changed.Count == 0 ? null : new Changes(
        table, [.. _changed.Select(key => _rows[key]).OfType<object?[]>()], [.. _changed.Where(key => _rows[key] is null)]);

    /// <summary>Notes that the changes were written.</summary>
    public void Written()
    {
        _changed.Clear();
        if (IsFull)
        {
            Clear();
        }
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _rows.Clear();
        _changed.Clear();
        (_isComplete, _bytes) = (false, 0);
    }

    private void Pass(object?[]? row, ViewRowSink sink)
    {
        if (row is not null)
        {
            _reader.Values = row;
            sink(_reader);
        }
    }

    private void Set(object key, object?[]? row)
    {
        _bytes += SizeOf(row) - SizeOf(_rows.GetValueOrDefault(key));
        _rows[key] = row;
    }

    // About what the values need that have no fixed size.
    private static long SizeOf(object?[]? row)
    {
        var size = 0L;
        foreach (var value in row ?? [])
        {
            size += value is string text ? 2 * text.Length : value is byte[] bytes ? bytes.Length : 0;
        }

        return size;
    }

    private sealed class Changes(ViewTable table, List<object?[]> rows, List<object> deleted) : ViewChanges
    {
        public override ViewTable Table => table;

        public override int RowCount => rows.Count;

        public override int DeletedCount => deleted.Count;

        public override void WriteRow(int index, ViewRowWriter writer)
        {
            var row = rows[index];
            for (var i = 0; i < row.Length; i++)
            {
                ViewRowValues.Write(writer, i, row[i]);
            }
        }

        public override void WriteDeletedKey(int index, ViewRowWriter writer) => ViewRowValues.Write(writer, 0, deleted[index]);
    }
}
