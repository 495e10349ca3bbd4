using System.Diagnostics;
using System.Threading.Channels;

namespace Benchmarks;

/// <summary>A group commit, written by hand: saves that arrive during a transaction share the next one.</summary>
/// <param name="largestGroup">How many saves share a transaction at most.</param>
/// <param name="yields">Whether callers whose saves have just completed may add their next saves before the next group is taken.</param>
/// <param name="commit">Saves a group, and fills in the positions of its events.</param>
internal sealed class FloorQueue(int largestGroup, bool yields, Func<List<FloorQueue.Waiting>, long[], ValueTask> commit) : IDisposable
{
    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });

    /// <summary>Starts the task that commits the groups.</summary>
    public FloorQueue Start()
    {
        _ = Task.Run(CommitGroupsAsync);
        return this;
    }

    /// <summary>Runs callers in parallel. Each one waits for its save before the next.</summary>
    /// <returns>Saves in a second.</returns>
    public async Task<double> SaveInParallelAsync(int callers, int savesOfEach, long number)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => SaveStreamsAsync(savesOfEach, number + caller * savesOfEach))));
        return callers * savesOfEach / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose() => _queue.Writer.TryComplete();

    private async Task SaveStreamsAsync(int saves, long number)
    {
        // A caller waits for its save before the next, so it has one buffer.
        var json = new FloorJson(1024);
        Guid id = default;
        for (var i = 0; i < saves; i++, number++)
        {
            var version = i % Sample.StreamLength + 1;
            if (version == 1)
            {
                id = Guid.CreateVersion7();
            }

            json.WriteOne(FloorEvent.Create(number));
            var waiting = new Waiting(id, version, json.WrittenMemory);
            _queue.Writer.TryWrite(waiting);
            await waiting.Task.ConfigureAwait(false);
        }
    }

    private async Task CommitGroupsAsync()
    {
        var reader = _queue.Reader;
        var group = new List<Waiting>();
        var positions = new long[largestGroup];
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            group.Clear();
            while (group.Count < largestGroup && reader.TryRead(out var waiting))
            {
                group.Add(waiting);
            }

            await commit(group, positions).ConfigureAwait(false);
            for (var i = 0; i < group.Count; i++)
            {
                group[i].SetResult(positions[i]);
            }

            if (yields && group.Count > 1)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>A save that waits for its group.</summary>
    public sealed class Waiting(Guid id, long version, ReadOnlyMemory<byte> state)
        : TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Guid Id { get; } = id;

        public long Version { get; } = version;

        public ReadOnlyMemory<byte> State { get; } = state;
    }
}
