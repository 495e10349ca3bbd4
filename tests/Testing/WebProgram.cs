using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EventSourcing.Testing;

/// <summary>A web server as a process of its own.</summary>
internal sealed class WebProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WebProgram(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        Time = Stopwatch.StartNew();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The time since the process was started.</summary>
    public Stopwatch Time { get; }

    public HttpClient Client { get; private set; } = new();

    /// <summary>Its output so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>A sample, started as in its README, on a free port. It is already built, like the tests.</summary>
    /// <param name="folder">The current directory of its user.</param>
    /// <param name="project">The project.</param>
    public static ProcessStartInfo PrepareSample(string folder, string project) => Command.Prepare(
        folder, "dotnet",
        ["run", "--no-build", "-c", AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug",
         "--project", Tree.PathOf(project), "--urls", "http://127.0.0.1:0"]);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="start">Made by <see cref="Command.Prepare"/>; port 0 means a free port.</param>
    public static async Task<WebProgram> StartAsync(ProcessStartInfo start)
    {
        var program = new WebProgram(start);
        try
        {
            var exit = program._process.WaitForExitAsync();
            if (await Task.WhenAny(program._address.Task, exit).WaitAsync(Patience) == exit)
            {
                throw new InvalidOperationException($"The program ended with {program._process.ExitCode}:\n{program.Log}");
            }

            program.Client.BaseAddress = await program._address.Task;
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it where it can't run, and waits for its end.</summary>
    public static async Task<(int ExitCode, string Log)> RunAsync(ProcessStartInfo start)
    {
        await using var program = new WebProgram(start);
        await program._process.WaitForExitAsync().WaitAsync(Patience);
        return (program._process.ExitCode, program.Log);
    }

    /// <summary>Asks it to end, as a supervisor does, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Ends it like a crash.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        Client.Dispose();
        _process.Dispose();
    }

    private void Read(string? line)
    {
        const string Listening = "Now listening on: ";
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.AppendLine(line);
        }

        var at = line.IndexOf(Listening, StringComparison.Ordinal);
        if (at >= 0)
        {
            _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
        }
    }
}
