using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class ConcurrencyCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Concurrency: positions of two big saves don't interleave", async recorder =>
        {
            for (var round = 0; round < TestRounds.Of(4, 20); round++)
            {
                var saves = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
                    await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1000), true)));
                foreach (var positions in await Task.WhenAll(saves))
                {
                    Check.Sequence(Enumerable.Range(0, 1000).Select(i => positions[0] + i), positions);
                }
            }
        }),
        WithRecorder("Concurrency: exactly one of many saves of the same version succeeds", async recorder =>
        {
            for (var round = 1; round <= TestRounds.Of(10, 100); round++)
            {
                var id = Guid.NewGuid();
                var size = round % 3 + 1;
                var saves = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
                {
                    try
                    {
                        await recorder.InsertEventsAsync(
                            [.. Enumerable.Range(1, size).Select(version => Event(id, version, state: $"{i}"))], contiguous: round % 2 == 0);
                        return i;
                    }
                    catch (ConcurrencyException conflict)
                    {
                        Check.Equal((0L, (long?)size), (conflict.ExpectedVersion, conflict.ActualVersion));
                        return -1;
                    }
                }));
                var winners = (await Task.WhenAll(saves)).Where(i => i >= 0).ToList();
                Check.Equal(1, winners.Count);
                Check.Sequence(
                    Enumerable.Repeat($"{winners[0]}", size), (await recorder.SelectEventsAsync(id)).Select(row => Text(row.State)));
            }
        }),
        WithRecorder("Concurrency: conflicts don't affect other saves of the group", async recorder =>
        {
            var taken = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(taken, 1, 1));
            var conflicts = 0;
            await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
            {
                var mine = Guid.NewGuid();
                if (i % 2 == 0)
                {
                    await recorder.InsertEventsAsync(Events(mine, 1, 3), i % 4 == 0);
                    Check.Equal(3, (await recorder.SelectEventsAsync(mine)).Count);
                    return;
                }

                // Half of it is written before the conflict is detected.
                await Check.ThrowsAsync<ConcurrencyException>(() =>
                    recorder.InsertEventsAsync([.. Events(mine, 1, 3), Event(taken, 1)], i % 4 == 1).AsTask());
                Check.Equal(0, (await recorder.SelectEventsAsync(mine)).Count);
                Interlocked.Increment(ref conflicts);
            })));
            Check.Equal(100, conflicts);
            Check.Equal(301, (await recorder.SelectNotificationsAsync(1000)).Count);
        }),
        WithRecorder("Concurrency: ten writers and two readers", async recorder =>
        {
            var saves = TestRounds.Of(10, 100);
            using var done = new CancellationTokenSource();
            var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                // A reader that has seen a position never finds a new event below it: so each page begins where the last ended.
                long last = 0;
                while (true)
                {
                    var isLastRound = done.IsCancellationRequested;
                    IReadOnlyList<Notification<Guid>> page;
                    do
                    {
                        page = await recorder.SelectNotificationsAsync(500, last, inclusiveOfStart: false);
                        foreach (var row in page)
                        {
                            Check.Equal(++last, row.Position);
                        }
                    }
                    while (page.Count > 0);
                    if (isLastRound)
                    {
                        return last;
                    }
                }
            })).ToList();
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () =>
            {
                var id = Guid.NewGuid();
                for (var i = 0; i < saves; i++)
                {
                    await recorder.InsertEventsAsync(Events(id, i * 100 + 1, 100), true);
                }
            })));
            await done.CancelAsync();
            foreach (var seen in await Task.WhenAll(readers))
            {
                Check.Equal(saves * 1000L, seen);
            }
        }),
        WithRecorder("Concurrency: ten jobs on four threads", async recorder =>
        {
            await Parallel.ForAsync(0, 10, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, token) =>
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 50), true, token));
            Check.Equal(500, await recorder.GetMaxPositionAsync());
        }),
    ];
}
