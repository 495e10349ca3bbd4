using System.Collections.Concurrent;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// The connection fails at every place where a message ends, while a save with inline views is under way: between its two round trips, too. The views
/// must agree with the events, the result must be true, and other programs must not wait long for the lock of the store.
/// </summary>
public sealed class InlineViewLossTests(ITestOutputHelper output) : IDisposable
{
    private const int Lanes = 6;

    private static readonly EventStoreOptions Options = new() { SaveTimeout = TimeSpan.FromSeconds(2), LockTimeout = TimeSpan.FromSeconds(1) };

    private readonly PostgreSqlServer _server = new();
    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _outcomes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Events_and_rows_agree()
    {
        (int FromClient, int FromServer) messages;
        using (var database = new PostgreSqlDatabase(_server))
        using (var proxy = new MessageProxy(_server.Port))
        {
            await using var inn = await OpenAsync(database, proxy);
            proxy.Reset();
            await inn.SaveAsync(NewPup(), Token);
            messages = proxy.Passed;
        }

        var random = TestRounds.Random(0);
        var cases = (from fromClient in new[] { true, false }
                     from after in Enumerable.Range(0, (fromClient ? messages.FromClient : messages.FromServer) + 1)
                     from fault in Enum.GetValues<Fault>()
                     select (fromClient, after, fault)).OrderBy(_ => random.Next()).ToList();
        var chosen = new ConcurrentQueue<(bool, int, Fault)>(TestRounds.IsLong ? cases : cases.Take(48));
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => RunLaneAsync(chosen), Token)));
        output.WriteLine($"{messages}, {cases.Count} cases: {string.Join(", ", _outcomes.Select(o => $"{o.Value} {o.Key}"))}; seed {TestRounds.Seed}");
        Assert.True(_violations.IsEmpty, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("\n", _violations.Take(10))}");
        Assert.True(_outcomes.ContainsKey("success"), "No save got through.");
    }

    /// <summary>Opens the application through a proxy, on a connection that writes the views in two round trips.</summary>
    private static async Task<Inn> OpenAsync(PostgreSqlDatabase database, MessageProxy proxy)
    {
        var inn = await Inn.OpenAsync(database.UrlAt("127.0.0.1", proxy.Port), Options, Token);
        for (var i = 0; i < 3; i++)
        {
            await inn.SaveAsync(NewPup(), Token);
        }

        return inn;
    }

    private static Pup NewPup()
    {
        var pup = new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UtcNow);
        pup.Learn("sit");
        return pup;
    }

    private async Task RunLaneAsync(ConcurrentQueue<(bool FromClient, int After, Fault Fault)> cases)
    {
        using var database = new PostgreSqlDatabase(_server);
        await using var direct = await Inn.OpenAsync(database.Url, new(), Token);
        while (cases.TryDequeue(out var one))
        {
            try
            {
                var pup = NewPup();
                string outcome;
                using (var proxy = new MessageProxy(_server.Port))
                {
                    await using var inn = await OpenAsync(database, proxy);
                    proxy.Arm(one.FromClient, one.After, one.Fault);
                    var saving = SaveAsync(inn, pup);
                    if (!one.FromClient)
                    {
                        // Another program doesn't wait long: the server has the whole of the first round trip, and ends a transaction without the second.
                        await direct.SaveAsync(NewPup(), Token);
                    }

                    outcome = await saving;
                }

                _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
                await direct.SaveAsync(NewPup(), Token);
                var isStored = await direct.Repository.TryGetAsync<Pup>(pup.Id, Token) is not null;
                if (isStored != (outcome == "success") && outcome != "in doubt")
                {
                    _violations.Add($"{one}: {outcome}, but stored: {isStored}");
                }

                if (isStored != (await direct.Views.GuestRow.GetAsync(pup.Id, cancellationToken: Token) is not null))
                {
                    _violations.Add($"{one}: {outcome}, but the row differs from the event, stored: {isStored}");
                }

                // All of the log, so that a save that was written twice is found, too.
                var log = await direct.NotificationLog.SelectAsync(limit: 10_000, cancellationToken: Token);
                var uses = (await direct.Views.GuestWord.GetAsync("sit", atLeast: log[^1].Position, TimeSpan.Zero, Token))!.Uses.Count;
                if (uses != log.Count(recorded => recorded.Event is Pup.Learned))
                {
                    _violations.Add($"{one}: {uses} uses, but {log.Count} events");
                }
            }
            catch (Exception exception) when (!Token.IsCancellationRequested)
            {
                _violations.Add($"{one}: {exception}");
            }
        }
    }

    private static async Task<string> SaveAsync(Inn inn, Pup pup)
    {
        try
        {
            await inn.SaveAsync(pup, Token);
            return "success";
        }
        catch (InDoubtException)
        {
            return "in doubt";
        }
        catch (TransientStoreException)
        {
            return "nothing written";
        }
    }
}
