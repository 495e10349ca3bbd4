using EventSourcing;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of views: their rows, and the queries of them.</summary>
internal static class ViewCases
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithKennel("View: rows are created, changed and deleted", async (kennel, _) =>
        {
            var (rex, fido) = (NewPup("Rex"), NewPup("Fido"));
            rex.Learn("sit");
            rex.Learn("roll over");
            fido.Leave();
            await kennel.SaveAsync([rex, fido]);
            await kennel.Projections.RunUntilCaughtUpAsync();
            Check.Equal(new PupRow(rex.Id, "Rex", 2, Birth, "roll over"), await kennel.Views.Pup(rex.Id));
            Check.Equal(null, await kennel.Views.Pup(fido.Id));
            Check.Equal(1L, (await kennel.Views.GetAsync<TrickCount>("sit"))!.Pups);

            // In later batches, with rows that are stored.
            rex.Rename("Rexi");
            rex.Learn("sit");
            await kennel.SaveAsync(rex);
            await kennel.Projections.RunUntilCaughtUpAsync();
            Check.Equal(new PupRow(rex.Id, "Rexi", 3, Birth, "sit"), await kennel.Views.Pup(rex.Id));
            Check.Equal(2L, (await kennel.Views.TrickCount.GetAsync("sit"))!.Pups);
            rex.Leave();
            await kennel.SaveAsync(rex);
            await kennel.Projections.RunUntilCaughtUpAsync();
            Check.Equal(null, await kennel.Views.Pup(rex.Id));
        }),
        WithKennel("View: an event changes the rows of several keys, each once", async (kennel, _) =>
        {
            var pup = NewPup("a b a");
            pup.Rename("b c");
            pup.Rename("gone");
            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            Check.Sequence([new WordCount("a", 1), new("b", 2), new("c", 1)], await kennel.Views.WordCount.GetPageAsync());
        }),
        new("View: keys are compared as they are stored, whatever their type does", async fixture =>
        {
            await using var nursery = await Nursery.OpenAsync(fixture.Url);
            for (var round = 1; round <= 2; round++)
            {
                foreach (var name in (string[])["Rex", "rex", "REX"])
                {
                    await nursery.SaveAsync(NewPup(name));
                }

                await nursery.Projections.RunUntilCaughtUpAsync();
                foreach (var name in (string[])["Rex", "rex", "REX"])
                {
                    var row = await nursery.Views.NickCount.GetAsync(new Nick(name));
                    Check.Equal((name, round), (row!.Nick.Value, row.Uses));
                }
            }
        }),
        WithKennel("View: values of every type, before and after they are stored", async (kennel, _) =>
        {
            for (var round = 1; round <= 2; round++)
            {
                var pup = NewPup("Rex");
                for (var number = 0; number < 4; number++)
                {
                    pup.Measure(number);
                }

                await kennel.SaveAsync(pup);
                await kennel.Projections.RunUntilCaughtUpAsync();
                var rows = await kennel.Views.Sample.GetPageAsync();
                Check.Sequence([0, 1, 3, int.MaxValue], rows.Select(row => row.Number));
                foreach (var row in rows)
                {
                    var expected = Sample.All.First(sample => sample.Number == row.Number);
                    Check.Equal(Show(round == 1 ? expected : expected with { Words = [.. expected.Words, "again"], Counts = expected.Counts is null ? null : new Dictionary<string, int>(expected.Counts) { ["a"] = 1 } }), Show(row));
                    Check.Equal(TimeSpan.Zero, row.DateTimeOffset.Offset);
                }
            }
        }),
        WithKennel("View: queries by each kind of index, page by page", async (kennel, _) =>
        {
            var pup = NewPup("Rex");
            for (var number = 0; number < 4; number++)
            {
                pup.Measure(number);
            }

            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            var samples = kennel.Views.Sample;
            Check.Sequence([3, int.MaxValue], Numbers(await samples.FindByInt64Async(7)));
            Check.Sequence([3], Numbers(await samples.FindByInt64Async(7, limit: 1)));
            Check.Sequence([int.MaxValue], Numbers(await samples.FindByInt64AfterAsync(7, after: 3)));
            Check.Sequence([], Numbers(await samples.FindByInt64AfterAsync(7, after: int.MaxValue)));
            Check.Sequence([3, int.MaxValue], Numbers(await samples.FindByStringAsync("b")));
            Check.Sequence([1], Numbers(await samples.FindByStringAsync(Sample.All[1].String)));
            Check.Sequence([], Numbers(await samples.FindByStringAsync("B")));
            Check.Sequence([1], Numbers(await samples.FindByGuidAsync(Sample.All[1].Guid)));
            Check.Sequence([1], Numbers(await samples.FindByDateOnlyAsync(new(1999, 12, 31))));
            Check.Sequence([1, 3], Numbers(await samples.FindByColorAsync(Color.White)));
            Check.Sequence([1], Numbers(await samples.FindByNullableStringAsync("")));
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => samples.FindByInt64Async(7, limit: 0).AsTask());
            await Check.ThrowsAsync<ArgumentException>(() => samples.FindByStringAsync("a\0b").AsTask());
            await Check.ThrowsAsync<ArgumentException>(() => samples.FindByStringAsync(null!).AsTask());
        }),
        WithKennel("View: pages in the order of keys", async (kennel, _) =>
        {
            string[] words = [.. Enumerable.Range(0, 25).Select(i => $"w{i:00}")];
            await kennel.SaveAsync(NewPup(string.Join(' ', words.Reverse())));
            await kennel.Projections.RunUntilCaughtUpAsync();
            var view = kennel.Views.WordCount;
            Check.Sequence(words[..10], (await view.GetPageAsync(10)).Select(row => row.Word));
            Check.Sequence(words[10..20], (await view.GetPageAfterAsync("w09", 10)).Select(row => row.Word));
            Check.Sequence(words[20..], (await view.GetPageAfterAsync("w19+", 10)).Select(row => row.Word));
            List<string> all = [];
            await foreach (var row in view.ReadAllAsync(pageSize: 7))
            {
                all.Add(row.Word);
            }

            Check.Sequence(words, all);
            await Check.ThrowsAsync<ArgumentOutOfRangeException>(() => view.GetPageAsync(0).AsTask());
        }),
        WithKennel("View: reads take part in the transaction of the flow", async (kennel, fixture) =>
        {
            var pup = NewPup("Rex");
            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            await using var transaction = await kennel.Recorder.BeginTransactionAsync();
            Check.Equal("Rex", (await kennel.Views.Pup(pup.Id))!.Name);
            Check.Equal("Rex", (await kennel.Views.PupRow.FindByNameAsync("Rex"))[0].Name);
            await Check.ThrowsAsync<TransactionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
            await Check.ThrowsAsync<TransactionException>(() => kennel.Views.PupRow.GetAsync(pup.Id, atLeast: 1).AsTask());
            pup.Rename("Rexi");
            await kennel.SaveAsync(pup);
            await transaction.CommitAsync();
        }),
        WithKennel("View: reading your own writes", async (kennel, _) =>
        {
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => kennel.Projections.RunAsync(stop.Token));
            for (var i = 0; i < 20; i++)
            {
                var pup = NewPup($"Rex {i}");
                var saved = await kennel.SaveAsync(pup);
                var row = await kennel.Views.PupRow.GetAsync(pup.Id, atLeast: saved[^1].Position);
                Check.Equal($"Rex {i}", row!.Name);
            }

            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            var last = await kennel.SaveAsync(NewPup("Late"));
            var timeout = await Check.ThrowsAsync<TrackingTimeoutException>(
                () => kennel.Views.PupRow.GetAsync(default, atLeast: last[^1].Position, TimeSpan.FromMilliseconds(50)).AsTask());
            Check.Equal(("pups", last[^1].Position!.Value, 20L), (timeout.Name, timeout.Position, timeout.TrackedPosition!.Value));
        }),
        WithKennel("View: a value that not every engine stores stops the projection at its event", async (kennel, _) =>
        {
            var pup = NewPup("Rex");
            pup.Learn("sit");
            pup.Learn("a\u0000b");
            await kennel.SaveAsync(pup);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
            Check.Equal(3L, failure.Position!.Value);
            var status = (await kennel.Projections.GetStatusAsync()).ToDictionary(s => s.Projection);
            Check.Equal((2L, 2L, 3L), (status["pups"].Position, status["tricks"].Position, status["words"].Position));
            Check.Equal(1, (await kennel.Views.Pup(pup.Id))!.Tricks);
        }),
        WithKennel("View: a row doesn't depend on the end of a batch", async (kennel, _) =>
        {
            // The number is that of a sample whose list of words grows with each event.
            var (one, each) = (NewPup("Rex"), NewPup("Fido"));
            for (var i = 0; i < 5; i++)
            {
                one.Measure(4);
            }

            await kennel.SaveAsync(one);
            await kennel.Projections.RunUntilCaughtUpAsync();
            for (var i = 0; i < 5; i++)
            {
                each.Measure(5);
                await kennel.SaveAsync(each);
                await kennel.Projections.RunUntilCaughtUpAsync();
            }

            var (left, right) = (await kennel.Views.Sample.GetAsync(4), await kennel.Views.Sample.GetAsync(5));
            Check.Equal(Show(left! with { Number = 0 }), Show(right! with { Number = 0 }));
            Check.Equal(double.PositiveInfinity, 1 / right!.Double);
        }),
        new("View: keys of the store that are texts", async fixture =>
        {
            await using var signs = await Signs.OpenForAsync(fixture);
            var sign = new Sign("door", "in");
            sign.Paint("out");
            await signs.SaveAsync([sign, new Sign("wall", "")]);
            await signs.Projections.RunUntilCaughtUpAsync();
            Check.Sequence([new SignText("door", "out"), new("wall", "")], await signs.Views.SignText.GetPageAsync());
            Check.Equal("out", (await signs.Views.GetAsync<SignText>("door"))!.Text);
        }),
    ];

    private static ContractCase WithKennel(string name, Func<Kennel, RecorderFixture, Task> run) => new(name, async fixture =>
    {
        await using var kennel = await Kennel.OpenForAsync(fixture);
        await run(kennel, fixture);
    });

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, Birth);

    private static ValueTask<PupRow?> Pup(this Kennel.ViewSet views, PupId id) => views.GetAsync<PupRow>(id);

    private static IEnumerable<int> Numbers(IReadOnlyList<Sample> samples) => samples.Select(sample => sample.Number);

    /// <summary>All values as text, because lists aren't compared by their items.</summary>
    internal static string Show(Sample sample) => string.Join('|',
        sample with { Bytes = [], NullableBytes = null, Words = [], Counts = null, DateTimeOffset = default },
        sample.DateTimeOffset.UtcTicks / 10, Convert.ToHexString(sample.Bytes), sample.NullableBytes is null ? "null" : Convert.ToHexString(sample.NullableBytes),
        string.Join(',', sample.Words), sample.Counts is null ? "null" : string.Join(',', sample.Counts.OrderBy(c => c.Key).Select(c => $"{c.Key}={c.Value}")));
}
