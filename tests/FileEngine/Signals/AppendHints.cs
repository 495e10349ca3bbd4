using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>Wakes the subscriptions of a recorder. While there are some, the file is watched for appends of other recorders.</summary>
internal sealed class AppendHints
{
    private readonly string _path;
    private FileSystemWatcher? _watcher;

    public AppendHints(string path)
    {
        _path = path;
        Signal = new AppendSignal(Watch);
    }

    public AppendSignal Signal { get; }

    private void Watch(bool isWatched)
    {
        _watcher?.Dispose();
        _watcher = null;
        if (!isWatched)
        {
            return;
        }

        try
        {
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!, Path.GetFileName(_path)) { NotifyFilter = NotifyFilters.Size };
            _watcher.Changed += (_, _) => Signal.Set();
            _watcher.EnableRaisingEvents = true;
        }
        catch (IOException)
        {
            // The system has no watchers left. Polling finds every event.
        }
    }
}
