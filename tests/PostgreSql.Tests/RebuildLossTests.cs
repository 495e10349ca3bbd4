using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// The connection fails at every place where a message ends, while the rows of a view are built again: it is retried, also if the commit that
/// replaces the rows in use was lost, and nothing is missing or counts twice. After a stall, it goes on at the latest when the server ends the
/// connection.
/// </summary>
public sealed class RebuildLossTests(ITestOutputHelper output) : IDisposable
{
    private const int Lanes = 4;

    // Enough for COPY.
    private const int Pups = 1100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly EventStoreOptions Options = new()
    {
        SaveTimeout = TimeSpan.FromSeconds(4), LockTimeout = TimeSpan.FromSeconds(1), ReadTimeout = TimeSpan.FromSeconds(10), ProjectionLease = TimeSpan.FromSeconds(1),
    };

    private readonly PostgreSqlServer _server = new();
    private readonly ConcurrentBag<string> _violations = [];
    private TimeSpan _longest;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task The_rows_are_those_of_the_log()
    {
        (int FromClient, int FromServer) messages;
        using (var database = new PostgreSqlDatabase(_server))
        using (var proxy = new MessageProxy(_server.Port))
        {
            await FillAsync(database);
            await using var ranch = await Ranch.OpenAsync(database.UrlAt("127.0.0.1", proxy.Port), Options, Token);
            proxy.Reset();
            await ranch.Projections.RebuildAsync("stalls", cancellationToken: Token);
            messages = proxy.Passed;
        }

        var random = TestRounds.Random(0);
        var cases = (from fromClient in new[] { true, false }
                     from after in Enumerable.Range(0, (fromClient ? messages.FromClient : messages.FromServer) + 1)
                     // Most messages of the server are events.
                     where fromClient || after < 60 || after > messages.FromServer - 100
                     from fault in Enum.GetValues<Fault>()
                     select (fromClient, after, fault)).OrderBy(_ => random.Next()).ToList();
        // Each of them takes up to 15 seconds.
        var few = cases.Where(one => one.fault == Fault.Stall).Take(Lanes).Concat(cases.Where(one => one.fault != Fault.Stall).Take(20));
        var chosen = new ConcurrentQueue<(bool, int, Fault)>(TestRounds.IsLong ? cases : few);
        var count = chosen.Count;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => RunLaneAsync(chosen), Token)));
        output.WriteLine($"{messages}, {count} of {cases.Count} cases, at most {_longest.TotalSeconds:F1} s; {_violations.Count} violations, seed {TestRounds.Seed}");
        Assert.True(_violations.IsEmpty, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("\n", _violations.Take(10))}");
    }

    /// <summary>Opens the application. On a busy machine, its short timeouts may be too short for that.</summary>
    private static async Task<Ranch> OpenAsync(string url)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await Ranch.OpenAsync(url, Options, Token);
            }
            catch (TransientStoreException) when (attempt < 20)
            {
                await Task.Delay(200, Token);
            }
        }
    }

    private static async Task FillAsync(PostgreSqlDatabase database)
    {
        await using var ranch = await Ranch.OpenAsync(database.Url, new(), Token);
        await using (var session = ranch.CreateSession())
        {
            using (session.Use())
            {
                for (var i = 0; i < Pups; i++)
                {
                    var pup = new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UtcNow);
                    pup.Learn("sit");
                    await ranch.SaveAsync(pup, Token);
                }
            }

            await session.CommitAsync(Token);
        }

        await ranch.Projections.RunUntilCaughtUpAsync(Token);
    }

    private async Task RunLaneAsync(ConcurrentQueue<(bool FromClient, int After, Fault Fault)> cases)
    {
        using var database = new PostgreSqlDatabase(_server);
        await FillAsync(database);
        await using var direct = await Ranch.OpenAsync(database.Url, new(), Token);
        while (cases.TryDequeue(out var one))
        {
            var time = Stopwatch.StartNew();
            try
            {
                // If the rows in use weren't replaced, these would stay.
                database.Query("UPDATE ranch_stalls SET tricks = 7");
                using (var proxy = new MessageProxy(_server.Port))
                {
                    await using var ranch = await OpenAsync(database.UrlAt("127.0.0.1", proxy.Port));
                    proxy.Arm(one.FromClient, one.After, one.Fault);
                    var rebuilding = ranch.Projections.RebuildAsync("stalls", cancellationToken: Token);
                    if (one.Fault == Fault.Stall)
                    {
                        // A transaction whose connection stalls keeps its locks until the server notices.
                        await Task.WhenAny(rebuilding, Task.Delay(Patience, Token));
                        proxy.CutStalled();
                    }

                    await rebuilding.WaitAsync(TimeSpan.FromSeconds(300), Token);
                }

                _longest = time.Elapsed > _longest ? time.Elapsed : _longest;
                var rows = await direct.Views.StallRow.GetPageAsync(10_000, Token);
                if (rows.Count != Pups || !rows.All(row => row is { Tricks: 1, Name: "Rex" }))
                {
                    _violations.Add($"{one}: {rows.Count} rows, {rows.Count(row => row.Tricks == 1)} right");
                }

                var status = (await direct.Projections.GetStatusAsync(Token)).Single(row => row.Projection == "stalls");
                if (status.Rebuild is not null || status.Position != Pups * 2)
                {
                    _violations.Add($"{one}: {status}");
                }

                foreach (var difference in await direct.Recorder.VerifySchemaAsync(Token))
                {
                    _violations.Add($"{one}: {difference}");
                }
            }
            catch (Exception exception) when (!Token.IsCancellationRequested)
            {
                _violations.Add($"{one}, after {time.Elapsed}: {exception}");
            }
        }
    }
}
