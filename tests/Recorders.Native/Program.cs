using Recorders.Contract;

// Runs the contract of the recorders without a test framework, so that it can be published natively.
var (passed, failed) = (0, 0);
var watch = new SecretWatch();
(string Name, Func<RecorderFixture> Make)[] recorders =
[
    ("SQLite file", () => new SqliteFileFixture()),
    ("SQLite memory", () => new SqliteMemoryFixture()),
    ("memory:", () => new InMemoryFixture()),
    ("PostgreSQL", () => new PostgreSqlFixture()),
    ("PostgreSQL, named schema", () => new PostgreSqlSchemaFixture()),
];
foreach (var (name, make) in recorders)
{
    foreach (var contractCase in ContractCase.All)
    {
        try
        {
            await using var fixture = make();
            await contractCase.Run(fixture).WaitAsync(TimeSpan.FromMinutes(2));
            passed++;
        }
        catch (Exception exception)
        {
            failed++;
            Console.WriteLine($"FAILED: {name}, {contractCase.Name}: {exception}");
        }
    }
}

if (watch.Result is { Found.Count: > 0 } or { Looks: 0 })
{
    failed++;
    Console.WriteLine($"FAILED: A secret was shown {watch.Result.Found.Count} times, first by {watch.Result.Found.FirstOrDefault()}; {watch.Result.Looks} texts were searched.");
}
else
{
    passed++;
}

Console.WriteLine($"{passed} passed, {failed} failed, 0 skipped");
return failed == 0 ? 0 : 1;
