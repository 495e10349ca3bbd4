using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of projections with handlers, which write tables of the program's own.</summary>
internal static class HandlerCases
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithClinic("Handlers: each event is processed once, in the transaction of the position", async clinic =>
        {
            var (rex, ida) = (NewPup("Rex"), NewPup("Ida"));
            for (var i = 0; i < 300; i++)
            {
                rex.Learn($"r{i}");
                ida.Learn($"i{i}");
            }

            rex.Sleep();
            await clinic.SaveAsync(rex);
            await clinic.Projections.RunUntilCaughtUpAsync();
            var saved = await clinic.SaveAsync(ida);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => clinic.Projections.RunAsync(stop.Token));
            await clinic.Projections.WaitForAsync("diary", saved[^1].Position, TimeSpan.FromSeconds(30));
            Check.Sequence(Enumerable.Range(0, 300).Select(i => $"r{i}"), await NotesAsync(clinic, "diary", rex));
            Check.Sequence(Enumerable.Range(0, 300).Select(i => $"i{i}"), await NotesAsync(clinic, "diary", ida));
            await clinic.Projections.WaitForAsync("parking_diary", saved[^1].Position, TimeSpan.FromSeconds(30));
            await clinic.Projections.WaitForAsync("late_diary", saved[^1].Position, TimeSpan.FromSeconds(30));
            Check.Sequence(Enumerable.Range(0, 300).Select(i => $"i{i}"), await NotesAsync(clinic, "late_diary", ida));
            rex.Leave();
            saved = await clinic.SaveAsync(rex);
            await clinic.Projections.WaitForAsync("parking_diary", saved[^1].Position, TimeSpan.FromSeconds(30));
            Check.Sequence([], await NotesAsync(clinic, "parking_diary", rex));
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            Check.Equal(saved[^1].Position, (long?)(await StatusAsync(clinic, "diary")).Position);
        }),
        WithClinic("Handlers: one that fails is retried, and then stops its projection, with all events before it stored", async clinic =>
        {
            List<ProjectionException> stopped = [];
            clinic.Projections.Stopped += stopped.Add;
            var (rex, fault, open) = (NewPup("Rex"), Faults.New(), Diary.Open);
            foreach (var trick in (string[])["commit", fault, "jump"])
            {
                rex.Learn(trick);
            }

            await clinic.SaveAsync(rex);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("diary", 3L), (failure.Projection, failure.Position));
            Check.True(failure.Message.Contains("the code for Learned threw InvalidOperationException (") && !failure.Message.Contains("secret"), failure.Message);
            Check.Equal("secret", failure.InnerException!.Message);
            Check.Equal(failure, stopped.Single());
            Check.Equal(6, Diary.Calls[fault]);
            Check.Equal(open, Diary.Open);
            Check.Sequence(["commit"], await NotesAsync(clinic, "diary", rex));
            Check.Equal((2L, 0L, 0L), await StatusAsync(clinic, "diary"));

            Faults.Repair(fault);
            await clinic.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["commit", fault, "jump"], await NotesAsync(clinic, "diary", rex));
            Check.Equal(open, Diary.Open);
        }),
        WithClinic("Handlers: an event that fails is parked with all later ones of its aggregate, and processed again in order", async clinic =>
        {
            List<FailedEvent> reported = [];
            clinic.Projections.EventFailed += reported.Add;
            var (rex, ida, fault, two) = (NewPup("Rex"), NewPup("Ida"), Faults.New(), Faults.New());
            foreach (var trick in (string[])["a", fault, "b", two, "c"])
            {
                rex.Learn(trick);
                ida.Learn("sit");
            }

            await clinic.SaveAsync(rex);
            await clinic.SaveAsync(ida);
            await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Sequence(["a"], await NotesAsync(clinic, "parking_diary", rex));
            Check.Sequence(["sit", "sit", "sit", "sit", "sit"], await NotesAsync(clinic, "parking_diary", ida));
            Check.Equal((12L, 4L, 0L), await StatusAsync(clinic, "parking_diary"));
            var report = reported.Single(e => e.Projection == "parking_diary");
            Check.Equal((3L, rex.Id.Value.ToString(), "secret"), (report.Position, report.Key, report.Exception!.Message));

            // Again without a fix, and then with one for the first event.
            await clinic.Projections.ReplayParkedAsync("parking_diary");
            await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Sequence(["a"], await NotesAsync(clinic, "parking_diary", rex));
            Faults.Repair(fault);
            await clinic.Projections.ReplayParkedAsync("parking_diary");
            await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Sequence(["a", fault, "b"], await NotesAsync(clinic, "parking_diary", rex));
            Check.Equal((12L, 2L, 0L), await StatusAsync(clinic, "parking_diary"));
            Faults.Repair(two);
            await clinic.Projections.ReplayParkedAsync("parking_diary");
            await clinic.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["a", fault, "b", two, "c"], await NotesAsync(clinic, "parking_diary", rex));
            Check.Equal((12L, 0L, 0L), await StatusAsync(clinic, "parking_diary"));
        }),
        WithClinic("Handlers: a failed statement whose exception is swallowed isn't committed", async clinic =>
        {
            var rex = NewPup("Rex");
            foreach (var trick in (string[])["a", "twice", "b", "twice", "c"])
            {
                rex.Learn(trick);
            }

            await clinic.SaveAsync(rex);
            await clinic.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["twice", "a", "b", "c"], await NotesAsync(clinic, "skipping_diary", rex));
            Check.Equal((6L, 0L, 1L), await StatusAsync(clinic, "skipping_diary"));
        }),
        WithClinic("Handlers: one that ends the transaction itself stops its projection at once", async clinic =>
        {
            var (rex, trick) = (NewPup("Rex"), $"raw commit {Guid.NewGuid():N}");
            rex.Learn("sit");
            rex.Learn(trick);
            await clinic.SaveAsync(rex);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Equal("diary", failure.Projection);
            Check.Equal(1, Diary.Calls[trick]);
            Check.Equal((0L, 0L, 0L), await StatusAsync(clinic, "diary"));
        }),
        new("Handlers: a missing table parks nothing, and stops the projection until it is there", async fixture =>
        {
            if (fixture.Url.StartsWith("memory:", StringComparison.Ordinal))
            {
                return;
            }

            await using var clinic = await Clinic.OpenForAsync(fixture);
            var rex = NewPup("Rex");
            rex.Learn("sit");
            await clinic.SaveAsync(rex);
            await Check.ThrowsAsync<ProjectionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            Check.Equal((0L, 0L, 0L), await StatusAsync(clinic, "parking_diary"));
            Check.Equal((0L, 0L, 0L), await StatusAsync(clinic, "late_diary"));
            await CreateAsync(clinic);
            await clinic.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["sit"], await NotesAsync(clinic, "parking_diary", rex));
            Check.Sequence(["sit"], await NotesAsync(clinic, "late_diary", rex));
        }) { NeedsConnection = true },
        WithClinic("Handlers: saves in the program's flow aren't part of them, and a run inside a transaction is refused", async clinic =>
        {
            await using var transaction = await clinic.Recorder.BeginTransactionAsync();
            await Check.ThrowsAsync<TransactionException>(() => clinic.Projections.RunUntilCaughtUpAsync());
            await Check.ThrowsAsync<TransactionException>(() => clinic.Projections.WaitForAsync("diary", 1, TimeSpan.Zero).AsTask());
        }),
        new("Handlers: a later version empties the tables and processes all events again", async fixture =>
        {
            var rex = NewPup("Rex");
            rex.Learn("sit");
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            await using (var clinic = await Clinic.OpenForAsync(fixture))
            {
                await CreateAsync(clinic);
                await clinic.SaveAsync(rex);
                await clinic.Projections.RunUntilCaughtUpAsync();
                rex.Learn("jump");
                await clinic.SaveAsync(rex);
            }

            await using var later = await LaterClinic.OpenForAsync(fixture);
            Check.Equal((1, 2L), ((await later.Projections.GetStatusAsync()).Single().Version, (await later.Projections.GetStatusAsync()).Single().Position));
            await later.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["SIT", "JUMP"], await NotesAsync(later.Recorder, "diary", rex));
            Check.Equal((2, 3L), ((await later.Projections.GetStatusAsync()).Single().Version, (await later.Projections.GetStatusAsync()).Single().Position));

            // The earlier program can't go on.
            await using var earlier = await Clinic.OpenForAsync(fixture);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => earlier.Projections.RunUntilCaughtUpAsync());
            Check.True(failure.Message.Contains("version 2"), failure.Message);
        }) { NeedsConnection = true },
        new("Handlers: they need no table", async fixture =>
        {
            var (rex, ida) = (NewPup("Rex"), NewPup("Ida"));
            rex.Learn("sit");
            rex.Sleep();
            await using (var lobby = await Lobby.OpenForAsync(fixture))
            {
                await lobby.SaveAsync(rex);
                await lobby.Projections.RunUntilCaughtUpAsync();
                Check.Equal(3L, (await lobby.Projections.GetStatusAsync()).Single().Position);
                await lobby.SaveAsync(ida);
                await lobby.Projections.RunUntilCaughtUpAsync();
                await lobby.Projections.WaitForAsync("visits", 4, TimeSpan.Zero);
                await Check.ThrowsAsync<TrackingTimeoutException>(() => lobby.Projections.WaitForAsync("visits", 5, TimeSpan.Zero).AsTask());
                await Check.ThrowsAsync<ArgumentException>(() => lobby.Projections.WaitForAsync("visit", 4, TimeSpan.Zero).AsTask());
            }

            Check.Equal((2, 1), (Visits.Counts[rex.Id.Value], Visits.Counts[ida.Id.Value]));
        }),
    ];

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, Birth);

    private static ContractCase WithClinic(string name, Func<Clinic, Task> run) => new(name, async fixture =>
    {
        await using var clinic = await Clinic.OpenForAsync(fixture);
        if (await CreateAsync(clinic))
        {
            await run(clinic);
        }
    })
    {
        NeedsConnection = true,
    };

    /// <summary>Creates the table of the handlers.</summary>
    /// <returns>False where there are no tables.</returns>
    private static async Task<bool> CreateAsync(Clinic clinic)
    {
        await using var transaction = await clinic.Recorder.BeginTransactionAsync();
        try
        {
            await using var command = transaction.Connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction.DbTransaction, DiaryTable.Create);
            await command.ExecuteNonQueryAsync();
        }
        catch (TransactionException)
        {
            return false;
        }

        await transaction.CommitAsync();
        return true;
    }

    private static Task<List<string>> NotesAsync(Clinic clinic, string projection, Pup pup) => NotesAsync(clinic.Recorder, projection, pup);

    private static async Task<List<string>> NotesAsync(ApplicationRecorder<Guid> recorder, string projection, Pup pup)
    {
        await using var transaction = await recorder.BeginTransactionAsync(readOnly: true);
        await using var command = transaction.Connection.CreateCommand();
        (command.Transaction, command.CommandText) = (
            transaction.DbTransaction, $"SELECT note FROM diary WHERE projection = '{projection}' AND pup = '{pup.Id.Value}' ORDER BY version");
        await using var reader = await command.ExecuteReaderAsync();
        List<string> notes = [];
        while (await reader.ReadAsync())
        {
            notes.Add(reader.GetString(0));
        }

        return notes;
    }

    private static async Task<(long Position, long Parked, long Skipped)> StatusAsync(Clinic clinic, string projection)
    {
        var status = (await clinic.Projections.GetStatusAsync()).Single(s => s.Projection == projection);
        return (status.Position, status.ParkedEvents, status.SkippedEvents);
    }
}
