namespace EventSourcing.Files;

/// <summary>Admits one writer to a store, of all recorders and processes.</summary>
internal sealed class WriteLock(string path, EventStoreOptions options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // The callers of one recorder enter in their order. The file keeps other recorders and processes out.
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Waits for other writers.</summary>
    /// <returns>Lets the next writer in when it is disposed of.</returns>
    /// <exception cref="TransientStoreException">They took longer than <see cref="EventStoreOptions.LockTimeout"/>.</exception>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        if (!await _turn.WaitAsync(options.LockTimeout, cancellationToken).ConfigureAwait(false))
        {
            throw TooLong();
        }

        try
        {
            var began = options.TimeProvider.GetTimestamp();
            FileStream? file;
            while ((file = TryOpen()) is null)
            {
                if (options.TimeProvider.GetElapsedTime(began) > options.LockTimeout)
                {
                    throw TooLong();
                }

                await Task.Delay(Pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            return new Held(file, _turn);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    private static TransientStoreException TooLong() => new("Another writer took longer than EventStoreOptions.LockTimeout.");

    private FileStream? TryOpen()
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private sealed class Held(FileStream file, SemaphoreSlim turn) : IDisposable
    {
        private bool _hasEnded;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _hasEnded, true))
            {
                file.Dispose();
                turn.Release();
            }
        }
    }
}
