// Saves through the library and through a hand-written floor, by turns in one run, and prints the ratios.
//
//     dotnet run -c Release --project benchmarks/PostgreSql -- "Host=localhost;Username=postgres;Database=postgres" [rounds]
//     dotnet run -c Release --project benchmarks/PostgreSql -- "Host=localhost;Username=postgres;Database=postgres" [rounds] notify
//
// The connection string names a database whose tables floor_events and benchmark_events may be deleted.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Benchmarks.PostgreSql;
using EventSourcing;
using Npgsql;

var url = args[0];
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
const string Topic = "BenchmarkAggregate.Changed123";
var state = Encoding.UTF8.GetBytes("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"abcdefg","number":12345,"other":1234567890123,"id":"0198c0de"}""");

var builder = new NpgsqlSlimDataSourceBuilder(url);
builder.EnableArrays();
builder.ConnectionStringBuilder.NoResetOnClose = true;
await using var dataSource = builder.Build();
await using (var drop = dataSource.CreateCommand("DROP TABLE IF EXISTS benchmark_events"))
    await drop.ExecuteNonQueryAsync();
await using var floor = new Floor(dataSource);
await floor.OpenAsync();
_ = floor.RunGroupsAsync();
await using var application = await BenchmarkApplication.OpenAsync(url);
var recorder = application.Recorder;

if (args.Contains("notify"))
{
    await Notifying.RunAsync(url, rounds);
    return;
}

await CompareAsync("1 caller, 1 event a save", 3000, 1,
    (id, version) => floor.SaveOneAsync(id, version, Topic, state),
    (id, version) => SaveAsync(id, version, 1));
await CompareAsync("64 callers, 1 event a save", 1000, 64,
    (id, version) => floor.SaveInGroupAsync(id, version, Topic, state),
    (id, version) => SaveAsync(id, version, 1));
await CompareAsync("16 callers, 1 event a save", 2000, 16,
    (id, version) => floor.SaveInGroupAsync(id, version, Topic, state),
    (id, version) => SaveAsync(id, version, 1));
await CompareAsync("1 caller, 100 events a save", 300, 1,
    (id, version) => floor.SaveManyAsync(
        [.. Enumerable.Repeat(id, 100)], [.. Enumerable.Range(0, 100).Select(i => (version - 1) * 100 + 1 + i)],
        [.. Enumerable.Repeat(Topic, 100)], [.. Enumerable.Repeat(state, 100)]),
    (id, version) => SaveAsync(id, (version - 1) * 100 + 1, 100));

async Task SaveAsync(Guid id, long version, int count)
{
    var events = new StoredEvent<Guid>[count];
    for (var i = 0; i < count; i++)
        events[i] = new(id, version + i, Topic, state);
    await recorder.InsertEventsAsync(events, contiguous: true);
}

async Task CompareAsync(string name, int savesOfEach, int callers, Func<Guid, long, Task> byFloor, Func<Guid, long, Task> byLibrary)
{
    await RunAsync(savesOfEach, callers, byFloor);
    await RunAsync(savesOfEach, callers, byLibrary);

    // Short turns, so that both meet the same noise; the one that begins changes.
    var (floorTime, libraryTime) = (TimeSpan.Zero, TimeSpan.Zero);
    var ratios = new List<double>();
    for (var turn = 0; turn < rounds * 10; turn++)
    {
        var first = await RunAsync(savesOfEach / 10, callers, turn % 2 == 0 ? byFloor : byLibrary);
        var second = await RunAsync(savesOfEach / 10, callers, turn % 2 == 0 ? byLibrary : byFloor);
        var (ofFloor, ofLibrary) = turn % 2 == 0 ? (first, second) : (second, first);
        floorTime += ofFloor;
        libraryTime += ofLibrary;
        ratios.Add(ofFloor / ofLibrary);
    }

    var saves = savesOfEach / 10 * callers * rounds * 10;
    ratios.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-28} floor {saves / floorTime.TotalSeconds,8:F0}/s   library {saves / libraryTime.TotalSeconds,8:F0}/s   ratio {floorTime / libraryTime:F2}, of {ratios.Count} turns {ratios[ratios.Count / 4]:F2}, {ratios[ratios.Count / 2]:F2}, {ratios[ratios.Count * 3 / 4]:F2} (quartiles)"));
}

static async Task<TimeSpan> RunAsync(int savesOfEach, int callers, Func<Guid, long, Task> save)
{
    var started = Stopwatch.GetTimestamp();
    await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
    {
        // Ten saves to an aggregate.
        for (var i = 0; i < savesOfEach; i += 10)
        {
            var id = Guid.CreateVersion7();
            for (var version = 1; version <= 10 && i + version <= savesOfEach; version++)
                await save(id, version);
        }
    })));
    return Stopwatch.GetElapsedTime(started);
}


[EventSourced]
internal sealed partial class Benchmarked
{
    [Event("Made")]
    public partial Benchmarked(Guid id);

    private void Apply(Made e)
    {
    }
}

[EventSourcedApplication(typeof(Benchmarked), TablePrefix = "benchmark")]
internal sealed partial class BenchmarkApplication;
