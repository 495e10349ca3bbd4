using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class InsertCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Insert: no events write nothing", async recorder =>
        {
            Check.Equal(0, (await recorder.InsertEventsAsync([])).Count);
            Check.Equal(0, (await recorder.InsertEventsAsync([], contiguous: true)).Count);
            Check.Equal(null, await recorder.GetMaxPositionAsync());
        }),
        WithRecorder("Insert: every column comes back", async recorder =>
        {
            var id = Guid.NewGuid();
            var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
            var positions = await recorder.InsertEventsAsync([new(id, 1, "Dög.Registered 犬", bytes, Bytes("""{"who":"me"}"""))]);
            var row = (await recorder.SelectEventsAsync(id)).Single();
            Check.Equal(positions[0], row.Position);
            Check.Equal(id, row.OriginatorId);
            Check.Equal(1, row.OriginatorVersion);
            Check.Equal("Dög.Registered 犬", row.Topic);
            Check.Sequence(bytes, row.State.ToArray());
            Check.Equal("""{"who":"me"}""", Text(row.Metadata));
        }),
        WithRecorder("Insert: empty state, no metadata", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync([new(id, 1, "", default)]);
            var row = (await recorder.SelectEventsAsync(id)).Single();
            Check.Equal("", row.Topic);
            Check.True(row.State.IsEmpty);
            Check.True(row.Metadata.IsEmpty);
        }),
        WithRecorder("Insert: big state and long topic", async recorder =>
        {
            var (id, state, topic) = (Guid.NewGuid(), new byte[3_000_000], new string('t', 5000));
            new Random(1).NextBytes(state);
            await recorder.InsertEventsAsync([new(id, 1, topic, state)]);
            var row = (await recorder.SelectEventsAsync(id)).Single();
            Check.True(row.State.Span.SequenceEqual(state));
            Check.Equal(topic, row.Topic);
        }),
        WithRecorder("Insert: positions follow each other", async recorder =>
        {
            Check.Sequence([1L, 2], await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2)));
            Check.Sequence([3L], await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1)));
        }),
        WithRecorder("Insert: version 0 and holes are allowed when not contiguous", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync([Event(id, 0), Event(id, 5)]);
            await recorder.InsertEventsAsync([Event(id, 3)]);
            Check.Sequence([0L, 3, 5], Versions(await recorder.SelectEventsAsync(id)));
        }),
        WithRecorder("Insert: a taken version is a conflict", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 3));
            var conflict = await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync([Event(id, 2)]).AsTask());
            Check.Equal((object)id, conflict.AggregateId);
            Check.Equal(1, conflict.ExpectedVersion);
            Check.Equal(3, conflict.ActualVersion);
        }),
        WithRecorder("Insert: a batch with one conflict writes nothing", async recorder =>
        {
            var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
            await recorder.InsertEventsAsync(Events(first, 1, 2));
            foreach (var contiguous in new[] { false, true })
            {
                var conflict = await Check.ThrowsAsync<ConcurrencyException>(() =>
                    recorder.InsertEventsAsync([Event(second, 1), Event(second, 2), Event(first, 2)], contiguous).AsTask());
                Check.Equal((object)first, conflict.AggregateId);
            }

            Check.Equal(0, (await recorder.SelectEventsAsync(second)).Count);
            Check.Equal(2, await recorder.GetMaxPositionAsync());

            // The refused save leaves no trace: its versions are free.
            await recorder.InsertEventsAsync([Event(second, 1), Event(first, 3)], contiguous: true);
        }),
        WithRecorder("Insert: a version twice in a batch is a conflict", async recorder =>
        {
            var id = Guid.NewGuid();
            foreach (var contiguous in new[] { false, true })
            {
                var conflict = await Check.ThrowsAsync<ConcurrencyException>(() =>
                    recorder.InsertEventsAsync([Event(id, 1), Event(id, 1)], contiguous).AsTask());
                Check.Equal(0, conflict.ExpectedVersion);
                Check.Equal(0, conflict.ActualVersion);
            }

            Check.Equal(0, (await recorder.SelectEventsAsync(id)).Count);
        }),
        WithRecorder("Insert contiguous: begins at 1", async recorder =>
        {
            var id = Guid.NewGuid();
            foreach (var wrong in new long[] { -1, 0, 2 })
            {
                var conflict = await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync([Event(id, wrong)], true).AsTask());
                Check.Equal(wrong - 1, conflict.ExpectedVersion);
                Check.Equal(0, conflict.ActualVersion);
            }

            await recorder.InsertEventsAsync([Event(id, 1)], true);
        }),
        WithRecorder("Insert contiguous: reports expected and actual version", async recorder =>
        {
            var id = Guid.NewGuid();
            await recorder.InsertEventsAsync(Events(id, 1, 4), true);
            var behind = await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id, 3, 5), true).AsTask());
            Check.Equal((2, 4L), (behind.ExpectedVersion, behind.ActualVersion));
            var ahead = await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id, 6, 1), true).AsTask());
            Check.Equal((5, 4L), (ahead.ExpectedVersion, ahead.ActualVersion));
            Check.True(ahead.IsTransient);
            await recorder.InsertEventsAsync(Events(id, 5, 1), true);
        }),
        WithRecorder("Insert contiguous: no hole inside a batch", async recorder =>
        {
            var id = Guid.NewGuid();
            await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync([Event(id, 1), Event(id, 3)], true).AsTask());
            Check.Equal(0, (await recorder.SelectEventsAsync(id)).Count);
        }),
        WithRecorder("Insert contiguous: aggregates may alternate in a batch", async recorder =>
        {
            var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
            await recorder.InsertEventsAsync([Event(a, 1), Event(b, 1), Event(a, 2), Event(b, 2), Event(a, 3)], true);
            Check.Sequence([1L, 2, 3], Versions(await recorder.SelectEventsAsync(a)));
            await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync([Event(a, 4), Event(b, 3), Event(a, 4)], true).AsTask());
            Check.Equal(5, await recorder.GetMaxPositionAsync());
        }),
    ];
}
