// Compares hand-written code with the library at the same work, by turns in one process. ../run.sh starts it; by itself:
//
//     dotnet run -c Release --project benchmarks/SideBySide -- [W1 W4-100 …] [--engine sqlite | sqlite-full | postgresql | none] …
//         [--quick] [--rounds N] [--events N] [--folder DIR] [--postgresql CONNECTION-STRING] [--add FILE.jsonl] [--json FILE] [--plot FILE.svg]
//
// --notify compares the two ways to tell other processes of an append on PostgreSQL, and nothing else.
// --add includes the results of other programs in table, lines and plot; with --only-added nothing is measured here.
using Benchmarks;
using Benchmarks.Measuring;
using Benchmarks.PostgreSql;
using Benchmarks.Serializing;
using Benchmarks.Sqlite;

if (await Latency.IsChildAsync(args))
{
    return;
}

var run = new Run(args);
if (run.IsAboutNotifying)
{
    await Notifying.RunAsync(run.PostgreSql ?? throw new ArgumentException("--notify needs --postgresql."), run.Rounds(5, 1));
    return;
}

if (!run.IsOnlyAdded)
{
    await SerializingWorkloads.RunAsync(run);
    await SqliteWorkloads.RunAsync(run);
    await PostgreSqlWorkloads.RunAsync(run);
}

var results = run.GetAll();
Table.Print(results);
if (run.Json is { } json)
{
    JsonLines.Write(json, results);
}

if (run.Plot is { } plot)
{
    Plot.Write(plot, results);
}
