using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The sample as a process of its own, on a free port.</summary>
internal sealed class WebProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WebProgram(string program, IEnumerable<string> arguments, string store, int port)
    {
        var start = new ProcessStartInfo(program, [.. arguments, "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Not an argument: a URL has a password, and arguments are seen by everybody on the machine.
        start.Environment["Store"] = store;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        Time = Stopwatch.StartNew();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Since the process was started.</summary>
    public Stopwatch Time { get; }

    public HttpClient Client { get; private set; } = new();

    /// <summary>What it wrote so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="native">The path of the native program; null for the jitted one.</param>
    /// <param name="store">The URL of the store.</param>
    /// <param name="port">Where it listens; 0 for a free port.</param>
    public static async Task<WebProgram> StartAsync(string? native, string store, int port = 0)
    {
        var program = Create(native, store, port);
        try
        {
            var exit = program._process.WaitForExitAsync();
            if (await Task.WhenAny(program._address.Task, exit).WaitAsync(Patience) == exit)
                throw new InvalidOperationException($"The program ended with {program._process.ExitCode}:\n{program.Log}");
            program.Client.BaseAddress = await program._address.Task;
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it where it can't, and waits for its end.</summary>
    public static async Task<(int ExitCode, string Log)> RunAsync(string? native, string store)
    {
        await using var program = Create(native, store, port: 0);
        await program._process.WaitForExitAsync().WaitAsync(Patience);
        return (program._process.ExitCode, program.Log);
    }

    /// <summary>Asks it to end, as a supervisor does, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        Client.Dispose();
        _process.Dispose();
    }

    private static WebProgram Create(string? native, string store, int port) => native is null
        ? new WebProgram("dotnet", [Path.Combine(AppContext.BaseDirectory, "WebSchool.dll")], store, port)
        : new WebProgram(native, [], store, port);

    private void Read(string? line)
    {
        const string Listening = "Now listening on: ";
        if (line is null)
            return;
        lock (_log)
            _log.AppendLine(line);
        var at = line.IndexOf(Listening, StringComparison.Ordinal);
        if (at >= 0)
            _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
    }
}
