using System.Diagnostics;
using System.Text.Json;

namespace EventSourcing.Mutation;

/// <summary>A process that runs tests again and again; a new one is started after one that hung or ended.</summary>
internal sealed class TestProcess(string tests, string mutated) : IDisposable
{
    private Process? _process;

    /// <summary>Whether the next run is the first one of its process.</summary>
    public bool IsNew => _process is null;

    /// <summary>Runs tests; null when the process ended or didn't answer in time.</summary>
    public TestOutcome? Run(TestRequest request, TimeSpan limit)
    {
        _process ??= Start();
        try
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
            _process.StandardInput.Flush();
            var answer = _process.StandardOutput.ReadLineAsync();
            if (answer.Wait(limit) && answer.Result is { } line)
            {
                return JsonSerializer.Deserialize<TestOutcome>(line);
            }
        }
        catch (IOException)
        {
            // The process has ended.
        }

        Dispose();
        return null;
    }

    /// <summary>Ends the process, so that the next run starts from nothing.</summary>
    public void Dispose()
    {
        if (_process is null)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet", [tests]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(TestProcess).Assembly.Location;
        start.Environment["MUTATION_TESTS"] = tests;
        start.Environment["MUTATED_ASSEMBLY"] = mutated;
        // Random tests draw the same values for every mutant, and no snapshot is accepted.
        start.Environment["EVENTSOURCING_SEED"] = "1";
        start.Environment["EVENTSOURCING_LONG"] = null;
        start.Environment["UPDATE_SNAPSHOTS"] = null;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        // A slow start on a busy machine says nothing about a mutant.
        if (!process.StandardOutput.ReadLineAsync().Wait(TimeSpan.FromMinutes(5)))
        {
            throw new InvalidOperationException($"{tests} did not start.");
        }

        return process;
    }
}
