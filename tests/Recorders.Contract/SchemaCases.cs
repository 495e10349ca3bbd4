using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class SchemaCases
{
    public static IEnumerable<ContractCase> All =>
    [
        new("Schema: many callers ensure it at once, on several recorders", async fixture =>
        {
            var recorders = Enumerable.Range(0, 4).Select(_ => fixture.WithGuids()).ToList();
            await Task.WhenAll(recorders.SelectMany(r => Enumerable.Range(0, 3).Select(_ => Task.Run(async () => await r.EnsureSchemaAsync()))));
            foreach (var recorder in recorders)
            {
                Check.Sequence([], await recorder.VerifySchemaAsync());
                Check.Equal(1, (await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1))).Count);
                await recorder.DisposeAsync();
            }
        }),
        new("Schema: other tables are reported when a table is created beside them", async fixture =>
        {
            await using (var dogs = await School.OpenForAsync(fixture))
            {
                Check.Sequence([], dogs.Recorder.OtherTables);
            }
            await using (var crates = await Crates.OpenForAsync(fixture))
            {
                Check.Sequence(fixture.KeepsEvents ? ["school_events"] : [], crates.Recorder.OtherTables);
            }
            // Only when it is created.
            await using (var crates = await Crates.OpenForAsync(fixture))
            {
                Check.Equal(0, fixture.KeepsEvents ? crates.Recorder.OtherTables.Count : 0);
            }
        }),
        new("Schema: verified before and after its creation", async fixture =>
        {
            await using var recorder = fixture.WithGuids();
            var differences = await recorder.VerifySchemaAsync();
            Check.Equal(fixture is InMemoryFixture ? 0 : 1, differences.Count);
            Check.Sequence(differences, await recorder.VerifySchemaAsync());
            await recorder.OpenAsync();
            Check.Sequence([], await recorder.VerifySchemaAsync());
            await recorder.EnsureSchemaAsync();
            Check.Sequence([], await recorder.VerifySchemaAsync());
        }),
    ];
}
