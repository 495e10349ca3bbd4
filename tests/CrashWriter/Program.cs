using System.Globalization;
using System.Text;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;

// Saves until it is killed, and writes a line after each save: CrashWriter URL SEED TASKS. Without tasks, it runs projections: those
// of a kennel, or with the seed 1 those of a clinic.
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

    await using var kennel = await Kennel.OpenAsync(url, options);
    Console.WriteLine("ready");
    await kennel.Projections.RunAsync();
}

await using var recorder = GeneratedRecorders.WithGuidsAt(url);
await recorder.OpenAsync();

using var output = Console.OpenStandardOutput();
var sync = new Lock();
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

// One unbuffered write for each line, so that it reaches the parent even if this process is killed right after it.
void Say(string line)
{
    var bytes = Encoding.UTF8.GetBytes(line + "\n");
    lock (sync)
    {
        output.Write(bytes);
    }
}
