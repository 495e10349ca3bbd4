using System.Globalization;
using System.Text;
using EventSourcing;
using Recorders.Contract;

// Saves without end, and says of each save that it is done, until it is killed: CrashWriter URL SEED TASKS.
var (url, seed, tasks) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
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

        // Each state says how the save began and how long it is, so that a half of one would be seen.
        var size = random.Next(1, 21);
        var first = version + 1;
        var state = Encoding.UTF8.GetBytes($"{first} {size} {new string('x', random.Next(300))}");
        await recorder.InsertEventsAsync(
            [.. Enumerable.Range(0, size).Select(i => new StoredEvent<Guid>(id, first + i, "Saved", state))], contiguous: true);
        version += size;
        Say($"{id:N} {version}");
    }
}

// One write for a line, past every buffer: what is written here reaches the parent even when the next instant kills us.
void Say(string line)
{
    var bytes = Encoding.UTF8.GetBytes(line + "\n");
    lock (sync)
    {
        output.Write(bytes);
    }
}
