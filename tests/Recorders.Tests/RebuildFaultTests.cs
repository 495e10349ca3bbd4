using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>
/// The process that builds the rows of a view again is killed on its way: the rows in use are served all the time, and those that replace them
/// equal the fold of the log.
/// </summary>
public sealed class RebuildFaultTests(ITestOutputHelper output)
{
    private static readonly int Pups = TestRounds.Of(2_000, 100_000);
    private static readonly int Kills = TestRounds.Of(3, 10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SQLite()
    {
        await using var fixture = new SqliteFileFixture();
        await RunAsync(fixture, 1);
    }

    [Fact]
    public async Task PostgreSQL()
    {
        await using var fixture = new PostgreSqlFixture();
        await RunAsync(fixture, 2);
    }

    private async Task RunAsync(RecorderFixture fixture, int part)
    {
        var random = TestRounds.Random(part);
        await using var ranch = await Ranch.OpenAsync(fixture.Url, new EventStoreOptions(), Token);
        var pups = await FillAsync(ranch);
        await ranch.Projections.RunUntilCaughtUpAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = ReadAsync(ranch, pups, random.Next(), stop.Token);
        List<long> kills = [];
        var (peak, position, isDone) = (0L, 0L, false);
        while (!isDone)
        {
            using var builder = ChildProgram.Start("CrashWriter", fixture.Url, [2, 0]);
            try
            {
                // Until the builder has written more, and a little longer; the last one until it has finished.
                for (var before = position; !isDone && (position == before || kills.Count == Kills);)
                {
                    await Task.Delay(random.Next(20), Token);
                    builder.Refresh();
                    Assert.False(builder.HasExited, "The builder ended by itself.");
                    peak = Math.Max(peak, builder.PeakWorkingSet64);
                    var status = (await ranch.Projections.GetStatusAsync(Token)).Single(row => row.Projection == "stalls");
                    isDone = status.Version == 2;
                    position = status.Rebuild?.Position ?? position;
                }
            }
            finally
            {
                builder.Kill();
                await builder.WaitForExitAsync(Token);
            }

            if (!isDone)
            {
                kills.Add(position);
            }
        }

        await stop.CancelAsync();
        var reads = await reading;
        await using var later = await LaterRanch.OpenAsync(fixture.Url, new EventStoreOptions(), Token);
        var rows = 0;
        await foreach (var row in later.Views.LaterStall.ReadAllAsync(5000, Token))
        {
            Assert.Equal(new LaterStall(row.PupId, $"pup {row.PupId.Value:N}", 900), row);
            rows++;
        }

        Assert.Equal(Pups, rows);
        output.WriteLine($"{fixture.GetType().Name}: {Pups * 10} events, {kills.Count} kills at {string.Join(", ", kills)}, {reads} reads meanwhile, " +
            $"at most {peak / 1048576} MiB, seed {TestRounds.Seed}");
    }

    /// <summary>Adds ten events of each pup.</summary>
    private static async Task<Guid[]> FillAsync(Ranch ranch)
    {
        var ids = Enumerable.Range(0, Pups).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var some in ids.Chunk(100))
        {
            await using var session = ranch.CreateSession();
            using (session.Use())
            {
                foreach (var id in some)
                {
                    var pup = new Pup(new PupId(id), $"pup {id:N}", DateTimeOffset.UnixEpoch);
                    for (var i = 0; i < 9; i++)
                    {
                        pup.Learn("sit");
                    }

                    await ranch.SaveAsync(pup, Token);
                }
            }

            await session.CommitAsync(Token);
        }

        return ids;
    }

    /// <summary>Reads the rows in use: each is complete, of the earlier or of the later version.</summary>
    private static async Task<int> ReadAsync(Ranch ranch, Guid[] ids, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        for (var reads = 0; ; reads++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return reads;
            }

            var row = await ranch.Views.GetAsync<StallRow>(new PupId(ids[random.Next(ids.Length)]), cancellationToken: CancellationToken.None);
            Assert.True(row is { Tricks: 9 or 900 }, $"{row}");
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
