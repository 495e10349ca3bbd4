using System.Globalization;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Several processes on one file: others write, this one is subscribed.</summary>
[Collection(nameof(Alone))]
public sealed class SqliteProcessesTests(ITestOutputHelper output) : SqliteTestBase
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Four_processes_write_and_nothing_is_lost()
    {
        var saves = TestRounds.Of(250, 2500);
        var (saved, seen) = await RunAsync(processes: 4, tasks: 2, saves / 2, pause: 0);

        Assert.Equal(4 * saves, saved.Count);
        Assert.Equal(saved.Keys.Order(), seen.Select(s => s.Position));
        Assert.Equal((long)saved.Count, Query("SELECT count(*) FROM contract_events"));
        Report($"4 processes, {saves} saves each", saved, seen);
    }

    [Fact]
    public async Task Subscription_wakes_at_the_saves_of_another_process()
    {
        var (saved, seen) = await RunAsync(processes: 1, tasks: 1, TestRounds.Of(200, 2000), pause: 15);

        Assert.Equal(saved.Keys.Order(), seen.Select(s => s.Position));
        var late = Report("1 process, a save now and then", saved, seen);

        // A guard for busy machines: ten times the bound.
        Assert.True(late < Bound * 10, $"{late.TotalMilliseconds} ms");
    }

    /// <summary>Reports the delay between the acknowledgement of a save and the arrival of its events here.</summary>
    /// <returns>The time within which nine of ten were seen.</returns>
    private TimeSpan Report(string what, Dictionary<long, long> saved, List<(long Position, long Ticks)> seen)
    {
        var delays = seen.Select(s => TimeSpan.FromTicks(Math.Max(0, s.Ticks - saved[s.Position]))).Order().ToList();
        var late = delays[delays.Count * 99 / 100];
        output.WriteLine(
            $"{what}: {saved.Count} events, 0 lost; seen after {delays[delays.Count / 2].TotalMilliseconds:F1} ms (median), " +
            $"{late.TotalMilliseconds:F1} ms (99 %), {delays[^1].TotalMilliseconds:F1} ms (all)");

        // A machine that pauses for a moment delays a few events, so that the 99 % of few events aren't reliable.
        return delays[delays.Count * 9 / 10];
    }

    private async Task<(Dictionary<long, long> Saved, List<(long Position, long Ticks)> Seen)> RunAsync(int processes, int tasks, int saves, int pause)
    {
        await using var recorder = Open();
        var seen = new List<(long, long)>();
        var subscribing = Task.Run(
            async () =>
            {
                // Without polling, so that every event that arrives was announced.
                await foreach (var batch in Subscribing.Log(recorder).SubscribeInBatchesAsync(cancellationToken: Token))
                {
                    seen.AddRange(batch.Events.Select(r => (r.Position!.Value, DateTime.UtcNow.Ticks)));
                    if (seen.Count >= processes * tasks * saves)
                    {
                        return;
                    }
                }
            },
            Token);
        var children = Enumerable.Range(0, processes).Select(_ => ChildProgram.Start("LogWriter", Url, [tasks, saves, pause], isConversation: true)).ToList();
        var errors = children.Select(child => child.StandardError.ReadToEndAsync(Token)).ToList();
        foreach (var child in children)
        {
            Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Token));
        }

        foreach (var child in children)
        {
            await child.StandardInput.WriteLineAsync("go");
        }

        var saved = new Dictionary<long, long>();
        foreach (var (child, error) in children.Zip(errors))
        {
            foreach (var line in (await child.StandardOutput.ReadToEndAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = line.Split(' ');
                saved.Add(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
            }

            await child.WaitForExitAsync(Token);
            Assert.True(child.ExitCode == 0, await error);
            child.Dispose();
        }

        await subscribing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        return (saved, seen);
    }
}
