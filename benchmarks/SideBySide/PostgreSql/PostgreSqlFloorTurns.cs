using System.Diagnostics;

namespace Benchmarks.PostgreSql;

/// <summary>The floor's turns; <see cref="Library"/> has the library's.</summary>
internal sealed class PostgreSqlFloorTurns(PostgreSqlFloor floor)
{
    private readonly FloorQueue _queue = floor.Group();
    private readonly FloorEvent[] _events = new FloorEvent[100];
    private long _number;

    public async Task<double> SaveAsync(int saves)
    {
        var started = Stopwatch.GetTimestamp();
        Guid id = default;
        for (var i = 0; i < saves; i++)
        {
            var version = i % Sample.StreamLength + 1;
            if (version == 1)
            {
                id = Guid.CreateVersion7();
            }

            await floor.SaveAsync(id, version, FloorEvent.Create(_number++)).ConfigureAwait(false);
        }

        return saves / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public Task<double> SaveInParallelAsync(int callers, int savesOfEach)
    {
        _number += callers * savesOfEach;
        return _queue.SaveInParallelAsync(callers, savesOfEach, _number);
    }

    public async Task<double> SaveManyAsync(int saves)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < saves; i++)
        {
            for (var e = 0; e < _events.Length; e++)
            {
                _events[e] = FloorEvent.Create(_number++);
            }

            await floor.SaveRowsAsync(Guid.CreateVersion7(), 1, _events).ConfigureAwait(false);
        }

        return saves * _events.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public static async Task<double> LoadAsync(PostgreSqlFloorReader reader, Guid[] ids, int loads, int events, Random random)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < loads; i++)
        {
            var account = await reader.LoadAsync(ids[random.Next(ids.Length)]).ConfigureAwait(false);
            if (account.Version != events)
            {
                throw new InvalidOperationException($"Version {account.Version}.");
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / loads;
    }

    public static async Task<double> ReadLogAsync(PostgreSqlFloorReader reader, int events)
    {
        var started = Stopwatch.GetTimestamp();
        var (count, sum, last) = (0, 0L, 0L);
        while (true)
        {
            var page = await reader.ReadPageAsync(last).ConfigureAwait(false);
            foreach (var recording in page)
            {
                count++;
                sum += recording.Version > 1 ? recording.Event.Amount : 0;
            }

            if (page.Count < PostgreSqlFloorReader.PageSize)
            {
                break;
            }

            last = page[^1].Position;
        }

        return count == events && sum > 0
            ? count / Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"{count} events.");
    }
}
