using System.Data;
using System.Globalization;
using System.Text;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>
/// The power fails at a random moment, also while a store is created, moves its log or is closed; and syncs of the disk fail. Each file
/// that could result is opened: acknowledged saves are there, failed ones aren't, and every other save is there as a whole or not at all.
/// </summary>
public sealed class SqlitePowerCutTests(ITestOutputHelper output) : SqliteTestBase
{
    private static readonly int Seed = TestRounds.Seed;

    private int _images;

    [Fact]
    public async Task A_power_cut_at_any_moment_loses_no_acknowledged_save()
    {
        var random = new Random(Seed);
        var images = TestRounds.Of(300, 5000);
        var violations = new List<string>();
        while (_images < images)
        {
            var (disk, saves) = await RunAsync(random.Next());
            for (var i = 0; i < 50; i++)
            {
                violations.AddRange(await FindViolationsAsync(disk, saves, random.Next(disk.Now + 1), random));
            }
        }

        Report(violations);
    }

    [Theory]
    [InlineData(false, Level.Full)]
    [InlineData(true, Level.Full)]
    [InlineData(false, Level.Normal)]
    [InlineData(true, Level.Normal)]
    public async Task A_sync_that_fails_at_any_place_makes_no_result_wrong(bool isRead, Level level)
    {
        var random = new Random(Seed);
        var seed = random.Next();
        var syncs = (await RunAsync(seed, isRead: isRead, level: level)).Disk.Syncs;
        var violations = new List<string>();
        var (denied, inDoubt) = (0, 0);
        for (var failing = 1; failing <= syncs; failing += TestRounds.Of(1 + syncs / 40, 1))
        {
            // In each second run, another one fails soon after.
            int[] failingSyncs = random.Next(2) == 0 ? [failing] : [failing, failing + random.Next(1, 6)];
            var (disk, saves) = await RunAsync(seed, failingSyncs, isRead, level);
            (denied, inDoubt) = (denied + saves.Count(s => s.Outcome == Outcome.Denied), inDoubt + saves.Count(s => s.Outcome == Outcome.InDoubt));
            for (var i = 0; i < TestRounds.Of(6, 40); i++)
            {
                violations.AddRange((await FindViolationsAsync(disk, saves, random.Next(disk.Now + 1), random, level)).Select(v => $"syncs {string.Join(' ', failingSyncs)}: {v}"));
            }
        }

        output.WriteLine($"{syncs} syncs, {denied} saves denied, {inDoubt} in doubt");
        // With the level Normal, only checkpoints wait for the disk.
        Assert.True(denied != 0 || level == Level.Normal);
        Report(violations);
    }

    /// <summary>The log contains the whole save when its sync fails, and a reader keeps the log as it is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_save_that_failed_does_not_reappear(bool inTransaction)
    {
        var disk = Record("disk");
        await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{disk.Folder}events.db");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var reading = await recorder.BeginAsync(readOnly: true, IsolationLevel.Unspecified, Token);
        disk.FailingSyncs.Add(disk.Syncs + 1);
        await Assert.ThrowsAsync<TransientStoreException>(async () =>
        {
            if (inTransaction)
            {
                await using var session = await recorder.BeginAsync(readOnly: false, IsolationLevel.Unspecified, Token);
                await session.CommitAsync(Events(Guid.NewGuid(), count: 3), Token);
            }
            else
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
            }
        });

        // The files as they are if the process is killed now, with all of its writes and with parts of them.
        for (var i = 0; i < 20; i++)
        {
            disk.Restore(disk.Now, new Random(Seed + i), Folder + $"/image{i}");
            await using var again = GeneratedRecorders.WithGuids($"sqlite:///{Folder}/image{i}/events.db");
            Assert.Equal(1, await again.GetMaxPositionAsync(Token));
        }

