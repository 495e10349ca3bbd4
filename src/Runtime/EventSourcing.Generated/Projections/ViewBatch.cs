using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>A row that events of a batch belong to.</summary>
internal sealed class BatchRow<TRow, TRowKey>(TRowKey key)
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
{
    public TRowKey Key => key;

    /// <summary>The stored row; null for none.</summary>
    public TRow? Stored { get; set; }

    /// <summary>The row after the events so far; null for none.</summary>
    public TRow? Now { get; set; }

    /// <summary>The row after the event that is being folded.</summary>
    public TRow? Next { get; set; }

    /// <summary>The index of the last event that belongs to it; -1 for none.</summary>
    public int LastEvent { get; set; } = -1;
}

/// <summary>The rows of a batch of events.</summary>
internal sealed class ViewBatch<TRow, TRowKey>
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull
{
    private readonly Dictionary<TRowKey, BatchRow<TRow, TRowKey>> _byKey;

    public ViewBatch() => _byKey = new(Comparer);

    public ViewKeyComparer<TRow, TRowKey> Comparer { get; } = new();

    public List<BatchRow<TRow, TRowKey>> Rows { get; } = [];

    /// <summary>Each event with each of its rows, once.</summary>
    public List<RowUse<TRow, TRowKey>> Uses { get; } = [];

    /// <exception cref="StateFormatException">Not every engine can store the key.</exception>
    public BatchRow<TRow, TRowKey> Find(TRowKey key)
    {
        if (!_byKey.TryGetValue(key, out var row))
        {
            Comparer.ThrowIfUnstorable(key);
            _byKey.Add(key, row = new(key));
        }

        return row;
    }

    public void Use(BatchRow<TRow, TRowKey> row, int index)
    {
        if (row.LastEvent < 0)
        {
            Rows.Add(row);
        }

        if (row.LastEvent != index)
        {
            row.LastEvent = index;
            Uses.Add(new(index, row, null));
        }
    }

    /// <summary>Adds an event whose rows aren't known.</summary>
    public void Fail(FoldError error, int index) => Uses.Add(new(index, null, error));

    /// <summary>Takes a row as it is stored.</summary>
    public void Add(TRow stored)
    {
        if (_byKey.TryGetValue(TRow.GetKey(stored), out var row))
        {
            (row.Stored, row.Now) = (stored, stored);
        }
    }
}

/// <summary>A row that an event is folded into.</summary>
/// <param name="Event">The index of the event.</param>
/// <param name="Row">The row; null if it isn't known.</param>
/// <param name="Error">Why it isn't known; null if it is.</param>
internal readonly record struct RowUse<TRow, TRowKey>(int Event, BatchRow<TRow, TRowKey>? Row, FoldError? Error)
    where TRow : class, IView<TRow, TRowKey>
    where TRowKey : notnull;
