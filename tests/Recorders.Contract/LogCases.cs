using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class LogCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Log: empty", async recorder =>
        {
            Check.Equal(null, await recorder.GetMaxPositionAsync());
            Check.Equal(0, (await recorder.SelectNotificationsAsync(10)).Count);
            Check.Equal(0, (await recorder.SelectNotificationsAsync(10, start: 5, topics: ["x"])).Count);
        }),
        WithRecorder("Log: every column comes back", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync([Event(id, 7, "Dog.TrickAdded", "state", "metadata")]);
            var row = (await recorder.SelectNotificationsAsync(10)).Single();
            Check.Equal((1L, id, 7L, "Dog.TrickAdded"), (row.Position, row.OriginatorId, row.OriginatorVersion, row.Topic));
            Check.Equal("state", Text(row.State));
            Check.Equal("metadata", Text(row.Metadata));
        }),
        WithRecorder("Log: start, stop, limit, inclusive", async recorder =>
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 5));
            Check.Equal(5, await recorder.GetMaxPositionAsync());
            await Expect([1, 2, 3, 4, 5]);
            await Expect([1, 2, 3, 4, 5], start: 1);
            await Expect([2, 3, 4, 5], start: 1, inclusive: false);
            await Expect([3, 4, 5], start: 3);
            await Expect([4, 5], start: 3, inclusive: false);
            await Expect([], start: 5, inclusive: false);
            await Expect([], start: 6);
            await Expect([1, 2, 3, 4, 5], inclusive: false);
            await Expect([1, 2, 3, 4, 5], start: 0, inclusive: false);
            await Expect([1, 2, 3, 4, 5], start: long.MinValue);
            await Expect([], start: long.MaxValue, inclusive: false);
            await Expect([1, 2], stop: 2);
            await Expect([2, 3], start: 2, stop: 3);
            await Expect([3], start: 2, stop: 3, inclusive: false);
            await Expect([], start: 4, stop: 3);
            await Expect([1, 2], limit: 2);
            await Expect([2], start: 2, limit: 1);
            await Expect([1, 2, 3], limit: 4, stop: 3);

            async Task Expect(long[] positions, long? start = null, long? stop = null, int limit = 10, bool inclusive = true) =>
                Check.Sequence(positions, Positions(await recorder.SelectNotificationsAsync(limit, start, stop, null, inclusive)));
        }),
        WithRecorder("Log: topics", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync([Event(id, 1, "a"), Event(id, 2, "b"), Event(id, 3, "c"), Event(id, 4, "a"), Event(id, 5, "it's \"d\"")]);
            await Expect([1, 4], ["a"]);
            await Expect([2], ["b"]);
            await Expect([1, 2, 4], ["a", "b"]);
            await Expect([1, 2, 3, 4], ["a", "b", "c", "a"]);
            await Expect([5], ["it's \"d\""]);
            await Expect([], ["A"]);
            await Expect([], ["x') OR 1=1 --"]);
            await Expect([1, 2, 3, 4, 5], []);
            await Expect([1], ["a"], limit: 1);
            await Expect([4], ["a"], start: 2);
            await Expect([1, 4], ["a", .. Enumerable.Range(0, 40_000).Select(i => $"other {i}")]);

            async Task Expect(long[] positions, string[] topics, int limit = 10, long? start = null) =>
                Check.Sequence(positions, Positions(await recorder.SelectNotificationsAsync(limit, start, null, topics)));
        }),
        WithRecorder("Log: page by page", async recorder =>
        {
            for (var i = 0; i < 25; i++)
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 4), true);
            }
            var seen = new List<long>();
            for (long? last = null; ; last = seen[^1])
            {
                var page = await recorder.SelectNotificationsAsync(7, last, inclusiveOfStart: false);
                if (page.Count == 0)
                {
                    break;
                }
                seen.AddRange(Positions(page));
            }

            Check.Sequence(Enumerable.Range(1, 100).Select(i => (long)i), seen);
        }),
    ];
}
