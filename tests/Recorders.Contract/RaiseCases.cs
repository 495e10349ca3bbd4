using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>An event stays as it was when it was raised: in Apply, while it is pending, and in the store.</summary>
internal static class RaiseCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithBasket("Raising: later changes by the caller don't change the event", async (baskets, basket) =>
        {
            List<List<int>> lists = [[1], [2, 3]];
            string[] array = ["a"];
            byte[] bytes = [1, 2];
            Dictionary<string, List<string>> map = new() { ["x"] = ["y"] };
            List<int> parts = [7];
            Sticker label = new() { Text = "old", Colours = { "red" } }, other = new() { Text = "old" };
            List<int[]> sizes = [[1, 2]];
            List<byte[]> maybe = [[9]];
            basket.Fill(lists, array, bytes, map, (1, parts), label, new Batch("b", sizes), maybe, (1, other));
            lists[0].Add(99);
            lists.Clear();
            array[0] = bytes[0].ToString(provider: null);
            bytes[0] = 99;
            map["x"].Add("z");
            map.Clear();
            parts.Add(99);
            label.Text = other.Text = "new";
            label.Colours.Clear();
            sizes[0][0] = 99;
            sizes.Add([]);
            maybe[0][0] = 99;

            CheckFilled((Basket.Filled)basket.Seen.Single());
            CheckFilled((Basket.Filled)basket.PendingEvents[1].Event);
            CheckFilled((Basket.Filled)(await SaveAndLoad(baskets, basket)).Seen.Single());
        }),
        WithBasket("Raising: the values of a user's record are copied, too", async (baskets, basket) =>
        {
            List<string> tags = ["a"];
            Sticker label = new() { Text = "old" };
            var note = new Basket.Note("n", tags) { Label = label };
            basket.TakeNote(note);
            tags.Add("b");
            label.Text = "new";
            foreach (var seen in new[] { basket.Seen.Single(), basket.PendingEvents[1].Event, (await SaveAndLoad(baskets, basket)).Seen.Single() })
            {
                var kept = (Basket.Note)seen;
                Check.Sequence(["a"], kept.Tags);
                Check.Equal("old", kept.Label!.Text);
            }
        }),
        WithBasket("Raising: a record that can be changed is copied", async (baskets, basket) =>
        {
            var mark = new Basket.Mark { Colour = 1 };
            basket.Put(mark);
            mark.Colour = 2;
            ((Basket.Mark)basket.Seen.Single()).Colour = 3;
            Check.Equal(1, ((Basket.Mark)basket.PendingEvents[1].Event).Colour);
            Check.Equal(1, ((Basket.Mark)(await SaveAndLoad(baskets, basket)).Seen.Single()).Colour);
        }),
        new("Raising: a lazy sequence is read once", async fixture =>
        {
            await using var baskets = await Baskets.OpenForAsync(fixture);
            var reads = 0;
            var basket = new Basket(Guid.CreateVersion7(), Lazy());
            Check.Sequence(["1"], basket.Items);
            Check.Sequence(["1"], (await SaveAndLoad(baskets, basket)).Items);
            Check.Equal(1, reads);

            IEnumerable<string> Lazy()
            {
                yield return (++reads).ToString(provider: null);
            }
        }),
        WithBasket("Raising: a list that Apply keeps as state isn't the event's", async (baskets, basket) =>
        {
            basket.Add("b");
            Check.Sequence(["a"], ((Basket.Opened)basket.PendingEvents[0].Event).Items);
            Check.Sequence(["a", "b"], basket.Items);
            Check.Sequence(["a", "b"], (await SaveAndLoad(baskets, basket)).Items);
        }),
        WithBasket("Raising: texts that are equal only in a culture can be sorted, and loaded", async (baskets, basket) =>
        {
            basket.Sort(
                new(StringComparer.Ordinal) { "ab", "a\u00ADb" }, new(StringComparer.Ordinal) { ["ab"] = 1, ["a\u00ADb"] = 2 },
                [("ab", 1), ("a\u00ADb", 2)]);
            var loaded = (Basket.Sorted)(await SaveAndLoad(baskets, basket)).Seen.Single();
            Check.Sequence(["ab", "a\u00ADb"], loaded.Words);
            Check.Sequence(["ab", "a\u00ADb"], loaded.Counts.Keys);
            Check.Equal(2, loaded.Pairs.Count);
            // Sorted the other way, too: loaded values can be raised again.
            basket.Sort(loaded.Words, loaded.Counts, loaded.Pairs);
            basket.Sort(["b", "B"], new() { ["b"] = 1, ["B"] = 2 }, []);
            Check.Equal(3, (await SaveAndLoad(baskets, basket)).Seen.Count);
        }),
        WithBasket("Raising: comparers with which the event couldn't be loaded are refused", async (baskets, basket) =>
        {
            var ignoring = StringComparer.OrdinalIgnoreCase;
            Dictionary<string, HashSet<string>> none = [];
            ISet<string>[] sets =
            [
                new HashSet<string>(ignoring), new SortedSet<string>(ignoring), ImmutableHashSet.Create<string>(ignoring), ImmutableSortedSet.Create<string>(ignoring),
                Array.Empty<string>().ToFrozenSet(ignoring), new HashSet<string>(StringComparer.InvariantCulture),
                ImmutableHashSet.Create<string>(ignoring).ToBuilder(), ImmutableSortedSet.Create<string>(ignoring).ToBuilder(), new ReadOnlySet<string>(new HashSet<string>(ignoring)),
                new SortedSet<string>(Comparer<string>.Create((x, y) => string.CompareOrdinal(y, x))),
            ];
            foreach (var set in sets)
            {
                Refused(() => basket.Group(set, none), "words");
            }
            IReadOnlyDictionary<string, HashSet<string>>[] maps =
            [
                new Dictionary<string, HashSet<string>>(ignoring), new SortedDictionary<string, HashSet<string>>(ignoring), new SortedList<string, HashSet<string>>(ignoring),
                new ConcurrentDictionary<string, HashSet<string>>(ignoring), new OrderedDictionary<string, HashSet<string>>(ignoring),
                none.ToImmutableDictionary(ignoring), none.ToImmutableSortedDictionary(ignoring), none.ToFrozenDictionary(ignoring),
                none.ToImmutableDictionary(ignoring).ToBuilder(), none.ToImmutableSortedDictionary(ignoring).ToBuilder(),
                new ReadOnlyDictionary<string, HashSet<string>>(new Dictionary<string, HashSet<string>>(ignoring)), new OwnMap(none),
                new ReadOnlyDictionary<string, HashSet<string>>(new ReadOnlyDictionary<string, HashSet<string>>(new SortedList<string, HashSet<string>>(ignoring))),
                new Dictionary<string, HashSet<string>> { ["nested"] = new(ignoring) },
            ];
            foreach (var map in maps)
            {
                Refused(() => basket.Group(new HashSet<string>(), map), "groups");
            }
            Refused(() => basket.Sort(new(ignoring), [], []), "words");
            Refused(() => basket.Sort([], new(StringComparer.InvariantCulture), []), "counts");
            Refused(() => basket.Sort([], [], new(Comparer<(string, int)>.Create((x, y) => y.Item2 - x.Item2))), "pairs");

            // A refused event leaves nothing behind.
            Check.Equal(1, basket.Version);
            Check.Equal(1, basket.PendingEvents.Count);
            basket.Group(new HashSet<string>(StringComparer.Ordinal) { "a", "A" }, new Dictionary<string, HashSet<string>>(StringComparer.Ordinal) { ["k"] = ["v"], ["K"] = [] });
            var loaded = (Basket.Grouped)(await SaveAndLoad(baskets, basket)).Seen.Single();
            Check.Sequence(["a", "A"], loaded.Words.Order(StringComparer.Ordinal).Reverse());
            Check.Equal(2, loaded.Groups.Count);
            basket.Group(new ReadOnlySet<string>(new HashSet<string> { "b" }), new ReadOnlyDictionary<string, HashSet<string>>(new Dictionary<string, HashSet<string>> { ["k"] = ["v"] }));
            Check.Sequence(["v"], ((Basket.Grouped)(await SaveAndLoad(baskets, basket)).Seen[1]).Groups["k"]);
        }),
        WithBasket("Raising: local times are refused", async (baskets, basket) =>
        {
            var utc = new DateTime(2026, 11, 28, 6, 0, 0, DateTimeKind.Utc);
            var local = DateTime.SpecifyKind(utc, DateTimeKind.Local);
            Refused(() => basket.Time(local), "at");
            Refused(() => basket.Time(utc, [null, local]), "more");
            var unspecified = DateTime.SpecifyKind(utc, DateTimeKind.Unspecified);
            basket.Time(utc, [null, unspecified]);
            var loaded = (Basket.Timed)(await SaveAndLoad(baskets, basket)).Seen.Single();
            Check.Equal((utc, DateTimeKind.Utc), (loaded.At, loaded.At.Kind));
            Check.Equal((unspecified, DateTimeKind.Unspecified), (loaded.More![1]!.Value, loaded.More[1]!.Value.Kind));
        }),
        WithBasket("Raising: an object that contains itself is refused", async (baskets, basket) =>
        {
            var node = new Node();
            node.Next.Add(node);
            Refused(() => basket.Link(node), "node");
            basket.Link(new Node { Next = { new Node() } });
            Check.Equal(1, ((Basket.Linked)(await SaveAndLoad(baskets, basket)).Seen.Single()).Node.Next.Count);
        }),
        WithBasket("Raising: an object with a private constructor is created again, and compared", async (baskets, basket) =>
        {
            basket.Encode(Code.Parse("a-1"));
            Refused(() => basket.Encode(Code.Parse("b") with { Value = " b " }), "code");
            Refused(() => basket.Encode(Code.Parse("b") with { Value = "" }), "code");
            var loaded = (Basket.Coded)(await SaveAndLoad(baskets, basket)).Seen.Single();
            Check.Equal("A-1", loaded.Code.Value);
            Check.Sequence(["a", "1"], loaded.Code.Parts);
        }),
        new("Raising: a user's record creates the aggregate, after a check", async fixture =>
        {
            await using var hounds = await Hounds.OpenForAsync(fixture);
            await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(Hound.Register("", [])));
            List<string> tricks = ["sit"];
            var hound = Hound.Register("Fido", tricks);
            tricks.Add("beg");
            Check.True(hound.TryAddTrick("roll over"));
            Check.True(!hound.TryAddTrick("roll over"));
            await hounds.SaveAsync(hound);
            var loaded = await hounds.Repository.GetAsync<Hound>(hound.Id);
            Check.Equal(("Fido", 2L), (loaded.Name, loaded.Version));
            Check.Sequence(["sit", "roll over"], loaded.Tricks);

            var id = new HoundId(Guid.CreateVersion7());
            Check.Equal(id, Hound.Register("Rex", [], id).Id);
        }),
        new("Raising: an id is given or made", async fixture =>
        {
            await using var hounds = await Hounds.OpenForAsync(fixture);
            var id = new HoundId(Guid.CreateVersion7());
            Hound given = new("Fido", id), made = new("Rex");
            await hounds.SaveAsync([given, made]);
            Check.Equal("Fido", (await hounds.Repository.GetAsync<Hound>(id)).Name);
            Check.Equal(7, made.Id.Value.Version);
            Check.Equal("Rex", (await hounds.Repository.GetAsync<Hound>(made.Id)).Name);
        }),
        new("Raising: an id must be given", async fixture =>
        {
            await using var baskets = await Baskets.OpenForAsync(fixture);
            await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(new Basket(Guid.Empty, [])));
        }),
    ];

    private static void CheckFilled(Basket.Filled e)
    {
        Check.Sequence(["1", "2,3"], e.Lists.Select(l => string.Join(',', l)));
        Check.Sequence(["a"], e.Array);
        Check.Sequence<byte>([1, 2], e.Bytes);
        Check.Sequence(["y"], e.Map["x"]);
        Check.Sequence([7], e.Tuple.Parts);
        Check.Equal("old", e.Label.Text);
        Check.Sequence(["red"], e.Label.Colours);
        Check.Sequence([1, 2], e.Batch.Sizes.Single());
        Check.Sequence<byte>([9], e.Maybe!.Single());
        Check.Equal("old", e.Pair!.Value.Item2.Text);
    }

    private static void Refused(Action raise, string field)
    {
        try
        {
            raise();
        }
        catch (EventValueException exception) when (exception.Field == field)
        {
            return;
        }

        throw new CheckFailedException($"'{field}' was not refused");
    }

    private static ContractCase WithBasket(string name, Func<Baskets, Basket, Task> run) => new(name, async fixture =>
    {
        await using var baskets = await Baskets.OpenForAsync(fixture);
        await run(baskets, new Basket(Guid.CreateVersion7(), ["a"]));
    });

    private static async Task<Basket> SaveAndLoad(Baskets baskets, Basket basket)
    {
        await baskets.SaveAsync(basket);
        return await baskets.Repository.GetAsync<Basket>(basket.Id);
    }

    /// <summary>A dictionary that doesn't expose its comparer.</summary>
    private sealed class OwnMap(IReadOnlyDictionary<string, HashSet<string>> inner) : IReadOnlyDictionary<string, HashSet<string>>
    {
        public int Count => inner.Count;

        public IEnumerable<string> Keys => inner.Keys;

        public IEnumerable<HashSet<string>> Values => inner.Values;

        public HashSet<string> this[string key] => inner[key];

        public bool ContainsKey(string key) => inner.ContainsKey(key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out HashSet<string> value) => inner.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, HashSet<string>>> GetEnumerator() => inner.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
