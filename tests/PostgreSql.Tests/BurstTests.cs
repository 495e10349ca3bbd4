using System.Diagnostics;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Many saves at once wait in order, and need only a few connections.</summary>
public sealed class BurstTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    [Fact]
    public async Task Ten_thousand_saves_at_once_on_two_connections()
    {
        const int Saves = 10_000;
        await using var recorder = Open("?max_pool_size=2");
        await recorder.OpenAsync(Token);
        var time = Stopwatch.StartNew();
        var saves = new List<Task<IReadOnlyList<long>>>(Saves);
        for (var i = 0; i < Saves; i++)
        {
            saves.Add(recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        }

        var positions = (await Task.WhenAll(saves)).Select(of => of.Single()).ToList();
        output.WriteLine($"{Saves} saves in {time.Elapsed.TotalMilliseconds:F0} ms, {(positions.SequenceEqual(positions.Order()) ? 0 : 1)} violations, seed {TestRounds.Seed}");
        Assert.Equal(positions.Order(), positions);
        Assert.Equal(Saves, Count("SELECT count(*) FROM contract_events"));

        var connections = Count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        Assert.InRange(connections, 1, 4);
    }
}
