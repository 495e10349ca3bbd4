using System.Diagnostics;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The script that runs all tests leaves the machine unchanged, however it ends. A copy of it works on a folder instead of the system's.</summary>
public sealed class TestScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Policy => _folder.PathOf("sbin/policy-rc.d");

    private string Cluster => _folder.PathOf("postgresql-common/createcluster.d/eventsourcing-tests.conf");

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task The_files_that_keep_services_from_starting_are_removed_when_it_is_killed_while_it_installs(string signal)
    {
        using var script = Start("echo $$ > installing; exec sleep 60");
        await WaitAsync(() => ReadId("installing").Length > 0);
        Assert.True(File.Exists(Policy) && File.Exists(Cluster));

        // Kills the whole group, as a terminal does for Ctrl-C, and a supervisor for its processes.
        using (var kill = Process.Start("kill", [$"-{signal}", "--", $"-{ReadId("id")}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.NotEqual(0, script.ExitCode);
        Assert.False(File.Exists(Policy));
        Assert.False(File.Exists(Cluster));
    }

    [Fact]
    public async Task The_files_that_keep_services_from_starting_are_removed_when_the_script_alone_is_killed()
    {
        using var script = Start("echo $$ > installing; exec sleep 60");
        await WaitAsync(() => ReadId("installing").Length > 0);

        // The script waits for its child: until the child ends, no service may start.
        foreach (var arguments in new[] { new[] { "-TERM", ReadId("id") }, [ReadId("installing")] })
        {
            using var kill = Process.Start("kill", arguments);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(128 + 15, script.ExitCode);
        Assert.False(File.Exists(Policy));
        Assert.False(File.Exists(Cluster));
    }

    [Fact]
    public async Task The_files_that_keep_services_from_starting_are_removed_when_an_installation_fails()
    {
        using var script = Start("exit 1");
        await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(1, script.ExitCode);
        Assert.False(File.Exists(Policy));
        Assert.False(Directory.Exists(Path.GetDirectoryName(Cluster)));
    }

    [Fact]
    public async Task A_file_that_the_machine_had_before_stays()
    {
        _folder.Write("sbin/policy-rc.d", "its own");
        using var script = Start("exit 1");
        await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal("its own", await File.ReadAllTextAsync(Policy, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts the script where nothing is installed, in a process group of its own.</summary>
    /// <param name="install">The commands that apt-get runs.</param>
    private Process Start(string install)
    {
        var text = File.ReadAllText(Tree.PathOf("test.sh"))
            .Replace("/usr/sbin/policy-rc.d", Policy, StringComparison.Ordinal)
            .Replace("/etc/postgresql-common", _folder.PathOf("postgresql-common"), StringComparison.Ordinal)
            .Replace("/usr/lib/postgresql", _folder.PathOf("none"), StringComparison.Ordinal)
            .Replace("command -v initdb", "false", StringComparison.Ordinal);
        Assert.Contains(Policy, text, StringComparison.Ordinal);
        _folder.Write("test.sh", text);
        Directory.CreateDirectory(_folder.PathOf("sbin"));
        foreach (var (name, body) in new[] { ("id", "echo 0"), ("dpkg-query", "exit 1"), ("apt-get", install) })
        {
            _folder.Write($"bin/{name}", $"#!/bin/sh\n{body}\n");
        }

        var start = Command.Prepare(_folder.Path, "bash", ["-c", "chmod +x bin/*; set -m; bash test.sh & echo $! > id; wait $!"]);
        start.Environment["PATH"] = _folder.PathOf("bin") + Path.PathSeparator + start.Environment["PATH"];
        start.Environment.Remove("EVENTSOURCING_TEST_POSTGRES");
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string ReadId(string file) => File.Exists(_folder.PathOf(file)) ? File.ReadAllText(_folder.PathOf(file)).Trim() : "";

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var time = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
        {
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), "The script didn't begin to install.");
        }
    }
}
