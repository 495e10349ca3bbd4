using System.Globalization;
using System.Text;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;

// Saves until it is killed, and writes a line after each save: CrashWriter URL SEED TASKS. A negative number of tasks saves with inline views, and
// ends each line with a dot. Without tasks, it runs projections: those of a kennel, with the seed 1 those of a clinic, with the seed 2 those of a
// ranch after its views were changed.
var (url, seed, tasks) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
if (tasks == 0)
{
    var options = new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(1) };
    if (seed == 1)
    {
        await using var clinic = await Clinic.OpenAsync(url, options);
        Console.WriteLine("ready");
        await clinic.Projections.RunAsync();
    }

    if (seed == 2)
    {
        await using var ranch = await LaterRanch.OpenAsync(url, options with { TimeProvider = new FastTime() });
        Console.WriteLine("ready");
        await ranch.Projections.RunAsync();
    }

    await using var kennel = await Kennel.OpenAsync(url, options);
    Console.WriteLine("ready");
    await kennel.Projections.RunAsync();
}

using var output = Console.OpenStandardOutput();
var sync = new Lock();
if (tasks < 0)
{
    await using var hostel = await Hostel.OpenAsync(url);
    Say("ready");
    await Task.WhenAll(Enumerable.Range(0, -tasks).Select(i => Task.Run(() => SaveWithViewsAsync(hostel, new Random(seed * 1000 + i)))));
}

await using var recorder = GeneratedRecorders.WithGuidsAt(url);
await recorder.OpenAsync();
Say("ready");
await Task.WhenAll(Enumerable.Range(0, tasks).Select(i => Task.Run(() => SaveAsync(new Random(seed * 1000 + i)))));

async Task SaveAsync(Random random)
{
    var (id, version) = (Guid.NewGuid(), 0L);
    while (true)
    {
        if (random.Next(8) == 0)
        {
            (id, version) = (Guid.NewGuid(), 0);
        }

        // Each state contains the first version and the length of its save, so that a partial save would be noticed.
        var size = random.Next(1, 21);
        var first = version + 1;
        var state = Encoding.UTF8.GetBytes($"{first} {size} {new string('x', random.Next(300))}");
        await recorder.InsertEventsAsync(
            [.. Enumerable.Range(0, size).Select(i => new StoredEvent<Guid>(id, first + i, "Saved", state))], contiguous: true);
        version += size;
        Say($"{id:N} {version}");
    }
}

async Task SaveWithViewsAsync(Hostel hostel, Random random)
{
    Pup[] pups = [NewLodger(), NewLodger(), NewLodger()];
    while (true)
    {
        var chosen = random.Next(pups.Length);
        Pup[] saved = random.Next(3) == 0 ? [.. pups] : [pups[chosen]];
        foreach (var pup in saved)
        {
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                pup.Learn($"trick {random.Next(20)}");
            }
        }

        if (random.Next(10) == 0)
        {
            pups[chosen].Leave();
            pups[chosen] = NewLodger();
        }

        try
        {
            if (random.Next(3) == 0)
            {
                await hostel.Recorder.InTransactionAsync(async _ =>
                {
                    foreach (var pup in saved)
                    {
                        await hostel.SaveAsync(pup);
                    }
                });
            }
            else
            {
                await hostel.SaveAsync(saved);
            }

            foreach (var pup in saved)
            {
                Say($"{pup.Id.Value:N} {pup.Version}.");
            }
        }
        catch (EventSourcingException exception) when (exception is InDoubtException or TransientStoreException)
        {
            // The other program was suspended for too long. What was saved isn't known.
            pups = [NewLodger(), NewLodger(), NewLodger()];
        }

        await Task.Delay(random.Next(20));
    }
}

static Pup NewLodger() => new(new PupId(Guid.NewGuid()), "lodger", DateTimeOffset.UnixEpoch);

// One unbuffered write for each line, so that it reaches the parent even if this process is killed right after it.
void Say(string line)
{
    var bytes = Encoding.UTF8.GetBytes(line + "\n");
    lock (sync)
    {
        output.Write(bytes);
    }
}

/// <summary>A time that goes 50 times as fast, so that a rebuild writes its rows every 0.1 seconds.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 50;

    public override long GetTimestamp() => base.GetTimestamp() * Factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Faster(dueTime), Faster(period));

    private static TimeSpan Faster(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Factor;
}
