using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// Connections, server and clients are killed while saves are running: acknowledged saves stay, no save is stored in part or
/// twice, and the store recovers by itself.
/// </summary>
public sealed class KillTests : PostgreSqlTestBase
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ITestOutputHelper _output;
    private readonly PostgreSqlServer _server;
    private readonly ConcurrentDictionary<Guid, long> _acknowledged = new();
    private readonly List<double> _recoveries = [];
    private int _saves;
    private int _inDoubt;
    private int _refused;

    public KillTests(ITestOutputHelper output)
        : this(output, new PostgreSqlServer())
    {
    }

    private KillTests(ITestOutputHelper output, PostgreSqlServer server)
        : base(server) => (_output, _server) = (output, server);

    public override void Dispose()
    {
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Acknowledged_saves_survive()
    {
        var rounds = TestRounds.Of(8, 100);
        await using var application = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        // The other process writes topics that the application doesn't know.
        var subscription = new SubscriptionReader(application.NotificationLog, "GuidThing.Made");
        var subscribing = Task.Run(subscription.RunAsync, Token);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(application.Recorder, TestRounds.Random(i), end.Token), Token)));
        var random = TestRounds.Random(100);
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(50, 300), Token);
            Assert.False(writing.IsCompleted, writing.Exception?.ToString());
            await HarmAsync(round % 4, random);
        }

        await end.CancelAsync();
        await writing.WaitAsync(Patience, Token);
        await using var connection = Connect();
        var log = await PositionsAsync(connection, "SELECT id FROM contract_events WHERE topic = 'GuidThing.Made' ORDER BY id");
        subscription.Finish(log[^1]);
        await subscribing.WaitAsync(Patience, Token);

        var violations = subscription.FindViolations(log).Concat(await FindViolationsAsync(application.Recorder)).ToList();
        _output.WriteLine(
            $"{rounds} rounds, {_saves} saves, {_refused} refused, {_inDoubt} in doubt, first success after {_recoveries.Average():F0} ms on average, " +
            $"{_recoveries.Max():F0} ms at most, {violations.Count} violations, seed {TestRounds.Seed}");
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("; ", violations.Take(10))}");
        // The documented limit is two seconds.
        Assert.True(_recoveries.Max() < 20_000, $"{_recoveries.Max()} ms");
    }

    private async Task HarmAsync(int kind, Random random)
    {
        switch (kind)
        {
            case 0:
                Query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
                break;
            case 1:
                _server.Stop("immediate");
                await Task.Delay(random.Next(300), Token);
                _server.Start();
                break;
            case 2:
                _server.Kill();
                await Task.Delay(random.Next(300), Token);
                _server.Start();
                break;
            default:
                await RunKilledWriterAsync(random);
                break;
        }

        // From here on, nothing else is killed.
        var (time, saves) = (Stopwatch.StartNew(), Volatile.Read(ref _saves));
        while (Volatile.Read(ref _saves) == saves)
        {
            Assert.True(time.Elapsed < Patience, "No more saves succeed.");
            await Task.Delay(5, Token);
        }

        _recoveries.Add(time.Elapsed.TotalMilliseconds);
    }

    private async Task WriteAsync(IApplicationRecorder<Guid> recorder, Random random, CancellationToken end)
    {
        var (id, version) = (Guid.NewGuid(), 0L);
        while (!end.IsCancellationRequested)
        {
            var size = random.Next(1, 21);
            try
            {
                await recorder.InsertEventsAsync(Events(id, version + 1, size, $"{version + 1} {size}"), true, Token);
                version += size;
                _acknowledged[id] = version;
                Interlocked.Increment(ref _saves);
                if (random.Next(8) == 0)
                {
                    (id, version) = (Guid.NewGuid(), 0);
                }
            }
            catch (TransientStoreException)
            {
                Interlocked.Increment(ref _refused);
            }
            catch (InDoubtException)
            {
                // The outcome isn't looked up here. A later check finds whether the save is there as a whole or not at all.
                Interlocked.Increment(ref _inDoubt);
                (id, version) = (Guid.NewGuid(), 0);
            }
        }
    }

    /// <summary>Another process saves, and is killed meanwhile.</summary>
    private async Task RunKilledWriterAsync(Random random)
    {
        using var process = ChildProgram.Start("CrashWriter", Database.Url, [random.Next(1_000_000), 4]);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(Token));
        var reading = process.StandardOutput.ReadToEndAsync(Token);
        await Task.Delay(random.Next(300), Token);
        process.Kill();
        await process.WaitForExitAsync(Token);
        // The last line may be incomplete.
        foreach (var line in (await reading).Split('\n')[..^1])
        {
            var (id, version) = ChildProgram.ReadSave(line);
            _acknowledged[id] = version;
        }
    }

    private async Task<List<string>> FindViolationsAsync(IApplicationRecorder<Guid> recorder)
    {
        var violations = new List<string>();
        foreach (var rows in (await recorder.SelectNotificationsAsync(int.MaxValue, cancellationToken: Token)).GroupBy(row => row.OriginatorId))
        {
            var ordered = rows.ToList();
            if (!ordered.Select(row => row.OriginatorVersion).SequenceEqual(Enumerable.Range(1, ordered.Count).Select(version => (long)version)))
            {
                violations.Add($"{rows.Key} has other versions than 1 to {ordered.Count}");
            }

            if (_acknowledged.TryGetValue(rows.Key, out var version) && version > ordered.Count)
            {
                violations.Add($"{rows.Key} was acknowledged at {version}, but is at {ordered.Count}");
            }

            // A state says how its save began and how long it is.
            for (var i = 0; i < ordered.Count;)
            {
                var state = Encoding.UTF8.GetString(ordered[i].State.Span);
                var parts = state[(state.IndexOf("name\":\"", StringComparison.Ordinal) is var at && at < 0 ? 0 : at + 7)..].Split(' ', '"');
                var size = int.Parse(parts[1], CultureInfo.InvariantCulture);
                if (parts[0] != $"{i + 1}" || ordered.Skip(i).Take(size).Count(row => row.State.Span.SequenceEqual(ordered[i].State.Span)) != size)
                {
                    violations.Add($"{rows.Key} has a part of a save at {i + 1}");
                }

                i += size;
            }
        }

        var found = (await recorder.SelectNotificationsAsync(int.MaxValue, cancellationToken: Token)).Select(row => row.OriginatorId).ToHashSet();
        violations.AddRange(_acknowledged.Keys.Where(id => !found.Contains(id)).Select(id => $"{id} was acknowledged, but isn't there"));
        return violations;
    }
}
