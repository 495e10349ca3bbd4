namespace EventSourcing;

/// <summary>Turns autoflush off until it is disposed of.</summary>
internal sealed class AutoFlushPause : IDisposable
{
    private readonly Action<bool> _set;
    private readonly bool _before;

    public AutoFlushPause(Func<bool> get, Action<bool> set)
    {
        (_set, _before) = (set, get());
        set(false);
    }

    public void Dispose() => _set(_before);
}
