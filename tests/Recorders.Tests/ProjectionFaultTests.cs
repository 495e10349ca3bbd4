using System.Diagnostics;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Runners of projections are killed and suspended while events are saved: afterwards, the views equal the fold of the log.</summary>
public sealed class ProjectionFaultTests(ITestOutputHelper output)
{
    private const int Pups = 20;

    private static readonly int Rounds = TestRounds.Of(5, 100);
    private static readonly EventStoreOptions Options = new() { ProjectionLease = TimeSpan.FromSeconds(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SQLite()
    {
        await using var fixture = new SqliteFileFixture();
        await RunViewsAsync(fixture, 1);
    }

    [Fact]
    public async Task PostgreSQL()
    {
        await using var fixture = new PostgreSqlFixture();
        await RunViewsAsync(fixture, 2);
    }

    [Fact]
    public async Task Handlers_on_SQLite()
    {
        await using var fixture = new SqliteFileFixture();
        await RunHandlersAsync(fixture, 3);
    }

    [Fact]
    public async Task Handlers_on_PostgreSQL()
    {
        await using var fixture = new PostgreSqlFixture();
        await RunHandlersAsync(fixture, 4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_locked_table_delays_only_its_own_view(bool isLockedAtStart)
    {
        await using var fixture = new PostgreSqlFixture();
        await using var kennel = await Kennel.OpenAsync(fixture.Url, new EventStoreOptions { ReadTimeout = TimeSpan.FromSeconds(1), LockTimeout = TimeSpan.FromSeconds(1) }, Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var saved = await kennel.SaveAsync(new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch), Token);
        var running = Task.CompletedTask;
        if (!isLockedAtStart)
        {
            running = kennel.Projections.RunAsync(stop.Token);
            await kennel.Views.WordCount.WaitForAsync(saved[^1].Position, TimeSpan.FromSeconds(60), Token);
        }

        await using (var connection = fixture.Connect()!)
        {
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, "LOCK TABLE kennel_words");
            await command.ExecuteNonQueryAsync(Token);
            if (isLockedAtStart)
            {
                running = kennel.Projections.RunAsync(stop.Token);
            }

            for (var i = 0; i < 3; i++)
            {
                saved = await kennel.SaveAsync(new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch), Token);
                await kennel.Views.PupRow.WaitForAsync(saved[^1].Position, TimeSpan.FromSeconds(60), Token);
            }

            // The owner keeps the projection. A runner that starts gets it later.
            var status = (await kennel.Projections.GetStatusAsync(Token)).Single(row => row.Projection == "words");
            Assert.Equal((isLockedAtStart ? 4L : 3L, null), (status.Lag, status.Error));
            Assert.Equal(isLockedAtStart, status.Owner is null);
        }

        Assert.Equal(4, (await kennel.Views.WordCount.GetAsync("Rex", saved[^1].Position, TimeSpan.FromSeconds(60), Token))!.Uses);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private async Task RunViewsAsync(RecorderFixture fixture, int part)
    {
        await using var kennel = await Kennel.OpenAsync(fixture.Url, Options, Token);
        await RunAsync(fixture, part, runner: 0, kennel, kennel.Projections);
        await CompareAsync(kennel);
    }

    private async Task RunHandlersAsync(RecorderFixture fixture, int part)
    {
        await using var clinic = await Clinic.OpenAsync(fixture.Url, Options, Token);
        await using (var transaction = await clinic.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await using var command = transaction.Connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction.DbTransaction, DiaryTable.Create);
            await command.ExecuteNonQueryAsync(Token);
            await transaction.CommitAsync(Token);
        }

        await RunAsync(fixture, part, runner: 1, clinic, clinic.Projections);
        await CompareAsync(clinic);
    }

    /// <summary>Kills and suspends runners while events are saved, and lets the projections catch up.</summary>
    private async Task RunAsync(RecorderFixture fixture, int part, int runner, EventSourcedApplication<Guid> application, ProjectionRunner<Guid> projections)
    {
        var random = TestRounds.Random(part);
        var actions = (Kills: 0, Pauses: 0);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var saving = SaveAsync(application, TestRounds.Random(part + 10), end.Token);
        Process[] runners = [Start(fixture.Url, runner), Start(fixture.Url, runner)];
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                await Task.Delay(random.Next(1500), Token);
                var chosen = random.Next(runners.Length);
                if (random.Next(2) == 0)
                {
                    runners[chosen].Kill();
                    runners[chosen].Dispose();
                    runners[chosen] = Start(fixture.Url, runner);
                    actions.Kills++;
                }
                else
                {
                    // Longer than the lease: the other runner takes over, and this one continues in the middle of its work.
                    ProcessSignals.Send(runners[chosen], ProcessSignals.Stop);
                    await Task.Delay(1000 + random.Next(1000), Token);
                    ProcessSignals.Send(runners[chosen], ProcessSignals.Continue);
                    actions.Pauses++;
                }
            }

            await end.CancelAsync();
            var saves = await saving;

            // The runners, or their leases, are still there.
            await projections.RunUntilCaughtUpAsync(Token);
            Assert.All(runners, process => Assert.False(process.HasExited, "A runner ended by itself."));
            output.WriteLine($"{fixture.GetType().Name}: {Rounds} rounds, {saves} saves, {actions.Kills} kills, {actions.Pauses} pauses, seed {TestRounds.Seed}");
        }
        finally
        {
            await end.CancelAsync();
            foreach (var process in runners)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    private static Process Start(string url, int runner) => ChildProgram.Start("CrashWriter", url, [runner, 0]);

    private static async Task<int> SaveAsync(EventSourcedApplication<Guid> application, Random random, CancellationToken cancellationToken)
    {
        var pups = new Pup?[Pups];
        var saves = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var index = random.Next(Pups);
            var pup = pups[index] ??= new Pup(new PupId(Guid.NewGuid()), $"pup {index}", DateTimeOffset.UnixEpoch);
            for (var more = random.Next(4); more >= 0; more--)
            {
                pup.Learn($"trick {random.Next(5)}");
            }

            if (random.Next(50) == 0)
            {
                pup.Leave();
                pups[index] = null;
            }

            await application.SaveAsync(pup, CancellationToken.None);
            saves++;
            await Task.Delay(random.Next(5), CancellationToken.None);
        }

        return saves;
    }

    /// <summary>Compares the views with a fold of the whole log that is written here once more.</summary>
    private static async Task CompareAsync(Kennel kennel)
    {
        var (pups, tricks) = (new Dictionary<Guid, (string Name, int Tricks, string? Last)>(), new Dictionary<string, long>());
        await foreach (var recorded in kennel.NotificationLog.ReadAllAsync(cancellationToken: Token))
        {
            switch (recorded.Event)
            {
                case Pup.Born e:
                    pups.Add(recorded.AggregateId, (e.Name, 0, null));
                    break;
                case Pup.Learned e:
                    pups[recorded.AggregateId] = (pups[recorded.AggregateId].Name, pups[recorded.AggregateId].Tricks + 1, e.Trick);
                    tricks[e.Trick] = tricks.GetValueOrDefault(e.Trick) + 1;
                    break;
                case Pup.Left:
                    pups.Remove(recorded.AggregateId);
                    break;
            }
        }

        var rows = new Dictionary<Guid, (string, int, string?)>();
        await foreach (var row in kennel.Views.PupRow.ReadAllAsync(cancellationToken: Token))
        {
            rows.Add(row.PupId.Value, (row.Name, row.Tricks, row.LastTrick));
        }

        Assert.Equal(pups.OrderBy(p => p.Key), rows.OrderBy(p => p.Key));
        Assert.Equal(tricks.OrderBy(t => t.Key), (await kennel.Views.TrickCount.GetPageAsync(cancellationToken: Token)).ToDictionary(t => t.Trick, t => t.Pups).OrderBy(t => t.Key));
    }

    /// <summary>Compares the table of the handlers with the log.</summary>
    private static async Task CompareAsync(Clinic clinic)
    {
        List<(string Pup, long Version, string Note)> wanted = [], rows = [];
        await foreach (var recorded in clinic.NotificationLog.ReadAllAsync(cancellationToken: Token))
        {
            if (recorded.Event is Pup.Learned learned)
            {
                wanted.Add((recorded.AggregateId.ToString(), recorded.Header.Version, learned.Trick));
            }
        }

        await using var transaction = await clinic.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: Token);
        await using var command = transaction.Connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction.DbTransaction, "SELECT pup, version, note FROM diary WHERE projection = 'diary'");
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
        {
            rows.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2)));
        }

        Assert.Equal(wanted.Order(), rows.Order());
    }
}
