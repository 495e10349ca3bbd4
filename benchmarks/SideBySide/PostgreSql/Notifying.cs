using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;

namespace Benchmarks.PostgreSql;

/// <summary>The cost of a hint to other processes about an append, and its delay: sent in the transaction, or after it.</summary>
internal static class Notifying
{
    public static async Task RunAsync(string connectionString, int rounds)
    {
        await using (var database = new Database(connectionString))
        {
            await database.ExecuteAsync("DROP TABLE IF EXISTS bank_events");
        }

        foreach (var callers in new[] { 1, 16, 64 })
        {
            for (var round = 0; round < rounds; round++)
            {
                await MeasureAsync("after the commit  ", callers, () => Bank.OpenAsync(connectionString), a => a.Recorder, a => a.NotificationLog);
                await MeasureAsync("in the transaction", callers, () => NotifyingBank.OpenAsync(connectionString), a => a.Recorder, a => a.NotificationLog);
            }
        }
    }

    /// <summary>The second application stands for another process: it shares nothing with the first but the database.</summary>
    private static async Task MeasureAsync<TApplication>(
        string name, int callers, Func<ValueTask<TApplication>> open, Func<TApplication, IApplicationRecorder<Guid>> recorderOf, Func<TApplication, NotificationLog<Guid>> logOf)
        where TApplication : IAsyncDisposable
    {
        await using var writer = await open();
        await using var reader = await open();
        var recorder = recorderOf(writer);
        var start = await recorder.GetMaxPositionAsync();
        var saved = new ConcurrentDictionary<long, long>();
        var seen = new ConcurrentDictionary<long, long>();
        var saves = callers == 1 ? 2000 : 300;
        using var stop = new CancellationTokenSource();
        var json = new FloorJson();
        var state = json.WriteOne(FloorEvent.Create(0)).ToArray();
        var reading = Task.Run(async () =>
        {
            await foreach (var batch in logOf(reader).SubscribeInBatchesAsync(start, cancellationToken: stop.Token))
            {
                var now = Stopwatch.GetTimestamp();
                foreach (var recording in batch.Events)
                {
                    seen[recording.Position!.Value] = now;
                }

                if (seen.Count >= saves * callers)
                {
                    return;
                }
            }
        });
        await Task.Delay(300);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < saves; i++)
            {
                var positions = await recorder.AppendAsync(new([new StoredEvent<Guid>(Guid.CreateVersion7(), 1, "Account.Opened", state)], AppendCondition.VersionsNext));
                saved[positions[0]] = Stopwatch.GetTimestamp();
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await reading.WaitAsync(TimeSpan.FromMinutes(1));
        var delays = saved.Select(s => Math.Max(0, Stopwatch.GetElapsedTime(s.Value, seen[s.Key]).TotalMilliseconds)).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{callers,3} callers, told {name}  {saves * callers / seconds,8:F0} saves/s   seen after p50 {delays[delays.Count / 2]:F2} ms, p99 {delays[delays.Count * 99 / 100]:F2} ms"));
    }
}

/// <summary>Notifies as the Python package does.</summary>
[EventSourcedApplication(typeof(Account), TablePrefix = "bank"), PostgreSqlTables(NotifyInTransaction = true)]
internal sealed partial class NotifyingBank;
