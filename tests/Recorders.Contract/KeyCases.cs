using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

internal static class KeyCases
{
    /// <summary>Values that some engines can't store, or not as a key.</summary>
    public static IReadOnlyList<string> Unstorable { get; } = ["a\uD83D", "\uDE00b", "a\0b", new('k', 2001), new('犬', 667)];

    public static IEnumerable<ContractCase> All =>
    [
        new("Keys: texts", async fixture =>
        {
            await using var recorder = fixture.WithStrings();
            int[] lengths = [85, 86, 128, 255, 256, 257, 300];
            string[] keys =
            [
                "dog-1", "Dog-1", "", "it's", "犬", "00000000-0000-0000-0000-000000000000", new('k', 2000),
                .. lengths.SelectMany(length => new[] { new string('k', length), new string('犬', length) }),
            ];
            foreach (var key in keys)
            {
                await recorder.InsertEventsAsync([new(key, 1, "t", Make.Bytes(key)), new(key, 2, "t", default)], true);
            }
            foreach (var key in keys)
            {
                var rows = await recorder.SelectEventsAsync(key);
                Check.Sequence([(key, 1L), (key, 2L)], rows.Select(row => (row.OriginatorId, row.OriginatorVersion)));
                Check.Equal(key, Make.Text(rows[0].State));
            }

            Check.Sequence(keys.SelectMany(key => new[] { key, key }), (await recorder.SelectNotificationsAsync(100)).Select(row => row.OriginatorId));
            var conflict = await Check.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync([new("dog-1", 2, "t", default)], true).AsTask());
            Check.Equal("dog-1", conflict.AggregateId);
        }),
        new("Keys: a key that some engine can't store is refused by all, and fails no other save", async fixture =>
        {
            await using var recorder = fixture.WithStrings();
            await recorder.InsertEventsAsync([new(new string('犬', 666), 1, "t", default)]);
            var good = Enumerable.Range(0, 40).Select(i => recorder.InsertEventsAsync([new($"dog-{i}", 1, "t", Make.Bytes("s"))], true).AsTask()).ToList();
            foreach (var key in Unstorable)
            {
                var refused = await Check.ThrowsAsync<ArgumentException>(() => recorder.InsertEventsAsync([new("fine", 1, "t", default), new(key, 1, "t", default)]).AsTask());
                Check.True(refused.Message.Length < 500 && !refused.Message.Contains('\0') && refused.Message.EnumerateRunes().All(rune => rune.Value != 0xFFFD), refused.Message);
            }

            foreach (var topic in Unstorable.Take(3))
            {
                await Check.ThrowsAsync<ArgumentException>(() => recorder.InsertEventsAsync([new("fine", 1, topic, default)]).AsTask());
            }
            await Task.WhenAll(good);
            Check.Equal(41, (await recorder.SelectNotificationsAsync(100)).Count);
        }),
        ContractCase.WithRecorder("Keys: every byte of a Guid counts, in its order", async recorder =>
        {
            var ids = Enumerable.Range(0, 16).Select(i =>
            {
                var bytes = new byte[16];
                bytes[i] = 1;
                return new Guid(bytes, bigEndian: true);
            }).ToList();
            await recorder.InsertEventsAsync([.. ids.Select(id => Make.Event(id, 1))]);
            Check.Sequence(ids, (await recorder.SelectNotificationsAsync(100)).Select(row => row.OriginatorId));
            foreach (var id in ids)
            {
                Check.Equal(id, (await recorder.SelectEventsAsync(id)).Single().OriginatorId);
            }
        }),
    ];
}
