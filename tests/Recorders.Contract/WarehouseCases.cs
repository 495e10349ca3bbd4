using EventSourcing;

namespace Recorders.Contract;

/// <summary>What would be loaded as something else, because its text, type, comparer or converter says less than it holds.</summary>
internal static class WarehouseCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithWarehouse("Refusals: URIs that their text doesn't make again", async (warehouses, warehouse) =>
        {
            Refused(warehouse, new Warehouse.Linked(new SpecialUri("http://a/b")), "link");
            // On Windows it has no absolute form at all.
            if (Uri.TryCreate("/var/data/a.pdf", UriKind.Absolute, out var path))
                Refused(warehouse, new Warehouse.Linked(path), "link");
            var raw = new Uri("http://a/b/../c", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            Refused(warehouse, new Warehouse.Linked(raw), "link");
            string[] good = ["http://a/b?c=d#e", "file:///var/data/a.pdf", "/var/data/a.pdf", "a/b", "mailto:a@b.c", "urn:x:y", "//host/share", ""];
            foreach (var text in good)
                Check.Equal(text, ((Warehouse.Linked)await SaveAndLoad(warehouses, warehouse, new Warehouse.Linked(new Uri(text, UriKind.RelativeOrAbsolute)))).Link.OriginalString);
        }),
        WithWarehouse("Refusals: collections of derived classes", async (warehouses, warehouse) =>
        {
            var good = new Warehouse.Stored([1], ["a"], new() { ["b"] = 2 });
            Refused(warehouse, good with { List = new Cargo { Owner = "EUR" } }, "list");
            Refused(warehouse, good with { Set = new SpecialSet() }, "set");
            Refused(warehouse, good with { Map = new SpecialMap() }, "map");
            Check.Equal(good, (Warehouse.Stored)await SaveAndLoad(warehouses, warehouse, good));
        }),
        WithWarehouse("Refusals: sets with a comparer where a collection has none", async (warehouses, warehouse) =>
        {
            var good = new Warehouse.Gathered(new HashSet<string> { "a" }, ["b"], new Queue<string>(["c"]));
            var other = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" };
            Refused(warehouse, good with { Some = other }, "some");
            Refused(warehouse, good with { Others = other }, "others");
            Refused(warehouse, good with { All = other }, "all");
            Check.Equal(good, (Warehouse.Gathered)await SaveAndLoad(warehouses, warehouse, good));
        }),
        WithWarehouse("Refusals: what its converter can't read, or reads as another value", async (warehouses, warehouse) =>
        {
            var good = new Warehouse.Weighed(new Load(1.5), [new Load(2)]);
            Refused(warehouse, good with { Load = new Load(-1) }, "load");
            Refused(warehouse, good with { Load = new Load(0) }, "load");
            Refused(warehouse, good with { Loads = [new Load(1), new Load(-1)] }, "loads");
            Check.Equal(good, (Warehouse.Weighed)await SaveAndLoad(warehouses, warehouse, good));
        }),
        WithWarehouse("Shapes: a type that holds itself shares parts with one that doesn't", async (warehouses, warehouse) =>
        {
            var comment = new Comment("a", ["b"], new Comment("c", [], null));
            var loaded = (Warehouse.Commented)await SaveAndLoad(warehouses, warehouse, new Warehouse.Commented(comment, new Post(["d"], new() { ["e"] = ["f"] })));
            Check.Equal("a b c d e f", string.Join(' ', [loaded.Comment.Text, .. loaded.Comment.Tags, loaded.Comment.ReplyTo!.Text, .. loaded.Post.Tags, .. loaded.Post.Links.Select(l => $"{l.Key} {l.Value[0]}")]));
            for (var i = 0; i < 70; i++)
                comment = new Comment("t", [], comment);
            Refused(warehouse, new Warehouse.Commented(comment, new Post([], [])), "comment");
        }),
    ];

    private static void Refused(Warehouse warehouse, IEvent<Warehouse> e, string field)
    {
        var before = (warehouse.Version, warehouse.PendingEvents.Count);
        try
        {
            warehouse.Put(e);
        }
        catch (EventValueException refused)
        {
            Check.Equal(field, refused.Field);
            Check.Equal(before, (warehouse.Version, warehouse.PendingEvents.Count));
            return;
        }

        throw new CheckFailedException($"{e.GetType().Name} with a wrong {field} was raised.");
    }

    private static async Task<object> SaveAndLoad(Warehouses warehouses, Warehouse warehouse, IEvent<Warehouse> e)
    {
        warehouse.Put(e);
        await warehouses.SaveAsync(warehouse);
        return (await warehouses.Repository.GetAsync<Warehouse>(warehouse.Id)).Seen[^1];
    }

    private static ContractCase WithWarehouse(string name, Func<Warehouses, Warehouse, Task> run) => new(name, async fixture =>
    {
        await using var warehouses = await Warehouses.OpenAsync(fixture.Url);
        await run(warehouses, new Warehouse(Guid.CreateVersion7()));
    });

    private sealed class SpecialUri(string text) : Uri(text);

    private sealed class SpecialSet : HashSet<string>;

    private sealed class SpecialMap : Dictionary<string, int>;
}
