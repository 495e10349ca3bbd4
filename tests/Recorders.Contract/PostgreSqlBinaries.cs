using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Recorders.Contract;

/// <summary>The programs of a PostgreSQL server on this machine, and how to run them.</summary>
public static class PostgreSqlBinaries
{
    private const string Missing =
        "No PostgreSQL server was found. Set EVENTSOURCING_TEST_POSTGRES to the connection string of one where databases may be "
        + "created, or install one so that initdb is on PATH or in the usual folder (Debian: apt-get install postgresql; macOS: brew "
        + "install postgresql). Tests that kill the server always need an installed one.";

    private const string MemoryFolder = "/dev/shm";

    private static readonly Lazy<string> Found = new(() => Folders().Select(Resolve).FirstOrDefault(
        folder => folder is not null && new[] { "initdb", "pg_ctl", "postgres" }.All(program => File.Exists(Path.Combine(folder, Executable(program)))))
        ?? throw new InvalidOperationException(Missing));

    // The server refuses to run as root. Then the server and all programs that touch its files run as another user.
    private static readonly Lazy<string?> OtherUser = new(() => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess
        ? File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody"
        : null);

    // Each test creates and deletes a database, which waits for the disk: that takes five times as long there. The full rounds and the
    // measurements of --long use the disk.
    private static readonly Lazy<bool> IsInMemory = new(() => OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") != "1"
        && Directory.Exists(MemoryFolder) && new DriveInfo(MemoryFolder).AvailableFreeSpace >= 4L << 30);

    /// <summary>The path of a program that comes with the server.</summary>
    /// <exception cref="InvalidOperationException">There is no server on this machine.</exception>
    public static string PathOf(string program) => Path.Combine(Found.Value, Executable(program));

    /// <summary>The path of a program on PATH or where system programs lie; null when it isn't there.</summary>
    public static string? Find(string program) => OnPath().Append("/usr/sbin").Append("/usr/local/sbin").Append("/opt/homebrew/bin")
        .Select(folder => Path.Combine(folder, Executable(program))).FirstOrDefault(File.Exists);

    /// <summary>A program and its arguments, as a user that the server accepts.</summary>
    public static ProcessStartInfo Start(string program, params IEnumerable<string> arguments)
    {
        if (OtherUser.Value is not { } user)
        {
            return new(program, arguments) { WorkingDirectory = Path.GetTempPath() };
        }

        IEnumerable<string> prefix = Find("runuser") is { } runuser
            ? [runuser, "-u", user, "--", program]
            : [Find("setpriv") ?? throw new InvalidOperationException("Neither runuser nor setpriv was found: root needs one of them to start a PostgreSQL server."),
               $"--reuid={user}", $"--regid={GroupOf(user)}", "--clear-groups", program];
        return new(prefix.First(), [.. prefix.Skip(1), .. arguments]) { WorkingDirectory = Path.GetTempPath() };
    }

    /// <summary>Runs a program to its end, as a user that the server accepts. A failure is an exception with what it wrote.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        var start = Start(program, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Result
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output.Result}{error.Result}");
    }

    /// <summary>An empty folder of the user that the server runs as, in memory if the system has enough of it.</summary>
    public static string CreateFolder()
    {
        if (OtherUser.Value is null && !IsInMemory.Value)
        {
            return Directory.CreateTempSubdirectory("eventsourcing-").FullName;
        }

        return Run("/bin/sh", "-c", $"mktemp -d {(IsInMemory.Value ? MemoryFolder : "/tmp")}/eventsourcing-XXXXXX").Trim();
    }

    private static string GroupOf(string user) => File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(parts => parts[0] == user)[3];

    private static string Executable(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;

    private static IEnumerable<string> OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where servers are installed; of several, the newest first.</summary>
    private static IEnumerable<string> Folders()
    {
        IEnumerable<string> usual = RuntimeInformation.IsOSPlatform(OSPlatform.Windows)
            ? Below(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*")
            : [.. Below("/usr/lib/postgresql", "*"), .. Below("/opt/homebrew/opt", "postgresql*"), .. Below("/usr/local/opt", "postgresql*"),
               .. Below("/usr", "pgsql-*"), "/usr/local/pgsql/bin"];
        return OnPath().Concat(usual);
    }

    /// <summary>The folder that contains the programs themselves: PATH may lead to links to only a few of them.</summary>
    private static string? Resolve(string folder)
    {
        var program = new FileInfo(Path.Combine(folder, Executable("initdb")));
        return !program.Exists ? null : Path.GetDirectoryName(program.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program.FullName);
    }

    private static IEnumerable<string> Below(string folder, string pattern) => !Directory.Exists(folder) ? [] : Directory
        .GetDirectories(folder, pattern)
        .OrderByDescending(f => int.TryParse(new string([.. Path.GetFileName(f).Where(char.IsAsciiDigit)]), out var version) ? version : 0)
        .Select(f => Path.Combine(f, "bin"));
}
