using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>
/// Tells the recorders of a database that events were appended, and callers that wait that positions were tracked. The writer tells of this
/// process. For other processes a thread polls the file, on its own connection, as long as a subscription watches or a caller waits. Thread safe.
/// </summary>
internal sealed class AppendHints
{
    // In milliseconds. A poll costs some microseconds, but waking the thread for it ten times as much. It finds an append half of this time later
    // on average. When it has found none for a while, it polls half as often.
    private const int Interval = 10;
    private const int QuietInterval = 20;
    private const int QuietAfter = 250;
    private const int LongestInterval = 1000;
    private const int Growth = 2;

    // In milliseconds. Waits are short and often follow each other, so the thread is kept for the next one. It doesn't poll meanwhile.
    private const int LongestUnused = 5000;

    private readonly StoreFile? _file;
    private readonly Func<SqliteConnection>? _creator;
    private readonly object _sync = new();

    // Replaced as a whole: the writer reads it after every commit, and most of the time nothing watches.
    private volatile AppendSignal[] _signals = [];
    private TaskCompletionSource? _looking;
    private bool _isAwaited;
    private bool _isEnding;
    private long _keptUntil;

    /// <param name="file">The file; null for a database in memory.</param>
    /// <param name="creator">Creates the connection; null for that of the library.</param>
    public AppendHints(StoreFile? file, Func<SqliteConnection>? creator)
    {
        (_file, _creator) = (file, creator);
        Tracked = new AppendSignal(OnAwaited);
    }

    /// <summary>Tells of tracked positions, and of steps of projections. An append of this process doesn't wake it.</summary>
    public AppendSignal Tracked { get; }

    private bool IsWatched => _signals.Length > 0 || _isAwaited;

    /// <summary>Wakes the subscriptions of all recorders.</summary>
    public void Set()
    {
        foreach (var signal in _signals)
        {
            signal.Set();
        }
    }

    /// <summary>Adds a recorder. The first one starts the thread.</summary>
    public void Add(AppendSignal signal)
    {
        lock (_sync)
        {
            _signals = [.. _signals, signal];
            Start();
        }
    }

    /// <summary>Removes a recorder. The last one ends the thread.</summary>
    public void Remove(AppendSignal signal)
    {
        lock (_sync)
        {
            _signals = [.. _signals.Where(s => s != signal)];
            if (!IsWatched)
            {
                Monitor.Pulse(_sync);
            }
        }
    }

    /// <summary>Waits until the thread has closed its connection, after all recorders were removed. Wakes callers that wait, which find the store closed.</summary>
    public Task EndAsync()
    {
        Tracked.Set();
        lock (_sync)
        {
            _isEnding = true;
            Monitor.Pulse(_sync);
            return _looking?.Task ?? Task.CompletedTask;
        }
    }

    private void OnAwaited(bool isWatched)
    {
        lock (_sync)
        {
            _isAwaited = isWatched;
            if (isWatched)
            {
                Start();
            }
            else
            {
                _keptUntil = Environment.TickCount64 + LongestUnused;
            }
        }
    }

    /// <summary>Starts the thread, or lets it go on. The caller holds the lock.</summary>
    private void Start()
    {
        if (_file is null)
        {
            return;
        }

        if (_looking is not null)
        {
            Monitor.Pulse(_sync);
            return;
        }

        _looking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Without the caller's execution context, which would otherwise live as long as the thread.
        new Thread(Look) { IsBackground = true, Name = "EventSourcing.Sqlite watcher" }.UnsafeStart();
    }

    private void Look()
    {
        DataVersion? version = null;
        int? interval = null;
        var changed = 0L;
        while (GoesOn(ref version, interval))
        {
            try
            {
                version ??= new DataVersion(_file!, _creator);
                if (version.HasChanged())
                {
                    changed = Environment.TickCount64;
                    Set();
                    Tracked.Set();
                }

                interval = Environment.TickCount64 - changed < QuietAfter ? Interval : QuietInterval;
            }
            catch (Exception)
            {
                // Nothing is lost: subscriptions poll by themselves, and meet the failure if it persists.
                version?.Close();
                version = null;
                interval = Math.Min((interval ?? Interval) * Growth, LongestInterval);
            }
        }
    }

    /// <summary>Waits; false when nothing watches any more. Then everything is closed before a watcher can begin again.</summary>
    private bool GoesOn(ref DataVersion? version, int? interval)
    {
        lock (_sync)
        {
            if (IsWatched && interval is { } milliseconds)
            {
                Monitor.Wait(_sync, milliseconds);
            }

            while (!IsWatched && !_isEnding && _keptUntil - Environment.TickCount64 is > 0 and var rest)
            {
                Monitor.Wait(_sync, (int)rest);
            }

            if (IsWatched)
            {
                return true;
            }

            version?.Close();
            version = null;
            _looking!.SetResult();
            _looking = null;
            return false;
        }
    }

    /// <summary>Detects commits of other connections, of any process. Holds no transaction between two checks.</summary>
    private sealed class DataVersion
    {
        private const int LockTimeout = 100;

        private readonly StoreConnection _session;
        private readonly SqliteStatement _select;
        private long? _last;

        public DataVersion(StoreFile file, Func<SqliteConnection>? creator)
        {
            _session = StoreConnection.OpenReader(file, LockTimeout, creator);
            try
            {
                _select = new SqliteStatement(_session.Handle, "PRAGMA data_version");
            }
            catch
            {
                _session.Close();
                throw;
            }
        }

        /// <summary>Whether there was a commit. True also at the first call, because earlier commits are unknown.</summary>
        public bool HasChanged()
        {
            try
            {
                _select.Step();
                var version = _select.ReadInt64(0);
                var hasChanged = version != _last;
                _last = version;
                return hasChanged;
            }
            finally
            {
                _select.Reset();
            }
        }

        public void Close()
        {
            _select.Close();
            _session.Close();
        }
    }
}
