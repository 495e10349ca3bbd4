using System.Data.Common;
using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of views that are written in the transaction of the save.</summary>
internal static class InlineViewCases
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithInn("Inline view: rows are there when the save returns", async (inn, _) =>
        {
            var pup = NewPup("Rex");
            pup.Learn("sit");
            pup.Learn("sit down");
            var saved = await inn.SaveAsync(pup);

            // Without a wait: no runner would end it.
            var row = await inn.Views.GuestRow.GetAsync(pup.Id, atLeast: saved[^1].Position, TimeSpan.Zero);
            Check.Equal(("Rex,sit,sit down", Birth), (row!.Tricks, row.Since));
            Check.Sequence(["sit", "sit down"], (await inn.Views.GuestWord.GetAsync("sit"))!.Uses);
            Check.Sequence(["sit down"], (await inn.Views.GuestWord.GetAsync("down"))!.Uses);
            foreach (var status in await inn.Projections.GetStatusAsync())
            {
                var isInline = status.Projection != "tricks";
                Check.Equal((isInline, isInline ? 3L : 0L, isInline ? 0L : 3L, null, null), (status.IsInline, status.Position, status.Lag, status.Owner, status.Error));
            }

            // Events without a handler move the position, too.
            pup.Sleep();
            pup.Leave();
            pup.Rename("gone down");
            pup.Sleep();
            saved = await inn.SaveAsync(pup);
            await inn.Views.GuestRow.WaitForAsync(saved[^1].Position, TimeSpan.Zero);
            Check.True(await inn.Views.GuestRow.GetAsync(pup.Id) is null);
            Check.True(await inn.Views.GuestWord.GetAsync("down") is null);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: aggregates of a save, and saves, see each other's changes of a row", async (inn, _) =>
        {
            var (rex, ida) = (NewPup("Rex"), NewPup("Ida"));
            rex.Learn("sit");
            ida.Learn("sit here");
            rex.Learn("sit there");
            await inn.SaveAsync([rex, ida]);
            rex.Learn("sit again");
            await inn.SaveAsync(rex);
            Check.Sequence(["sit", "sit there", "sit here", "sit again"], (await inn.Views.GuestWord.GetAsync("sit"))!.Uses);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: saves at the same time count each once", async (inn, _) =>
        {
            // Some of them have a conflict.
            var known = NewPup("Known");
            await inn.SaveAsync(known);
            List<Pup> stale = [];
            for (var i = 0; i < 10; i++)
            {
                stale.Add(await inn.Repository.GetAsync<Pup>(known.Id));
                stale[i].Learn("sit stale");
            }

            known.Sleep();
            await inn.SaveAsync(known);
            await Task.WhenAll(Enumerable.Range(0, 110).Select(i => Task.Run(() => i % 11 == 5
                ? Check.ThrowsAsync<ConcurrencyException>(() => inn.SaveAsync(stale[i / 11]).AsTask())
                : SaveOneAsync(inn, $"Rex {i}", $"sit {i % 7}"))));
            Check.Equal(100, (await inn.Views.GuestWord.GetAsync("sit"))!.Uses.Count);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: an event that fails fails its save only", async (inn, _) =>
        {
            var fault = Faults.New();
            List<Pup> failed = [];
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
            {
                var pup = NewPup($"Rex {i}");
                pup.Learn($"sit {i}");
                if (i % 10 != 3)
                {
                    await inn.SaveAsync(pup);
                    return;
                }

                switch (i)
                {
                    case 3:
                        pup.Rename("nul");
                        break;
                    case 13:
                        pup.Rename("no key");
                        break;
                    default:
                        pup.Learn(fault);
                        break;
                }

                var failure = await Check.ThrowsAsync<ProjectionException>(() => inn.SaveAsync(pup).AsTask());
                Check.Equal((i < 20 ? "guest_words" : "guests", null), (failure.Projection, failure.Position));
                Check.True(failure.Message.StartsWith("Nothing of the save was written", StringComparison.Ordinal) && !failure.Message.Contains("secret"), failure.Message);
                Check.Equal(i == 3, failure.InnerException is null);
                lock (failed)
                {
                    failed.Add(pup);
                }
            })));
            Check.Equal(6, failed.Count);
            Check.Equal(54, (await inn.Views.GuestWord.GetAsync("sit"))!.Uses.Count);
            foreach (var pup in failed)
            {
                Check.True(await inn.Repository.TryGetAsync<Pup>(pup.Id) is null);
                Check.True(await inn.Views.GuestRow.GetAsync(pup.Id) is null);
            }

            // The events are still pending.
            Faults.Repair(fault);
            foreach (var pup in failed.Where(pup => pup.Id != default))
            {
                try
                {
                    await inn.SaveAsync(pup);
                }
                catch (ProjectionException)
                {
                }
            }

            Check.Equal(58, (await inn.Views.GuestWord.GetAsync("sit"))!.Uses.Count);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: a save that fails in a transaction leaves the rest of it", async (inn, fixture) =>
        {
            var (rex, ida, fault) = (NewPup("Rex"), NewPup("Ida"), Faults.New());
            await inn.SaveAsync(rex);
            rex.Learn("sit");
            ida.Learn(fault);
            await using (var transaction = await inn.Recorder.BeginTransactionAsync())
            {
                await inn.SaveAsync(rex);
                await inn.SaveAsync(ida);
                await Check.ThrowsAsync<ProjectionException>(() => transaction.CommitAsync().AsTask());
                transaction.Discard(ida);
                Check.Equal(1, (await transaction.CommitAsync()).Count);
            }

            Check.Equal("Rex,sit", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
            Check.True(await inn.Views.GuestRow.GetAsync(ida.Id) is null);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: a rollback undoes the rows", async (inn, fixture) =>
        {
            var rex = NewPup("Rex");
            await using (var transaction = await inn.Recorder.BeginTransactionAsync())
            {
                await inn.SaveAsync(rex);
                if (fixture.Url != "memory:")
                {
                    await transaction.FlushAsync();
                    Check.Equal("Rex", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
                    rex.Learn("sit");
                    await inn.SaveAsync(rex);
                    await transaction.FlushAsync();
                    Check.Equal("Rex,sit", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
                }
            }

            Check.True(await inn.Views.GuestRow.GetAsync(rex.Id) is null);
            await CheckAsync(inn);
            await using (var transaction = await inn.Recorder.BeginTransactionAsync())
            {
                await inn.SaveAsync(rex);
                rex.Learn("roll");
                await inn.SaveAsync(rex);
                await transaction.CommitAsync();
            }

            Check.True((await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks.EndsWith("roll", StringComparison.Ordinal));
            await CheckAsync(inn);
        }),
        WithInn("Inline view: a transaction that doesn't see all events leaves it to a runner", async (inn, fixture) =>
        {
            var hasSnapshot = !fixture.IsEmbedded;
            await SaveOneAsync(inn, "Rex", "sit");
            await using (var transaction = await inn.Recorder.BeginTransactionAsync(isolationLevel: System.Data.IsolationLevel.RepeatableRead))
            {
                await inn.Views.GuestRow.GetPageAsync();
                if (hasSnapshot)
                {
                    // An event that the transaction never sees, and one that the view doesn't have.
                    await OutsideAsync(() => SaveOneAsync(inn, "Ida", "sit"));
                    await OutsideAsync(() => LeaveGapAsync(inn));
                }

                await SaveOneAsync(inn, "Eve", "sit");
                await transaction.CommitAsync();
            }

            await SaveOneAsync(inn, "Tom", "sit");
            Check.Equal(hasSnapshot, (await inn.Projections.GetStatusAsync()).Any(s => s is { IsInline: true, Lag: > 0 }));
            await inn.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(inn);
        }),
        WithInn("Inline view: tracked positions and rows in one transaction", async (inn, _) =>
        {
            var rex = NewPup("Rex");
            await using (var transaction = await inn.Recorder.BeginTransactionAsync())
            {
                await inn.SaveAsync(rex);
                await inn.Tracking.TrackAsync(new Tracking("upstream", 5));
                await transaction.CommitAsync();
            }

            Check.Equal("Rex", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal(5L, (await inn.Tracking.GetPositionAsync("upstream"))!.Value);
        }),
        WithInn("Inline view: in an external transaction", async (inn, fixture) =>
        {
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            var (rex, ida, fault) = (NewPup("Rex"), NewPup("Ida"), Faults.New());
            ida.Learn(fault);
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                var options = new SaveOptions<Guid> { DbTransaction = transaction };
                await inn.SaveAsync([rex], options);
                await Check.ThrowsAsync<ProjectionException>(() => inn.SaveAsync([ida], options).AsTask());
                rex.Learn("sit");
                await inn.SaveAsync([rex], options);
                Check.True(await OutsideAsync(async () => Check.True(await inn.Views.GuestRow.GetAsync(rex.Id) is null)).ContinueWith(task => task.IsCompletedSuccessfully));
                await transaction.CommitAsync();
            }

            Check.Equal("Rex,sit", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
            await CheckAsync(inn);
            var rolled = NewPup("Rolled");
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await inn.SaveAsync([rolled], new SaveOptions<Guid> { DbTransaction = transaction });
                await transaction.RollbackAsync();
            }

            await CheckAsync(inn);
            await SaveOneAsync(inn, "Last", "sit");
            await CheckAsync(inn);
        }) with { NeedsConnection = true },
        new("Inline view: added to a store with events, it is built while programs save", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var earlier = await EarlierInn.OpenForAsync(fixture);
            var old = NewPup("Old");
            for (var i = 0; i < 1300; i++)
            {
                old.Learn($"t{i % 7}");
            }

            await earlier.SaveAsync(old);
            await using var inn = await Inn.OpenForAsync(fixture);
            var first = NewPup("First");
            await inn.SaveAsync(first);

            // Behind, but not wrong.
            Check.True(await inn.Views.GuestRow.GetAsync(first.Id) is null);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => inn.Projections.RunAsync(stop.Token));
            await Task.WhenAll(
                Task.Run(async () => await SaveManyAsync(pup => inn.SaveAsync(pup))),
                Task.Run(async () => await SaveManyAsync(pup => inn.SaveAsync(pup))),
                Task.Run(async () => await SaveManyAsync(pup => earlier.SaveAsync(pup))));
            await CatchUpAsync(inn);
            await CheckAsync(inn);

            // From now on, a save writes it.
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            await SaveOneAsync(inn, "Last", "sit");
            await CheckAsync(inn);
            Check.True((await inn.Projections.GetStatusAsync()).Where(s => s.IsInline).All(s => s is { Lag: 0, Error: null, Owner: null }));
        }),
        WithInn("Inline view: saves take it over while others save all the time", async (inn, fixture) =>
        {
            if (fixture.Url == "memory:")
            {
                // Its transactions lock nothing, so the runner is never sure of its last step.
                return;
            }

            await LeaveGapAsync(inn);
            using var stop = new CancellationTokenSource();
            var saving = Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await SaveOneAsync(inn, $"Rex {i}", $"sit {i}");
                }
            })).ToList();
            using var end = new CancellationTokenSource();
            var running = OutsideAsync(() => inn.Projections.RunAsync(end.Token));
            for (var inARow = 0; inARow < 10;)
            {
                inARow = await IsCurrentAsync(inn) ? inARow + 1 : 0;
            }

            // No runner has to write it any more.
            await end.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            for (var i = 0; i < 20; i++)
            {
                await SaveOneAsync(inn, $"Ida {i}", $"roll {i}");
            }

            await stop.CancelAsync();
            await Task.WhenAll(saving);
            await CheckAsync(inn);
        }),
        WithInn("Inline view: events of a program without it are left to a runner, in their order", async (inn, _) =>
        {
            var rex = NewPup("Rex");
            await inn.SaveAsync(rex);
            await AppendRawAsync(inn, rex.Id, 2, "sit");
            var again = await inn.Repository.GetAsync<Pup>(rex.Id);
            again.Learn("roll");
            var saved = await inn.SaveAsync(again);
            Check.Equal("Rex", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal(2L, (await inn.Projections.GetStatusAsync()).Single(s => s.Projection == "guests").Lag);
            await Check.ThrowsAsync<TrackingTimeoutException>(
                () => inn.Views.GuestRow.GetAsync(rex.Id, atLeast: saved[^1].Position, TimeSpan.FromMilliseconds(20)).AsTask());

            // Also an event that would fail is saved then: the runner stops at it.
            var fault = Faults.New();
            again.Learn(fault);
            await inn.SaveAsync(again);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => inn.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("guests", 4L), (failure.Projection, failure.Position!.Value));
            Check.Equal("Rex,sit,roll", (await inn.Views.GuestRow.GetAsync(rex.Id))!.Tricks);
            await SaveOneAsync(inn, "Ida", "sit");
            Faults.Repair(fault);
            await inn.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(inn);
            await SaveOneAsync(inn, "Eve", "sit");
            await CheckAsync(inn);
        }),
        WithInn("Inline view: a runner and a save never both process an event", async (inn, _) =>
        {
            // A runner that owns the view, at its end.
            var recorder = inn.Recorder.Provider.Projections;
            await SaveOneAsync(inn, "Rex", "sit");
            var row = await recorder.ClaimAsync(new(ViewCode.TableOf<GuestRow, PupId>(), "runner", TimeSpan.FromMinutes(1), RestartsStopped: true), default);
            var lease = new ProjectionLease("guests", row.Fence, TimeSpan.FromMinutes(1));
            await SaveOneAsync(inn, "Ida", "sit");
            await CheckAsync(inn);

            // Its next step, of the events that the save has written, is refused.
            await Check.ThrowsAsync<ProjectionFencedException>(
                () => inn.Recorder.Provider.AppendAsync(new([new ProjectionStep { Lease = lease, After = row.Position, Position = row.Position + 2 }])).AsTask());

            // It still owns the view, and a save that comes after a gap leaves the view to it.
            await LeaveGapAsync(inn);
            await SaveOneAsync(inn, "Eve", "sit");
            var now = (await recorder.GetRowsAsync(default)).Single(r => r.Projection == "guests");
            Check.Equal(("runner", row.Fence, row.Position + 3), (now.Owner!, now.Fence, now.Position));
            await recorder.ReleaseAsync(lease, null, default);
            await inn.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(inn);
        }),
        new("Inline view: two stores write the same rows", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var one = await Inn.OpenForAsync(fixture);
            await using var two = await Inn.OpenForAsync(fixture);
            await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(async () =>
            {
                var inn = i % 2 == 0 ? one : two;
                if (i % 12 != 0)
                {
                    await SaveOneAsync(inn, $"Rex {i}", "sit down");
                    return;
                }

                await using var transaction = await inn.Recorder.BeginTransactionAsync();
                await SaveOneAsync(inn, $"Rex {i}", "sit down");
                await transaction.FlushAsync();
                await transaction.CommitAsync();
            })));
            Check.Equal(120, (await one.Views.GuestWord.GetAsync("sit"))!.Uses.Count);
            await CheckAsync(one);
        }),
        new("Inline view: a later version is built by a runner, and then written by saves again", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var inn = await Inn.OpenForAsync(fixture);
            await SaveOneAsync(inn, "Rex", "sit");
            await SaveOneAsync(inn, "Ida", "sit");
            await using var later = await LaterInn.OpenForAsync(fixture);

            // Both programs save before the new rows are built, while, and after.
            await SaveOneAsync(inn, "Eve", "sit");
            await SaveManyAsync(pup => later.SaveAsync(pup), 5);
            await Task.WhenAll(
                later.Projections.RunUntilCaughtUpAsync(),
                Task.Run(async () => await SaveManyAsync(pup => inn.SaveAsync(pup), 20)),
                Task.Run(async () => await SaveManyAsync(pup => later.SaveAsync(pup), 20)));
            await SaveManyAsync(pup => inn.SaveAsync(pup), 3);
            await later.Projections.RunUntilCaughtUpAsync();
            await SaveManyAsync(pup => later.SaveAsync(pup), 3);
            Check.Equal((2, 0L), (await later.Projections.GetStatusAsync()).Where(s => s.Projection == "guests").Select(s => (s.Version, s.Lag)).Single());
            Dictionary<Guid, int> wanted = [];
            foreach (var recorded in await later.NotificationLog.SelectAsync(limit: 10000))
            {
                wanted[recorded.AggregateId] = wanted.GetValueOrDefault(recorded.AggregateId) + (recorded.Event is Pup.Learned ? 1 : 0);
            }

            var rows = await later.Views.LaterGuest.GetPageAsync(10000);
            Check.Sequence(wanted.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)), rows.OrderBy(r => r.PupId.Value).Select(r => (r.PupId.Value, r.Count)));

            // The other view of both programs was inline all the time.
            Check.Equal(wanted.Values.Sum(), (await later.Views.GuestWord.GetAsync("sit"))!.Uses.Count);
        }),
        new("Inline view: as long as events are parked from before, it is left to a runner", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var (rex, fault) = (NewPup("Rex"), Faults.New());
            rex.Learn(fault);
            await using (var shelter = await Shelter.OpenForAsync(fixture))
            {
                await shelter.SaveAsync(rex);
                await shelter.Projections.RunUntilCaughtUpAsync();
            }

            await using var inline = await InlineShelter.OpenForAsync(fixture);
            rex.Learn("sit");
            await inline.SaveAsync(rex);
            await inline.Projections.RunUntilCaughtUpAsync();
            Check.Equal("Rex", (await inline.Views.InlineParkingRow.GetAsync(rex.Id))!.Tricks);
            rex.Learn("roll");
            await inline.SaveAsync(rex);
            Check.Equal("Rex", (await inline.Views.InlineParkingRow.GetAsync(rex.Id))!.Tricks);
            Faults.Repair(fault);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => inline.Projections.RunAsync(stop.Token));
            await inline.Projections.ReplayParkedAsync("parking");
            while ((await inline.Views.InlineParkingRow.GetAsync(rex.Id))!.Tricks != $"Rex,{fault},sit,roll")
            {
                await Task.Delay(50);
            }

            rex.Learn("jump");
            var saved = await inline.SaveAsync(rex);
            await inline.Views.InlineParkingRow.WaitForAsync(saved[^1].Position);
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            rex.Learn("stop");
            await inline.SaveAsync(rex);
            Check.Equal($"Rex,{fault},sit,roll,jump,stop", (await inline.Views.InlineParkingRow.GetAsync(rex.Id))!.Tricks);
        }),
    ];

    private static ContractCase WithInn(string name, Func<Inn, RecorderFixture, Task> run) => new(name, async fixture =>
    {
        await using var inn = await Inn.OpenForAsync(fixture);
        await run(inn, fixture);
    });

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, Birth);

    private static async Task SaveOneAsync(Inn inn, string name, string trick)
    {
        var pup = NewPup(name);
        pup.Learn(trick);
        await inn.SaveAsync(pup);
    }

    private static async Task SaveManyAsync(Func<Pup, ValueTask<IReadOnlyList<RecordedEvent<Guid>>>> save, int count = 100)
    {
        for (var i = 0; i < count; i++)
        {
            var pup = NewPup($"Rex {i}");
            pup.Learn("sit");
            await save(pup);
        }
    }

    /// <summary>Appends an event as a program does that doesn't know the views.</summary>
    private static async Task AppendRawAsync(Inn inn, PupId id, long version, string trick) => await inn.Recorder.Provider.AppendAsync(new(
        [Make.Event(id.Value, version, "Pup.Learned", $$"""{"timestamp":"2026-01-02T03:04:05.678000+00:00","trick":"{{trick}}"}""")], AppendCondition.VersionsNext));

    private static async Task LeaveGapAsync(Inn inn)
    {
        var pup = NewPup("Gap");
        await inn.SaveAsync(pup);
        await AppendRawAsync(inn, pup.Id, 2, "sit");
    }

    /// <summary>Whether a save writes the views.</summary>
    private static async Task<bool> IsCurrentAsync(Inn inn)
    {
        var pup = NewPup("Current");
        pup.Learn("sit");
        var saved = await inn.SaveAsync(pup);
        try
        {
            await inn.Views.GuestRow.WaitForAsync(saved[^1].Position, TimeSpan.Zero);
            await inn.Views.GuestWord.WaitForAsync(saved[^1].Position, TimeSpan.Zero);
            return true;
        }
        catch (TrackingTimeoutException)
        {
            return false;
        }
    }

    private static async Task CatchUpAsync(Inn inn)
    {
        var end = await inn.NotificationLog.GetMaxPositionAsync();
        await inn.Views.GuestRow.WaitForAsync(end, TimeSpan.FromSeconds(40));
        await inn.Views.GuestWord.WaitForAsync(end, TimeSpan.FromSeconds(40));
    }

    /// <summary>Checks that the views are the fold of the log.</summary>
    private static async Task CheckAsync(Inn inn)
    {
        SortedDictionary<Guid, string> guests = [];
        SortedDictionary<string, List<string>> words = new(StringComparer.Ordinal);
        foreach (var recorded in await inn.NotificationLog.SelectAsync(limit: 100_000))
        {
            switch (recorded.Event)
            {
                case Pup.Born born:
                    guests[recorded.AggregateId] = born.Name;
                    break;
                case Pup.Learned learned:
                    guests[recorded.AggregateId] += $",{learned.Trick}";
                    Add(learned.Trick);
                    break;
                case Pup.Left:
                    guests.Remove(recorded.AggregateId);
                    break;
                case Pup.Renamed { Name: var name } when name.StartsWith("gone", StringComparison.Ordinal):
                    Array.ForEach(name.Split(' '), word => words.Remove(word));
                    break;
                case Pup.Renamed renamed:
                    Add(renamed.Name);
                    break;
            }
        }

        var rows = await inn.Views.GuestRow.GetPageAsync(100_000);
        Check.Sequence(guests.Select(pair => (pair.Key, pair.Value)), rows.Select(row => (row.PupId.Value, row.Tricks)).OrderBy(row => row.Item1));
        var found = await inn.Views.GuestWord.GetPageAsync(100_000);
        Check.Sequence(
            words.Select(pair => $"{pair.Key}: {string.Join('|', pair.Value)}"),
            found.OrderBy(row => row.Word, StringComparer.Ordinal).Select(row => $"{row.Word}: {string.Join('|', row.Uses)}"));

        void Add(string text)
        {
            foreach (var word in text.Split(' ').Distinct())
            {
                words.TryAdd(word, []);
                words[word].Add(text);
            }
        }
    }
}
