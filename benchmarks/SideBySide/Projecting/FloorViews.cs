using System.Runtime.InteropServices;

namespace Benchmarks.Projecting;

/// <summary>A row of the view, without a library.</summary>
internal sealed record FloorView(Guid AccountId, string Name, int Count);

/// <summary>An event of the log with what the fold needs.</summary>
internal readonly record struct FloorChange(long Position, Guid AccountId, bool IsOpened, FloorEvent Event);

/// <summary>The rows that the events of a page change. For one page after the other.</summary>
internal sealed class FloorViews
{
    private readonly Dictionary<Guid, FloorView?> _rows = [];

    /// <summary>The keys of the page.</summary>
    public Dictionary<Guid, FloorView?>.KeyCollection Keys => _rows.Keys;

    /// <summary>The rows, each of which is changed.</summary>
    public Dictionary<Guid, FloorView?>.ValueCollection Changed => _rows.Values;

    public int Count => _rows.Count;

    /// <summary>Begins a page.</summary>
    public void Begin(List<FloorChange> page)
    {
        _rows.Clear();
        Continue(page);
    }

    /// <summary>Begins a page, and keeps the rows of those before.</summary>
    public void Continue(List<FloorChange> page)
    {
        foreach (var change in page)
        {
            _rows.TryAdd(change.AccountId, null);
        }
    }

    /// <summary>Takes a stored row.</summary>
    public void Add(FloorView row) => _rows[row.AccountId] = row;

    public void Fold(List<FloorChange> page)
    {
        foreach (var change in page)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrNullRef(_rows, change.AccountId);
            row = (change.IsOpened, row) switch
            {
                (true, null) => new(change.AccountId, change.Event.Name, 0),
                (false, not null) => row with { Name = change.Event.Name, Count = row.Count + 1 },
                _ => throw new InvalidOperationException("The row isn't as expected."),
            };
        }
    }
}
