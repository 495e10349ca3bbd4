using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>The guarantees of projections that park events whose state can't be read.</summary>
internal static class UnreadableEventCases
{
    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithDen("Unreadable event: it is parked with all later ones of its aggregate, and processed again when it can be read", async (den, _) =>
        {
            List<FailedEvent> reported = [];
            den.Projections.EventFailed += reported.Add;
            var (rex, ida, one, two, three) = (Guid.NewGuid(), Guid.NewGuid(), Faults.New(), Faults.New(), Faults.New());
            await InsertAsync(den.Recorder, Born(rex, "Rex"), Smelled(rex, 2, "a"), Born(ida, "Ida"), Smelled(rex, 3, one), Smelled(rex, 4, "b"), Smelled(ida, 2, "c"));
            await den.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(den, (rex, "Rex,a"), (ida, "Ida,c"));
            foreach (var projection in (string[])["smells", "smell_notes"])
            {
                Check.Equal((6L, 2L), await StatusAsync(den, projection));
                Check.Sequence([(4L, rex.ToString(), true), (5L, rex.ToString(), false)], (await FailedAsync(den, projection)).Select(e => (e.Position, e.Key!, e.Error is not null)));
                Check.True((await FailedAsync(den, projection))[0].Error!.StartsWith("The state can't be read", StringComparison.Ordinal));
                var report = reported.Single(e => e.Projection == projection);
                Check.True(report is { Position: 4, IsSkipped: false, Exception: StateDecodeException });
            }

            // Another one behind it only waits, and a new run knows which keys wait.
            await InsertAsync(den.Recorder, Smelled(rex, 5, two), Smelled(ida, 3, three), Smelled(rex, 6, "d"));
            await den.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(den, (rex, "Rex,a"), (ida, "Ida,c"));
            Check.Sequence([true, false, false, true, false], (await FailedAsync(den, "smells")).Select(e => e.Error is not null));
            Check.Equal(2, reported.Count(e => e.Projection == "smells"));

            // Again without a fix, and with a fix of the first.
            await ReplayAsync(den);
            await CheckAsync(den, (rex, "Rex,a"), (ida, "Ida,c"));
            Check.Equal((9L, 5L), await StatusAsync(den, "smells"));
            Faults.Repair(one);
            await ReplayAsync(den);
            await CheckAsync(den, (rex, $"Rex,a,{one},b"), (ida, "Ida,c"));
            Check.Sequence([(7L, true), (8L, true), (9L, false)], (await FailedAsync(den, "smells")).Select(e => (e.Position, e.Error is not null)));

            Faults.Repair(two);
            Faults.Repair(three);
            await ReplayAsync(den);
            await CheckAsync(den, (rex, $"Rex,a,{one},b,{two},d"), (ida, $"Ida,c,{three}"));
            Check.Equal(((9L, 0L), (9L, 0L)), (await StatusAsync(den, "smells"), await StatusAsync(den, "smell_notes")));
        }),
        WithDen("Unreadable event: it is processed again after its row was corrected", async (den, fixture) =>
        {
            var rex = Guid.NewGuid();
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            await InsertAsync(den.Recorder, Born(rex, "Rex"), Make.Event(rex, 2, "Fox.Smelled", "{}"), Smelled(rex, 3, "b"));
            await den.Projections.RunUntilCaughtUpAsync();
            await CheckAsync(den, (rex, "Rex"));
            await using (var command = connection.CreateCommand())
            {
                command.CommandText = "UPDATE den_events SET state = @state WHERE originator_version = 2";
                var state = command.CreateParameter();
                (state.ParameterName, state.Value) = ("state", Smelled(rex, 2, "a").State.ToArray());
                command.Parameters.Add(state);
                Check.Equal(1, await command.ExecuteNonQueryAsync());
            }

            await ReplayAsync(den);
            await CheckAsync(den, (rex, "Rex,a,b"));
            Check.Equal(((3L, 0L), (3L, 0L)), (await StatusAsync(den, "smells"), await StatusAsync(den, "smell_notes")));
        }) with { NeedsConnection = true },
        WithDen("Unreadable event: a projection with many parked keys stops", async (den, _) =>
        {
            // Of the view only, so that the other projection goes on.
            var foxes = Enumerable.Range(0, 1001).Select(_ => Guid.NewGuid()).ToList();
            var fault = Faults.New();
            await InsertAsync(den.Recorder, [.. foxes.SelectMany((fox, i) => (StoredEvent<Guid>[])[Born(fox, "Rex"), Smelled(fox, 2, i < 1000 ? "throw" : fault)])]);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => den.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("smells", 2002L), (failure.Projection, failure.Position));
            Check.True(failure.Message.Contains("1000 keys are parked already", StringComparison.Ordinal), failure.Message);
            Check.True(failure.InnerException is StateDecodeException);
            Check.Equal(((2001L, 1000L), (2002L, 1L)), (await StatusAsync(den, "smells"), await StatusAsync(den, "smell_notes")));
        }),
        new("Unreadable event: it stops a projection that can't know its key", async fixture =>
        {
            await using var burrow = await Burrow.OpenForAsync(fixture);
            var (rex, fault) = (Guid.NewGuid(), Faults.New());
            await InsertAsync(burrow.Recorder, Born(rex, "Rex"), Smelled(rex, 2, "a"), Smelled(rex, 3, fault), Smelled(rex, 4, "a"));
            var failure = await Check.ThrowsAsync<ProjectionException>(() => burrow.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("scents", 3L), (failure.Projection, failure.Position));
            Check.True(failure.InnerException is StateDecodeException);
            var status = (await burrow.Projections.GetStatusAsync()).Single();
            Check.Equal((2L, 0L), (status.Position, status.ParkedEvents));
            Faults.Repair(fault);
            await burrow.Projections.RunUntilCaughtUpAsync();
            Check.Equal((2, 1), ((await burrow.Views.ScentCount.GetAsync("a"))!.Foxes, (await burrow.Views.ScentCount.GetAsync(fault))!.Foxes));
        }),
    ];

    private static ContractCase WithDen(string name, Func<Den, RecorderFixture, Task> run) => new(name, async fixture =>
    {
        await using var den = await Den.OpenForAsync(fixture);
        await run(den, fixture);
    });

    private static StoredEvent<Guid> Born(Guid fox, string name) => Make.Event(fox, 1, "Fox.Born", $$"""{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"{{name}}"}""");

    // As a program with another converter has stored it.
    private static StoredEvent<Guid> Smelled(Guid fox, long version, string scent) =>
        Make.Event(fox, version, "Fox.Smelled", $$"""{"timestamp":"2026-11-23T02:33:16.348611+00:00","scent":"{{scent}}"}""");

    private static async Task InsertAsync(ApplicationRecorder<Guid> recorder, params StoredEvent<Guid>[] events) => await recorder.Provider.InsertEventsAsync(events);

    private static async Task ReplayAsync(Den den)
    {
        await den.Projections.ReplayParkedAsync("smells");
        await den.Projections.ReplayParkedAsync("smell_notes");
        await den.Projections.RunUntilCaughtUpAsync();
    }

    /// <summary>Checks the rows, and what the handlers were called for.</summary>
    private static async Task CheckAsync(Den den, params (Guid Fox, string Smells)[] expected)
    {
        foreach (var (fox, smells) in expected)
        {
            Check.Equal((smells, smells), ((await den.Views.SmellRow.GetAsync(new FoxId(fox)))!.Smells, SmellNotes.Of(fox)));
        }
    }

    private static async Task<(long Position, long Parked)> StatusAsync(Den den, string projection)
    {
        var status = (await den.Projections.GetStatusAsync()).Single(s => s.Projection == projection);
        return (status.Position, status.ParkedEvents);
    }

    private static async Task<List<FailedEvent>> FailedAsync(Den den, string projection)
    {
        List<FailedEvent> failed = [];
        await foreach (var one in den.Projections.ReadFailedEventsAsync(projection))
        {
            failed.Add(one);
        }

        return failed;
    }
}
