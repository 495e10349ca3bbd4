namespace EventSourcing;

/// <summary>How much a page may hold: a reader that is given pages of 500 events shouldn't need 500 MB for large ones.</summary>
internal struct PageBudget
{
    private const int Bytes = 4 << 20;

    private long _spent;
    private bool _hasFirst;

    public readonly bool IsSpent => _spent >= Bytes;

    // The first row is free: it may be the one that a subscription only compares, and each reading has to give something new.
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
