using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Limits the size of a page: a reader of pages of 500 events shouldn't need 500 MB for large ones.</summary>
internal struct PageBudget
{
    private const int Bytes = 4 << 20;

    private long _spent;
    private bool _hasFirst;

    public readonly bool IsSpent => _spent >= Bytes;

    // The first row is free: a subscription may only compare it, and each read has to return something new.
    public void Spend<TKey>(in EventRow<TKey> row)
        where TKey : notnull
    {
        if (_hasFirst)
        {
            _spent += row.State.Length + row.Metadata.Length;
        }

        _hasFirst = true;
    }
}
