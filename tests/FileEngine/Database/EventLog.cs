using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>The events of a store, as the file has them. Thread safe.</summary>
internal sealed class EventLog<TKey>(LogSchema schema) : IDisposable
    where TKey : notnull
{
    private readonly Lock _sync = new();
    private readonly EventIndex<TKey> _index = new();
    private LogFile? _file;
    private bool _isDisposed;

    public string Path => schema.Path;

    /// <summary>The tables that were there when the file was created.</summary>
    public IReadOnlyList<string> OtherTables { get; private set; } = [];

    /// <summary>Returns the differences of the file. It isn't opened.</summary>
    public IReadOnlyList<string> Compare() => Run(schema.Compare);

    /// <summary>Reads from the events that are stored now.</summary>
    public T Read<T>(Func<EventIndex<TKey>, T> read) => Run(() =>
    {
        CatchUp(Open());
        return read(_index);
    });

    /// <summary>Writes events after those that are stored. The caller holds the <see cref="WriteLock"/> since it has read them.</summary>
    public void Append(IEnumerable<Notification<TKey>> rows) => Run(() =>
    {
        var file = Open();
        file.Append(SaveRecord.Write(rows));
        CatchUp(file);
        return true;
    });

    public void Dispose()
    {
        lock (_sync)
        {
            _isDisposed = true;
            _file?.Dispose();
        }
    }

    private T Run<T>(Func<T> action)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                return action();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new StoreException($"The file system failed at {schema.Path}.", failure);
            }
        }
    }

    private LogFile Open()
    {
        if (_file is null)
        {
            OtherTables = schema.Ensure();
            if (schema.Compare() is [var difference, ..])
            {
                throw new StoreConfigurationException(difference);
            }

            _file = new LogFile(schema.Path, schema.Header.Length);
        }

        return _file;
    }

    private void CatchUp(LogFile file)
    {
        while (file.ReadNext() is { } record)
        {
            foreach (var e in SaveRecord.Read<TKey>(record))
            {
                _index.Add(e);
            }
        }
    }
}
