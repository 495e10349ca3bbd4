using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class SelectCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Select: nothing is stored", async recorder => Check.Equal(0, (await recorder.SelectEventsAsync(Guid.NewGuid())).Count)),
        WithRecorder("Select: two aggregates are kept apart", async recorder =>
        {
            var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
            await recorder.InsertEventsAsync([Event(a, 1, state: "a"), Event(b, 1, state: "b")]);
            Check.Equal("a", Text((await recorder.SelectEventsAsync(a)).Single().State));
            Check.Equal("b", Text((await recorder.SelectEventsAsync(b)).Single().State));
        }),
        WithRecorder("Select: after, up to, descending, limit", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 9));
            await Expect([1, 2, 3, 4, 5, 6, 7, 8, 9]);
            await Expect([4, 5, 6, 7, 8, 9], after: 3);
            await Expect([1, 2, 3], upTo: 3);
            await Expect([4, 5, 6], after: 3, upTo: 6);
            await Expect([9], descending: true, limit: 1);
            await Expect([6, 5], upTo: 6, descending: true, limit: 2);
            await Expect([6, 5, 4], after: 3, upTo: 6, descending: true);
            await Expect([1, 2], limit: 2);
            await Expect([8, 9], after: 7, limit: 100);
            await Expect([], after: 9);
            await Expect([], upTo: 0);
            await Expect([], after: 5, upTo: 5);
            await Expect([9], after: 8, upTo: long.MaxValue);

            async Task Expect(long[] versions, long? after = null, long? upTo = null, bool descending = false, int? limit = null) =>
                Check.Sequence(versions, Versions(await recorder.SelectEventsAsync(id, after, upTo, descending, limit)));
        }),
        WithRecorder("Select: a limit below 1 is refused", async recorder =>
        {
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => recorder.SelectEventsAsync(Guid.NewGuid(), limit: 0).AsTask());
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => recorder.SelectNotificationsAsync(0).AsTask());
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => recorder.SelectNotificationsAsync(-1).AsTask());
        }),
        WithRecorder("Select: an exception of the sink ends the reading and reaches its caller", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 5));
            var sink = new FailingSink();
            await Check.ThrowsAsync<InvalidTimeZoneException>(() => recorder.ReadEventsAsync(id, sink).AsTask());
            Check.Equal(1, sink.Rows);

            // The recorder still reads and writes.
            await recorder.InsertEventsAsync(Events(id, 6, 1), true);
            Check.Equal(6, (await recorder.SelectEventsAsync(id)).Count);
        }),
        WithRecorder("Select: a sink may read", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 3));
            var sink = new ReadingSink(recorder, id);
            await recorder.ReadEventsAsync(id, sink);
            Check.Equal(9, sink.Rows);
        }),
        new("Select: reads of embedded engines complete synchronously", async fixture =>
        {
            await using var recorder = fixture.WithGuids();
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 3));
            var (ofAggregate, ofLog) = (new CountingSink(), new CountingSink());
            var reads = new[] { recorder.ReadEventsAsync(id, ofAggregate).AsTask(), recorder.ReadNotificationsAsync(ofLog, 10).AsTask(), recorder.GetMaxPositionAsync().AsTask() };
            Check.True(!fixture.IsEmbedded || reads.All(read => read.IsCompletedSuccessfully));
            await Task.WhenAll(reads);
            Check.Equal((3, 3), (ofAggregate.Rows, ofLog.Rows));
        }),
    ];

    private class CountingSink : EventSink<Guid>
    {
        public int Rows { get; protected set; }

        public override void Add(in EventRow<Guid> row) => Rows++;
    }

    private sealed class FailingSink : CountingSink
    {
        public override void Add(in EventRow<Guid> row)
        {
            Rows++;
            throw new InvalidTimeZoneException();
        }
    }

    private sealed class ReadingSink(IApplicationRecorder<Guid> recorder, Guid id) : CountingSink
    {
        public override void Add(in EventRow<Guid> row)
        {
            var inner = new CountingSink();
            // It can't be awaited here; on embedded engines it is complete anyway.
            recorder.ReadEventsAsync(id, inner).AsTask().Wait();
            Rows += inner.Rows;
        }
    }
}