        Assert.Equal([2L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    /// <summary>
    /// A reader lets a checkpoint move only a part of the log into the database. SQLite doesn't sync that part. The sync of the next
    /// checkpoint fails, which discards that part too, but SQLite repeats only what it has moved since.
    /// </summary>
    [Fact]
    public async Task A_part_of_the_log_that_a_failed_sync_has_discarded_is_moved_again()
    {
        var disk = Record("disk");
        await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{disk.Folder}events.db");
        await recorder.OpenAsync(Token);
        await PragmaAsync(recorder, "wal_autocheckpoint=0");
        await SaveAsync();
        await using (var reading = await recorder.BeginAsync(readOnly: true, IsolationLevel.Unspecified, Token))
        {
            await reading.GetMaxPositionAsync(Token);
            await SaveAsync();
            await PragmaAsync(recorder, "wal_checkpoint(PASSIVE)");
        }

        // The commit, then the checkpoint's log and database are synced.
        await PragmaAsync(recorder, "wal_autocheckpoint=1");
        disk.FailingSyncs.Add(disk.Syncs + 3);
        await SaveAsync();
        Assert.True(disk.Syncs >= disk.FailingSyncs.Single());

        // If the log is moved, one of them begins a new one.
        await SaveAsync();
        await SaveAsync();
        for (var i = 0; i < 50; i++)
        {
            disk.Restore(disk.Now, new Random(Seed + i), Folder + $"/image{i}");
            await using var again = GeneratedRecorders.WithGuids($"sqlite:///{Folder}/image{i}/events.db");
            Assert.Equal(5 * 40, (await again.SelectNotificationsAsync(int.MaxValue, cancellationToken: Token)).Count);
            Assert.Equal("ok", await PragmaAsync(again, "integrity_check"));
        }

        // It fills pages that the others don't write.
        async Task SaveAsync()
        {
            var (id, state) = (Guid.NewGuid(), new byte[1000]);
            await recorder.InsertEventsAsync([.. Enumerable.Range(1, 40).Select(version => new StoredEvent<Guid>(id, version, "Saved", state))], true, Token);
        }
    }

    [Fact]
    public async Task The_tests_would_find_a_loss()
    {
        var random = new Random(Seed);
        var (disk, saves) = await RunAsync(random.Next(), level: Level.Off);
        var violations = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            violations.AddRange(await FindViolationsAsync(disk, saves, random.Next(disk.Now + 1), random));
        }

        Assert.Contains(violations, violation => violation.Contains("acknowledged", StringComparison.Ordinal));
    }

    private void Report(List<string> violations)
    {
        output.WriteLine($"{_images} images, {violations.Count} violations, seed {Seed}");
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={Seed}, {violations.Count} of {_images}: {string.Join("; ", violations.Take(10))}");
    }

    private PowerCutDisk Record(string name)
    {
        var disk = new PowerCutDisk($"{Folder}/{name}");
        Directory.CreateDirectory(disk.Folder);
        PowerCutFiles.Record(disk);
        return disk;
    }

    /// <summary>Creates a store, saves, closes it and opens it again, on a disk of its own.</summary>
    private async Task<(PowerCutDisk Disk, List<Save> Saves)> RunAsync(int seed, int[]? failingSyncs = null, bool isRead = false, Level level = Level.Full)
    {
        var disk = Record(Guid.NewGuid().ToString("N"));
        disk.FailingSyncs.UnionWith(failingSyncs ?? []);
        var saves = new List<Save>();
        try
        {
            var ids = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToList();
            for (var opening = 0; opening < 3; opening++)
            {
                await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{disk.Folder}events.db{(level == Level.Normal ? "?synchronous=normal" : "")}");
                await OpenAsync(recorder);
                await PragmaAsync(recorder, "wal_autocheckpoint=20");
                if (level == Level.Off)
                {
                    await PragmaAsync(recorder, "synchronous=OFF");
                }

                await using var reading = isRead ? await recorder.BeginAsync(readOnly: true, IsolationLevel.Unspecified, Token) : null;
                await Task.WhenAll(ids.Select((id, i) => Task.Run(() => SaveAsync(recorder, disk, saves, id, new Random(seed + 10 * opening + i)), Token)));
            }
        }
        finally
        {
            PowerCutFiles.Forget(disk);
        }

        return (disk, saves);
    }

    private static async Task OpenAsync(SqliteRecorder<Guid> recorder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await recorder.OpenAsync(Token);
                return;
            }
            catch (StoreException) when (attempt <= 2)
            {
                // A sync that fails.
            }
        }
    }

    private static async Task SaveAsync(SqliteRecorder<Guid> recorder, PowerCutDisk disk, List<Save> saves, Guid id, Random random)
    {
        for (var i = 0; i < 8; i++)
        {
            var head = await recorder.SelectEventsAsync(id, descending: true, limit: 1, cancellationToken: Token);
            var first = head.Count == 0 ? 1 : head[0].OriginatorVersion + 1;
            Save save;
            lock (saves)
            {
                saves.Add(save = new Save(saves.Count, random.Next(1, 6)));
            }

            var state = Encoding.UTF8.GetBytes($"{save.Number} {new string('x', random.Next(3000))}");
            try
            {
                await recorder.InsertEventsAsync(
                    [.. Enumerable.Range(0, save.Size).Select(n => new StoredEvent<Guid>(id, first + n, "Saved", state))], contiguous: true, Token);
                save.End(Outcome.Acknowledged, disk.Now);
            }
            catch (InDoubtException)
            {
                save.End(Outcome.InDoubt, disk.Now);
            }
            catch (StoreException)
            {
                save.End(Outcome.Denied, disk.Now);
            }
        }
    }

    private async Task<List<string>> FindViolationsAsync(PowerCutDisk disk, List<Save> saves, int moment, Random random, Level level = Level.Full)
    {
        var folder = $"{Folder}/image{_images++}";
        disk.Restore(moment, random, folder);
        var violations = new List<string>();
        try
        {
            var found = new Dictionary<int, int>();
            var heads = new Dictionary<Guid, long>();
            await using (var recorder = GeneratedRecorders.WithGuids($"sqlite:///{folder}/events.db"))
            {
                foreach (var row in await recorder.SelectNotificationsAsync(int.MaxValue, cancellationToken: Token))
                {
                    var state = Encoding.UTF8.GetString(row.State.Span);
                    var number = int.Parse(state[..state.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
                    found[number] = found.GetValueOrDefault(number) + 1;
                    if (row.OriginatorVersion != heads.GetValueOrDefault(row.OriginatorId) + 1)
                    {
                        violations.Add($"version {row.OriginatorVersion} follows {heads.GetValueOrDefault(row.OriginatorId)}");
                    }

                    heads[row.OriginatorId] = row.OriginatorVersion;
                }

                await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            }

            using var connection = new SqliteConnection($"Data Source={folder}/events.db;Pooling=False");
            connection.Open();
            if (Query(connection, "PRAGMA integrity_check") is not "ok")
            {
                violations.Add("the file is damaged");
            }

            violations.AddRange(saves.Select(save => save.Judge(found.GetValueOrDefault(save.Number), moment, level)).OfType<string>());
        }
        catch (EventSourcingException exception)
        {
            violations.Add($"{exception.GetType().Name} {exception.Message} {exception.InnerException?.Message}");
        }

        Directory.Delete(folder, recursive: true);
        return [.. violations.Select(violation => $"moment {moment}: {violation}")];
    }

    /// <summary>SQLite's levels of <c>PRAGMA synchronous</c>: with Normal, a power cut may lose the last saves.</summary>
    public enum Level
    {
        Off,
        Normal,
        Full,
    }

    private enum Outcome
    {
        InDoubt,
        Acknowledged,
        Denied,
    }

    private sealed class Save(int number, int size)
    {
        private int _since = int.MaxValue;

        public int Number => number;

        public int Size => size;

        public Outcome Outcome { get; private set; }

        public void End(Outcome outcome, int moment) => (Outcome, _since) = (outcome, moment);

        public string? Judge(int found, int moment, Level level)
        {
            var outcome = _since <= moment ? Outcome : Outcome.InDoubt;
            return outcome switch
            {
                Outcome.Acknowledged when level != Level.Normal && found != size => $"save {number} was acknowledged, but {found} of {size} events are there",
                Outcome.Denied when found != 0 => $"save {number} was denied, but {found} of {size} events are there",
                _ => found != 0 && found != size ? $"save {number} has {found} of {size} events" : null,
            };
        }
    }
}
