using System.Diagnostics;

namespace Benchmarks.Sqlite;

/// <summary>The floor's turns; <see cref="Library"/> has the library's.</summary>
internal sealed class SqliteFloorTurns(SqliteFloor floor)
{
    private readonly FloorQueue _queue = floor.Group();
    private readonly FloorEvent[] _events = new FloorEvent[100];
    private long _number;

    public Task<double> SaveAsync(int saves)
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

            floor.Save(id, version, FloorEvent.Create(_number++));
        }

        return Task.FromResult(saves / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    public Task<double> SaveInParallelAsync(int callers, int savesOfEach)
    {
        _number += callers * savesOfEach;
        return _queue.SaveInParallelAsync(callers, savesOfEach, _number);
    }

    public Task<double> SaveManyAsync(int saves)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < saves; i++)
        {
            for (var e = 0; e < _events.Length; e++)
            {
                _events[e] = FloorEvent.Create(_number++);
            }

            floor.SaveRows(Guid.CreateVersion7(), 1, _events);
        }

        return Task.FromResult(saves * _events.Length / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    public static Task<double> LoadAsync(SqliteFloorReader reader, Guid[] ids, int loads, int events, Random random)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < loads; i++)
        {
            var account = reader.Load(ids[random.Next(ids.Length)]);
            if (account.Version != events)
            {
                throw new InvalidOperationException($"Version {account.Version}.");
            }
        }

        return Task.FromResult(Stopwatch.GetElapsedTime(started).TotalMicroseconds / loads);
    }

    public static Task<double> ReadLogAsync(SqliteFloorReader reader, int events)
    {
        var started = Stopwatch.GetTimestamp();
        var (count, sum, last) = (0, 0L, 0L);
        while (true)
        {
            var page = reader.ReadPage(last);
            foreach (var recording in page)
            {
                count++;
                sum += recording.Version > 1 ? recording.Event.Amount : 0;
            }

            if (page.Count < SqliteFloorReader.PageSize)
            {
                break;
            }

            last = page[^1].Position;
        }

        return count == events && sum > 0
            ? Task.FromResult(count / Stopwatch.GetElapsedTime(started).TotalSeconds)
            : throw new InvalidOperationException($"{count} events.");
    }
}
