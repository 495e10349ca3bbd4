using System.Diagnostics;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Processes that save with inline views are killed and suspended at random moments: afterwards, the rows are those of the events.</summary>
public sealed class InlineViewFaultTests(ITestOutputHelper output)
{
    private const int Tasks = 3;

    private static readonly int Kills = TestRounds.Of(5, 200);
    private static readonly int Pauses = TestRounds.Of(8, 500);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SQLite()
    {
        await using var fixture = new SqliteFileFixture();
        await RunAsync(fixture, part: 51);
    }

    [Fact]
    public async Task PostgreSQL()
    {
        await using var fixture = new PostgreSqlFixture();
        await RunAsync(fixture, part: 52);
    }

    private async Task RunAsync(RecorderFixture fixture, int part)
    {
        var random = TestRounds.Random(part);
        var kills = Enumerable.Range(0, Kills + Pauses).Select(i => i < Kills).ToArray();
        random.Shuffle(kills);
        List<Writer> writers = [new(fixture.Url, random.Next()), new(fixture.Url, random.Next())];
        List<(Guid Id, long Version)> acknowledged = [];
        try
        {
            foreach (var isKill in kills)
            {
                var chosen = random.Next(writers.Count);
                if (random.Next(8) > 0)
                {
                    // Otherwise also while it opens the store.
                    await writers[chosen].Ready.WaitAsync(TimeSpan.FromSeconds(60), Token);
                }

                await Task.Delay(random.Next(200), Token);
                Assert.False(writers[chosen].HasExited, "A writer ended by itself.");
                if (isKill)
                {
                    acknowledged.AddRange(await writers[chosen].KillAsync());
                    writers[chosen] = new(fixture.Url, random.Next());
                }
                else
                {
                    writers[chosen].Suspend();
                    await Task.Delay(random.Next(200), Token);
                    writers[chosen].Continue();
                }
            }

            await Task.WhenAll(writers.Select(writer => writer.Ready)).WaitAsync(TimeSpan.FromSeconds(60), Token);
            await Task.Delay(300, Token);
        }
        finally
        {
            foreach (var writer in writers)
            {
                acknowledged.AddRange(await writer.KillAsync());
            }
        }

        await using var hostel = await Hostel.OpenAsync(fixture.Url, cancellationToken: Token);
        var events = await CompareAsync(hostel, acknowledged);
        output.WriteLine($"{fixture.GetType().Name}: {Kills} kills, {Pauses} pauses, {acknowledged.Count} saves, {events} events, seed {TestRounds.Seed}");
        Assert.True(acknowledged.Count > 0, "No save was acknowledged.");
    }

    /// <summary>Compares the views with a fold of the whole log that is written here once more, and the log with the saves that were acknowledged.</summary>
    private static async Task<long> CompareAsync(Hostel hostel, List<(Guid Id, long Version)> acknowledged)
    {
        while (true)
        {
            // What a killed program has sent may be committed after its end.
            var before = await hostel.NotificationLog.GetMaxPositionAsync(Token) ?? 0;
            var (rows, expected, versions) = (await ReadRowsAsync(hostel), new SortedDictionary<string, long>(StringComparer.Ordinal), new Dictionary<Guid, long>());
            var events = 0L;
            await foreach (var recorded in hostel.NotificationLog.ReadAllAsync(cancellationToken: Token))
            {
                events++;
                Assert.Equal(versions.GetValueOrDefault(recorded.AggregateId) + 1, recorded.Header.Version);
                versions[recorded.AggregateId] = recorded.Header.Version;
                switch (recorded.Event)
                {
                    case Pup.Born born:
                        expected.Add($"{recorded.AggregateId} {born.Name}", 0);
                        break;
                    case Pup.Learned learned:
                        expected[NameOf(recorded.AggregateId)]++;
                        expected[learned.Trick] = expected.GetValueOrDefault(learned.Trick) + 1;
                        break;
                    case Pup.Left:
                        expected.Remove(NameOf(recorded.AggregateId));
                        break;
                }
            }

            var status = await hostel.Projections.GetStatusAsync(Token);
            if (await hostel.NotificationLog.GetMaxPositionAsync(Token) != before)
            {
                continue;
            }

            Assert.Equal(expected, rows);
            Assert.All(status, view => Assert.Equal((true, before, 0L), (view.IsInline, view.Position, view.Lag)));
            Assert.All(acknowledged, save => Assert.True(versions.GetValueOrDefault(save.Id) >= save.Version, $"{save} was acknowledged, and isn't stored."));
            return events;
        }

        static string NameOf(Guid id) => $"{id} lodger";
    }

    private static async Task<SortedDictionary<string, long>> ReadRowsAsync(Hostel hostel)
    {
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var row in hostel.Views.Lodger.ReadAllAsync(cancellationToken: Token))
        {
            rows.Add($"{row.PupId.Value} {row.Name}", row.Tricks);
        }

        await foreach (var row in hostel.Views.LodgerTrick.ReadAllAsync(cancellationToken: Token))
        {
            rows.Add(row.Trick, row.Uses);
        }

        return rows;
    }

    /// <summary>A process that saves, and reports each save that was acknowledged.</summary>
    private sealed class Writer
    {
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Process _process;
        private readonly Task<List<(Guid, long)>> _reading;

        public Writer(string url, int seed)
        {
            _process = ChildProgram.Start("CrashWriter", url, [seed % 1_000_000, -Tasks]);
            _reading = Task.Run(ReadAsync);
        }

        /// <summary>Ends when it has opened the store.</summary>
        public Task Ready => _ready.Task;

        public bool HasExited => _process.HasExited;

        public void Suspend() => ProcessSignals.Send(_process, ProcessSignals.Stop);

        public void Continue() => ProcessSignals.Send(_process, ProcessSignals.Continue);

        /// <summary>Kills it.</summary>
        /// <returns>The aggregates that it has saved, with their versions.</returns>
        public async Task<List<(Guid, long)>> KillAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            var saves = await _reading;
            _process.Dispose();
            return saves;
        }

        private async Task<List<(Guid, long)>> ReadAsync()
        {
            List<(Guid, long)> saves = [];
            while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                if (line == "ready")
                {
                    _ready.SetResult();
                }
                else if (line.EndsWith('.'))
                {
                    // Otherwise the end of the line is missing.
                    saves.Add(ChildProgram.ReadSave(line.TrimEnd('.')));
                }
            }

            return saves;
        }
    }
}
