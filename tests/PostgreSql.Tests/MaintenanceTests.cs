using System.Diagnostics;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Routine maintenance doesn't hold up saves, and saves don't hold up maintenance.</summary>
public sealed class MaintenanceTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    [Fact]
    public async Task Maintenance_and_saves_go_side_by_side()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1000), true, Token);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (saved, slowest) = (0, TimeSpan.Zero);
        var saving = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                var time = Stopwatch.StartNew();
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 3), true, Token);
                Interlocked.Increment(ref saved);
                slowest = time.Elapsed > slowest ? time.Elapsed : slowest;
            }
        }, Token)));

        // Held open until everything else is done. With the Python package's way of locking, every save would wait for it.
        await using var holder = Connect();
        await using var transaction = await holder.BeginTransactionAsync(Token);
        Assert.NotEmpty(await PositionsAsync(holder, "SELECT id FROM contract_events LIMIT 10 FOR UPDATE", transaction));
        // The previous statement stays open on the server until the next one, with a page that VACUUM FREEZE would wait for.
        Assert.Empty(await PositionsAsync(holder, "SELECT 1::bigint LIMIT 0", transaction));
        var rounds = TestRounds.Of(3, 30);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var sql in new[] { "VACUUM contract_events", "ANALYZE contract_events", "VACUUM (FREEZE, ANALYZE) contract_events" })
            {
                await WithProgressAsync(sql, () => Task.Run(() => Query(sql), Token));
            }

            await WithProgressAsync("pg_dump", DumpAsync);
        }

        await transaction.CommitAsync(Token);
        // Creating an index waits for transactions that could see the table without it, including the one above.
        for (var round = 0; round < rounds; round++)
        {
            foreach (var sql in new[] { "CREATE INDEX CONCURRENTLY of_topic ON contract_events (topic)", "DROP INDEX CONCURRENTLY of_topic" })
            {
                await WithProgressAsync(sql, () => Task.Run(() => Query(sql), Token));
            }
        }

        await end.CancelAsync();
        await saving;
        output.WriteLine($"{rounds} rounds, {saved} saves, slowest {slowest.TotalMilliseconds:F0} ms, 0 errors, seed {TestRounds.Seed}");
        Assert.Equal(1000 + (3L * saved), Count("SELECT count(*) FROM contract_events"));
        Assert.True(slowest < TimeSpan.FromSeconds(10), $"A save took {slowest}.");

        async Task WithProgressAsync(string name, Func<Task> work)
        {
            var before = Volatile.Read(ref saved);
            await work();
            for (var i = 0; Volatile.Read(ref saved) < before + 20; i++)
            {
                Assert.False(saving.IsFaulted, $"{name}: {saving.Exception}");
                Assert.True(i < 1000, $"After {name} no more saves succeed.");
                await Task.Delay(10, Token);
            }
        }
    }

    private async Task DumpAsync()
    {
        var parts = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        var start = new ProcessStartInfo(PostgreSqlBinaries.PathOf("pg_dump"), [
            "-h", parts.Host!, "-p", $"{parts.Port}", "-U", parts.Username!, parts.Database!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = parts.Password },
        };
        using var process = Process.Start(start)!;
        var dump = process.StandardOutput.ReadToEndAsync(Token);
        var errors = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, await errors);
        Assert.Contains("contract_events", await dump, StringComparison.Ordinal);
    }
}
