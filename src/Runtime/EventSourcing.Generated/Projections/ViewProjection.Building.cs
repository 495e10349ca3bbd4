using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>The rows while they are built beside those in use.</summary>
public sealed partial class ViewProjection<TRow, TRowKey, TKey>
{
    internal override ProjectionDefinition<TKey> CreateNext() => new ViewProjection<TRow, TRowKey, TKey>(Table.Next);

    internal override ViewBuild<TKey> BeginBuild(IProjectionRecorder recorder, bool isEmpty) => new Build(this, recorder, isEmpty);

    private sealed class Build : ViewBuild<TKey>
    {
        private readonly ViewProjection<TRow, TRowKey, TKey> _view;
        private readonly IProjectionRecorder _recorder;
        private readonly ViewKeyComparer<TRow, TRowKey> _comparer = new();
        private readonly Dictionary<TRowKey, BuiltRow> _rows;
        private readonly List<BuiltRow> _changed = [];
        private readonly List<(int Event, BuiltRow Row)> _uses = [];
        private readonly List<(BuiltRow Row, TRow? Before)> _before = [];
        private readonly List<BatchRow<TRow, TRowKey>> _missing = [];
        private readonly List<TRowKey> _keys = [];
        private readonly RowSize _size = new();

        // Whether the table has no rows besides those here.
        private bool _isComplete;

        public Build(ViewProjection<TRow, TRowKey, TKey> view, IProjectionRecorder recorder, bool isEmpty)
        {
            (_view, _recorder, _isComplete) = (view, recorder, isEmpty);
            _rows = new(_comparer);
        }

        public override bool IsFull => _rows.Count >= MostRows || _rows.Count * _size.Average >= MostBytes;

        // Rows of other types may have been changed in place.
        public override bool IsIntact => HasOnlyValues;

        public override async ValueTask<bool> TryAddAsync(IReadOnlyList<RecordedEvent<TKey>> events, CancellationToken cancellationToken)
        {
            _uses.Clear();
            _before.Clear();
            _missing.Clear();
            try
            {
                for (var i = 0; i < events.Count; i++)
                {
                    FindRows(events[i], i);
                }

                if (_missing.Count > 0)
                {
                    await _view.ReadAsync(_recorder.ReadRowsAsync, _missing, row => _rows[TRow.GetKey(row)].Now = row, cancellationToken).ConfigureAwait(false);
                }

                foreach (var (number, row) in _uses)
                {
                    var next = Fold(row.Now, row.Key, _comparer, events[number]);
                    if (!row.IsOfBatch)
                    {
                        row.IsOfBatch = true;
                        _before.Add((row, row.Now));
                    }

                    row.Now = next;
                }
            }
            catch (Exception exception) when (exception is not (OutOfMemoryException or ObjectDisposedException))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Undo();
                return false;
            }

            foreach (var (row, _) in _before)
            {
                (row.IsOfBatch, row.LastEvent) = (false, -1);
                if (!row.IsChanged)
                {
                    row.IsChanged = true;
                    _changed.Add(row);
                }
            }

            if (_before.Count > 0 && _before[^1].Row.Now is { } sample)
            {
                _size.Add(sample);
            }

            return true;
        }

        public override ViewChanges? GetChanges() => _changed.Count == 0 ? null : new RowChanges(
            _view.Table, [.. _changed.Select(static row => row.Now).OfType<TRow>()], [.. _changed.Where(static row => row.Now is null).Select(static row => row.Key)]);

        public override void Written()
        {
            if (IsFull)
            {
                Clear();
                return;
            }

            _changed.ForEach(static row => row.IsChanged = false);
            _changed.Clear();
        }

        public override void Clear()
        {
            _rows.Clear();
            _changed.Clear();
            _isComplete = false;
        }

        private void FindRows(RecordedEvent<TKey> recorded, int number)
        {
            _keys.Clear();
            TRow.AddKeys(recorded.Event, recorded.Header, _keys);
            foreach (var key in _keys)
            {
                if (!_rows.TryGetValue(key, out var row))
                {
                    _comparer.ThrowIfUnstorable(key);
                    _rows.Add(key, row = new() { Key = key });
                    if (!_isComplete)
                    {
                        _missing.Add(new(key));
                    }
                }

                if (row.LastEvent != number)
                {
                    row.LastEvent = number;
                    _uses.Add((number, row));
                }
            }
        }

        private void Undo()
        {
            foreach (var (row, before) in _before)
            {
                row.Now = before;
            }

            foreach (var (_, row) in _uses)
            {
                (row.IsOfBatch, row.LastEvent) = (false, -1);
            }

            // It isn't known which of them were read.
            _missing.ForEach(missing => _rows.Remove(missing.Key));
        }
    }

    private sealed class BuiltRow
    {
        public required TRowKey Key { get; init; }

        /// <summary>The row after the events so far; null for none.</summary>
        public TRow? Now { get; set; }

        /// <summary>Whether it has changed since it was written.</summary>
        public bool IsChanged { get; set; }

        /// <summary>Whether an event of the current batch has changed it.</summary>
        public bool IsOfBatch { get; set; }

        /// <summary>The number of the last event of the current batch that belongs to it; -1 for none.</summary>
        public int LastEvent { get; set; } = -1;
    }

    /// <summary>Estimates the memory of rows by a few of them.</summary>
    private sealed class RowSize : ViewRowWriter
    {
        private long _total;
        private int _count;

        public double Average => _count == 0 ? 0 : (double)_total / _count;

        public void Add(TRow row)
        {
            _count++;
            try
            {
                TRow.WriteRow(row, this);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The write reports it.
            }
        }

        public override void WriteNull(int column)
        {
        }

        public override void Write(int column, bool value) => _total += sizeof(bool);

        public override void Write(int column, long value) => _total += sizeof(long);

        public override void Write(int column, decimal value) => _total += sizeof(decimal);

        public override void Write(int column, Guid value) => _total += 16;

        public override void Write(int column, DateTimeOffset value) => _total += 16;

        public override void Write(int column, DateTime value) => _total += 8;

        public override void Write(int column, DateOnly value) => _total += 4;

        public override void Write(int column, TimeOnly value) => _total += 8;

        public override void Write(int column, TimeSpan value) => _total += 8;

        protected override void WriteNumber(int column, double value) => _total += sizeof(double);

        protected override void WriteText(int column, string value) => _total += 2 * value.Length;

        protected override void WriteBytes(int column, byte[] value) => _total += value.Length;
    }
}
