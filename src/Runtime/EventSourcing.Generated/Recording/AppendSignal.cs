using System.ComponentModel;

namespace EventSourcing;

/// <summary>Tells the subscriptions of a recorder that events may have been appended. For those who write recorders. Thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AppendSignal
{
    private readonly Lock _sync = new();
    private readonly Action<bool>? _onWatched;

    // Replaced as a whole, so that a signal, which comes with every commit, takes no lock.
    private volatile AppendWatch[] _watches = [];

    /// <summary>Makes a signal without watchers.</summary>
    /// <param name="onWatched">
    /// Called with true when the first watch begins, and with false when the last one ends: to look beyond the process only as
    /// long as a watcher wants to know. Never called twice at once; it must not block, nor use this object.
    /// </param>
    public AppendSignal(Action<bool>? onWatched = null) => _onWatched = onWatched;

    /// <summary>Wakes all watches.</summary>
    public void Set()
    {
        foreach (var watch in _watches)
            watch.Set();
    }

    /// <summary>Begins to watch.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    public AppendWatch Watch()
    {
        var watch = new AppendWatch(this);
        lock (_sync)
        {
            _watches = [.. _watches, watch];
            if (_watches.Length == 1)
                _onWatched?.Invoke(true);
        }

        return watch;
    }

    internal void Remove(AppendWatch watch)
    {
        lock (_sync)
        {
            var before = _watches.Length;
            _watches = [.. _watches.Where(w => w != watch)];
            if (before == 1 && _watches.Length == 0)
                _onWatched?.Invoke(false);
        }
    }
}
