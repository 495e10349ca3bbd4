using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>Tells the subscriptions of a recorder that events may have been appended. For authors of recorders. Thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AppendSignal
{
    private readonly Lock _sync = new();
    private readonly Action<bool>? _onWatched;

    private readonly HashSet<AppendWatch> _all = [];

    // Created when it is needed, so that a signal, which comes with every commit, takes no lock. Null after a change.
    private volatile AppendWatch[]? _watches = [];

    /// <summary>Creates a signal without watchers.</summary>
    /// <param name="onWatched">
    /// Called with true when the first watch begins, and with false when the last one ends, so that other processes are watched only while a
    /// subscription needs it. Calls never overlap; they must not block, nor use this object.
    /// </param>
    public AppendSignal(Action<bool>? onWatched = null) => _onWatched = onWatched;

    /// <summary>All watches.</summary>
    internal AppendWatch[] Watches
    {
        get
        {
            if (_watches is { } watches)
            {
                return watches;
            }

            lock (_sync)
            {
                return _watches ??= [.. _all];
            }
        }
    }

    /// <summary>Wakes all watches.</summary>
    public void Set()
    {
        foreach (var watch in Watches)
        {
            watch.Set();
        }
    }

    /// <summary>Starts to watch.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    public AppendWatch Watch()
    {
        var watch = new AppendWatch(this);
        lock (_sync)
        {
            _all.Add(watch);
            _watches = null;
            if (_all.Count == 1)
            {
                _onWatched?.Invoke(true);
            }
        }

        return watch;
    }

    internal void Remove(AppendWatch watch)
    {
        lock (_sync)
        {
            if (!_all.Remove(watch))
            {
                return;
            }

            _watches = null;
            if (_all.Count == 0)
            {
                _onWatched?.Invoke(false);
            }
        }
    }
}
