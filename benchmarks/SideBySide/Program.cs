// Hand-written code and the library doing the same work, by turns in one process. ../run.sh starts it; by itself:
//
//     dotnet run -c Release --project benchmarks/SideBySide -- [W1 W4-100 …] [--engine sqlite | sqlite-full | postgresql | none] …
//         [--quick] [--rounds N] [--folder DIR] [--postgresql CONNECTION-STRING] [--add FILE.jsonl] [--json FILE] [--plot FILE.svg]
using Benchmarks.Measuring;
using Benchmarks.PostgreSql;
using Benchmarks.Serializing;
using Benchmarks.Sqlite;

var run = new Run(args);
await SerializingWorkloads.RunAsync(run);
await SqliteWorkloads.RunAsync(run);
await PostgreSqlWorkloads.RunAsync(run);
Table.Print(run.Results);
