using System.Collections.Immutable;
using EventSourcing;
using EventSourcing.CompilerServices;

namespace Recorders.Contract;

/// <summary>Values that couldn't be saved are refused when their event is raised: the aggregate is as before, and can be saved.</summary>
internal static class RefusalCases
{
    private const string Half = "a\uD83D";

    private static readonly Freight.Description Good = new("t\uD83D\uDE00", null, 'é', new Uri("/a", UriKind.Relative), Size.Large, Handling.Fragile | Handling.Upright, new Tag("t"));

    private static readonly Freight.Contents Full = new(["a"], ["b"], new() { ["c"] = Size.Small }, ("d", null), [new Tag("e")], [1]);

    public static IEnumerable<ContractCase> All =>
    [
        WithFreight("Refusals: single values", async (freights, freight) =>
        {
            foreach (var text in new[] { null!, Half, "\uDE00\uD83D", "\uD83Da" })
            {
                Refused(freight, Good with { Text = text }, "text");
                Refused(freight, Good with { Tag = new Tag(text) }, "tag");
            }

            Refused(freight, Good with { Note = Half }, "note");
            Refused(freight, Good with { Letter = '\uD83D' }, "letter");
            Refused(freight, Good with { Link = null! }, "link");
            Refused(freight, Good with { Link = new Uri(Half, UriKind.Relative) }, "link");
            Refused(freight, Good with { Size = (Size)9 }, "size");
            Refused(freight, Good with { Handling = Handling.Fragile | (Handling)8 }, "handling");
            Refused(freight, Good with { Tag = null! }, "tag");
            Refused(freight, Good with { Tag = new SpecialTag("t", 1) }, "tag");
            Check.Equal(Good, await SaveAndLoad(freights, freight, Good));
        }),
        WithFreight("Refusals: in collections", async (freights, freight) =>
        {
            Refused(freight, Full with { Texts = null! }, "texts");
            Refused(freight, Full with { Texts = [null!] }, "texts");
            Refused(freight, Full with { Texts = ["a", Half] }, "texts");
            Refused(freight, Full with { Codes = default }, "codes");
            Refused(freight, Full with { Codes = [null!] }, "codes");
            Refused(freight, Full with { Codes = [Half] }, "codes");
            Refused(freight, Full with { Sizes = null! }, "sizes");
            Refused(freight, Full with { Sizes = new() { [Half] = Size.Small } }, "sizes");
            Refused(freight, Full with { Sizes = new() { ["a"] = (Size)9 } }, "sizes");
            Refused(freight, Full with { Pair = (null!, null) }, "pair");
            Refused(freight, Full with { Pair = ("a", new SpecialTag("t", 1)) }, "pair");
            Refused(freight, Full with { Tags = [null!] }, "tags");
            Refused(freight, Full with { Tags = [new Tag(Half)] }, "tags");
            Refused(freight, Full with { Tags = [new SpecialTag("t", 1)] }, "tags");
            Refused(freight, Full with { Bytes = null! }, "bytes");
            Check.Equal(Full, await SaveAndLoad(freights, freight, Full));
        }),
        WithFreight("Refusals: values that are nested too deeply", async (freights, freight) =>
        {
            var tree = new Tree("t", []);
            for (var i = 1; i < 31; i++)
            {
                tree = new Tree("t", [tree]);
            }
            Refused(freight, new Freight.Growth(new Tree("t", [tree])), "tree");
            Refused(freight, new Freight.Growth(new Tree("t", default)), "tree");
            Refused(freight, new Freight.Growth(new Tree("t", [null!])), "tree");
            Check.Equal(new Freight.Growth(tree).ToString(), (await SaveAndLoad(freights, freight, new Freight.Growth(tree))).ToString());
        }),
        WithFreight("Refusals: URIs that can't be created again from their text", async (freights, freight) =>
        {
            Refused(freight, new Freight.Linked(new SpecialUri("http://a/b")), "link");
            // On Windows it has no absolute form at all.
            if (Uri.TryCreate("/var/data/a.pdf", UriKind.Absolute, out var path))
            {
                Refused(freight, new Freight.Linked(path), "link");
            }
            var raw = new Uri("http://a/b/../c", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            Refused(freight, new Freight.Linked(raw), "link");
            string[] good = ["http://a/b?c=d#e", "file:///var/data/a.pdf", "/var/data/a.pdf", "a/b", "mailto:a@b.c", "urn:x:y", "//host/share", ""];
            foreach (var text in good)
            {
                freight.Put(new Freight.Linked(new Uri(text, UriKind.RelativeOrAbsolute)));
            }
            await freights.SaveAsync(freight);
            var loaded = await freights.Repository.GetAsync<Freight>(freight.Id);
            Check.Sequence(good, loaded.Seen.Select(e => ((Freight.Linked)e).Link.OriginalString));
        }),
        WithFreight("Refusals: collections of derived classes", async (freights, freight) =>
        {
            var good = new Freight.Stored([1], ["a"], new() { ["b"] = 2 });
            Refused(freight, good with { List = new Cargo { Owner = "EUR" } }, "list");
            Refused(freight, good with { Set = new SpecialSet() }, "set");
            Refused(freight, good with { Map = new SpecialMap() }, "map");
            Check.Equal(good, (Freight.Stored)await SaveAndLoad(freights, freight, good));
        }),
        WithFreight("Refusals: sets with a comparer where a collection has none", async (freights, freight) =>
        {
            var good = new Freight.Gathered(new HashSet<string> { "a" }, ["b"], new Queue<string>(["c"]));
            var other = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" };
            Refused(freight, good with { Some = other }, "some");
            Refused(freight, good with { Others = other }, "others");
            Refused(freight, good with { All = other }, "all");
            Check.Equal(good, (Freight.Gathered)await SaveAndLoad(freights, freight, good));
        }),
        WithFreight("Refusals: values that their converter can't read, or reads as other values", async (freights, freight) =>
        {
            var good = new Freight.Weighed(new Load(1.5), [new Load(2)]);
            Refused(freight, good with { Load = new Load(-1) }, "load");
            Refused(freight, good with { Load = new Load(0) }, "load");
            Refused(freight, good with { Loads = [new Load(1), new Load(-1)] }, "loads");
            Check.Equal(good, (Freight.Weighed)await SaveAndLoad(freights, freight, good));
        }),
        WithFreight("Shapes: a type that holds itself shares parts with one that doesn't", async (freights, freight) =>
        {
            var comment = new Comment("a", ["b"], new Comment("c", [], null));
            var deep = comment;
            for (var i = 0; i < 70; i++)
            {
                deep = new Comment("t", [], deep);
            }
            Refused(freight, new Freight.Commented(deep, new Post([], [])), "comment");
            var loaded = (Freight.Commented)await SaveAndLoad(freights, freight, new Freight.Commented(comment, new Post(["d"], new() { ["e"] = ["f"] })));
            Check.Equal("a b c d e f", string.Join(' ', [loaded.Comment.Text, .. loaded.Comment.Tags, loaded.Comment.ReplyTo!.Text, .. loaded.Post.Tags, .. loaded.Post.Links.Select(l => $"{l.Key} {l.Value[0]}")]));
        }),
        new("Refusals: an id that isn't text", async fixture =>
        {
            await using var things = await TextApplication.OpenForAsync(fixture);
            foreach (var id in KeyCases.Unstorable)
            {
                var refused = await Check.ThrowsAsync<EventValueException>(() => Task.FromResult(new TextThing(id, "n")));
                Check.Equal(("id", "Made"), (refused.Field, refused.Event));
            }

            var thing = new TextThing("a\uD83D\uDE00", "n");
            await things.SaveAsync(thing);
            Check.Equal("n", (await things.Repository.GetAsync<TextThing>(thing.Id)).Name);
        }),
        WithFreight("Raising: a reader of pending events can't change them", async (freights, freight) =>
        {
            freight.Put(Full);
            freight.Put(Good);
            var pending = freight.PendingEvents;
            Check.True(ReferenceEquals(pending[2].Event, pending[2].Event));
            foreach (var seen in pending.Select(p => p.Event).Concat([pending[1].Event]).OfType<Freight.Contents>())
            {
                seen.Texts.Clear();
                seen.Sizes["x"] = (Size)9;
                seen.Bytes[0] = 99;
            }

            Check.Equal(Full, (Freight.Contents)pending[1].Event);
            Check.Sequence([1L, 2L, 3L], pending.Select(p => p.Header.Version));
            await freights.SaveAsync(freight);
            Check.Equal(0, pending.Count);
            Check.Equal(Full, (Freight.Contents)(await freights.Repository.GetAsync<Freight>(freight.Id)).Seen[0]);
        }),
        WithFreight("Raising: an object that changes a parameter that it keeps is copied", async (freights, freight) =>
        {
            var counter = new Counter(1);
            var e = new Freight.Count(counter);
            freight.Put(e);
            counter.Increase();
            Check.Equal(1, ((Freight.Count)freight.PendingEvents[1].Event).Counter.Count);
            ((Freight.Count)freight.Seen.Single()).Counter.Increase();
            await freights.SaveAsync(freight);
            Check.Equal(1, ((Freight.Count)(await freights.Repository.GetAsync<Freight>(freight.Id)).Seen.Single()).Counter.Count);
        }),
    ];

    private static void Refused(Freight freight, IEvent<Freight> e, string field)
    {
        try
        {
            freight.Put(e);
        }
        catch (EventValueException exception)
        {
            Check.Equal((field, e.GetType().Name), (exception.Field, exception.Event));
            Check.True(exception.Message.StartsWith($"'{field}' of {e.GetType().Name} ", StringComparison.Ordinal), exception.Message);
            Check.Equal((1L, 1, 0), (freight.Version, freight.PendingEvents.Count, freight.Seen.Count));
            return;
        }

        throw new CheckFailedException($"'{field}' was not refused");
    }

    private static async Task<object> SaveAndLoad(Freights freights, Freight freight, IEvent<Freight> e)
    {
        freight.Put(e);
        await freights.SaveAsync(freight);
        return (await freights.Repository.GetAsync<Freight>(freight.Id)).Seen.Single();
    }

    private static ContractCase WithFreight(string name, Func<Freights, Freight, Task> run) => new(name, async fixture =>
    {
        await using var freights = await Freights.OpenForAsync(fixture);
        await run(freights, new Freight(Guid.CreateVersion7()));
    });

    private sealed class SpecialUri(string text) : Uri(text);

    private sealed class SpecialSet : HashSet<string>;

    private sealed class SpecialMap : Dictionary<string, int>;
}
