using System.Globalization;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;

// Saves events, and writes the position of each one and the time of its acknowledgement: LogWriter URL TASKS SAVES PAUSE. Each task
// does SAVES saves, with PAUSE milliseconds between them.
var (tasks, saves, pause) = (Number(1), Number(2), Number(3));
await using var recorder = GeneratedRecorders.WithGuids(args[0]);
await recorder.EnsureSchemaAsync();
Console.WriteLine("ready");

// All children begin together.
await Console.In.ReadLineAsync();
var lines = await Task.WhenAll(Enumerable.Range(0, tasks).Select(_ => Task.Run(SaveAsync)));
foreach (var line in lines.SelectMany(l => l))
{
    Console.WriteLine(line);
}

async Task<List<string>> SaveAsync()
{
    var (id, done) = (Guid.NewGuid(), new List<string>());
    for (var version = 1; version <= saves; version++)
    {
        var positions = await recorder.InsertEventsAsync([new StoredEvent<Guid>(id, version, "Saved", "{}"u8.ToArray())], contiguous: true);
        done.Add(string.Create(CultureInfo.InvariantCulture, $"{positions[0]} {DateTime.UtcNow.Ticks}"));
        if (pause > 0)
        {
            await Task.Delay(pause);
        }
    }

    return done;
}

int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
