using System.Diagnostics;
using System.Text;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Package.Tests;

/// <summary>A program that runs until the test disposes of it.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly StringBuilder _output = new();
    private readonly Process _process;

    public RunningCommand(string folder, string program, params IEnumerable<string> arguments)
    {
        _process = new Process { StartInfo = Command.Prepare(folder, program, arguments) };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Waits until the program has written the text.</summary>
    public async Task WaitForAsync(string text)
    {
        for (var began = Stopwatch.GetTimestamp(); !Output.Contains(text, StringComparison.Ordinal);)
        {
            Assert.True(!_process.HasExited && Stopwatch.GetElapsedTime(began) < Limit, $"'{text}' isn't in:\n{Output}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
