using System.Globalization;
using System.Text;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>A process is killed while it saves: all saves that it acknowledged must be there, and no save in part.</summary>
public sealed class SqliteCrashTests(ITestOutputHelper output) : SqliteTestBase
{
    private static readonly int Rounds = TestRounds.Of(20, 200);

    private static readonly int Seed = TestRounds.Seed;

    [Fact]
    public async Task Everything_acknowledged_survives_SIGKILL()
    {
        var random = new Random(Seed);
        var violations = new List<string>();
        var acknowledged = new Dictionary<Guid, long>();
        var saves = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var kill = TimeSpan.FromMicroseconds(random.Next(300_000));
            foreach (var line in await RunWriterAsync(random.Next(1_000_000), random.Next(1, 9), kill))
            {
                Acknowledge(acknowledged, line);
                saves++;
            }

            violations.AddRange((await FindViolationsAsync(acknowledged)).Select(violation => $"round {round}: {violation}"));
        }

        output.WriteLine($"{Rounds} rounds, {saves} saves, {violations.Count} violations, seed {Seed}");
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={Seed}: {string.Join("; ", violations.Take(10))}");
        Assert.True(saves > 0);
    }

    [Fact]
    public async Task Several_processes_start_on_a_new_file_and_save_at_once()
    {
        var random = new Random(Seed);
        var writers = Enumerable.Range(0, 4).Select(_ => RunWriterAsync(random.Next(1_000_000), 2, TimeSpan.FromSeconds(1))).ToList();
        var acknowledged = new Dictionary<Guid, long>();
        foreach (var line in (await Task.WhenAll(writers)).SelectMany(lines => lines))
        {
            Acknowledge(acknowledged, line);
        }

        var violations = await FindViolationsAsync(acknowledged);
        output.WriteLine($"{acknowledged.Count} aggregates, {violations.Count} violations, seed {Seed}");
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={Seed}: {string.Join("; ", violations.Take(10))}");
        Assert.True(acknowledged.Count > 0);
    }

    private static void Acknowledge(Dictionary<Guid, long> acknowledged, string line)
    {
        var (id, version) = ChildProgram.ReadSave(line);
        acknowledged[id] = version;
    }

    /// <summary>The lines of a writer that is killed some time after its first line, without an incomplete last line.</summary>
    private async Task<List<string>> RunWriterAsync(int seed, int tasks, TimeSpan time)
    {
        using var process = ChildProgram.Start("CrashWriter", Url, [seed, tasks]);
        var reading = Task.Run(async () =>
        {
            var text = new StringBuilder();
            var buffer = new char[4096];
            Task? killing = null;
            for (int read; (read = await process.StandardOutput.ReadAsync(buffer, Token)) > 0;)
            {
                text.Append(buffer, 0, read);
                killing ??= Task.Run(() =>
                {
                    Thread.Sleep(time);
                    process.Kill();
                }, Token);
            }

            Assert.True(killing is not null, "The writer did not start.");
            await killing;
            return text.ToString();
        }, Token);
        try
        {
            var lines = (await reading).Split('\n');
            await process.WaitForExitAsync(Token);
            return [.. lines[..^1].Where(line => line != "ready")];
        }
        finally
        {
            // The process must not continue after the run was cancelled.
            process.Kill();
        }
    }

    private async Task<List<string>> FindViolationsAsync(Dictionary<Guid, long> acknowledged)
    {
        var violations = new List<string>();
        await using var recorder = Open();
        var rows = await recorder.SelectNotificationsAsync(int.MaxValue, cancellationToken: Token);
        var heads = new Dictionary<Guid, long>();
        var pending = new Dictionary<Guid, (string State, long Last)>();
        foreach (var row in rows)
        {
            if (row.OriginatorVersion != heads.GetValueOrDefault(row.OriginatorId) + 1)
            {
                violations.Add($"{row.OriginatorId} goes from {heads.GetValueOrDefault(row.OriginatorId)} to {row.OriginatorVersion}");
            }

            heads[row.OriginatorId] = row.OriginatorVersion;

            // A state is: first version, number of events, filling.
            var state = Encoding.UTF8.GetString(row.State.Span);
            var parts = state.Split(' ');
            var (first, size) = (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
            if (pending.TryGetValue(row.OriginatorId, out var save) ? save.State != state : row.OriginatorVersion != first)
            {
                violations.Add($"{row.OriginatorId} has a part of a save before version {row.OriginatorVersion}");
            }

            if (row.OriginatorVersion == first + size - 1)
            {
                pending.Remove(row.OriginatorId);
            }
            else
            {
                pending[row.OriginatorId] = (state, first + size - 1);
            }
        }

        violations.AddRange(pending.Keys.Select(id => $"{id} ends in a part of a save"));
        violations.AddRange(acknowledged.Where(a => heads.GetValueOrDefault(a.Key) < a.Value)
            .Select(a => $"{a.Key} was acknowledged at {a.Value}, but is at {heads.GetValueOrDefault(a.Key)}"));
        if (Query("PRAGMA integrity_check") is not "ok")
        {
            violations.Add("the file is damaged");
        }

        return violations;
    }
}
