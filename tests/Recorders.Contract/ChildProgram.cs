using System.Diagnostics;
using System.Globalization;

namespace Recorders.Contract;

/// <summary>The small programs that tests run as processes of their own.</summary>
public static class ChildProgram
{
    /// <summary>Starts a program that lies beside the tests; its standard streams are redirected as asked.</summary>
    /// <param name="name">The name of its assembly.</param>
    /// <param name="url">Its first argument.</param>
    /// <param name="numbers">Its other arguments.</param>
    /// <param name="isConversation">Whether input and errors are redirected, too, not only its output.</param>
    public static Process Start(string name, string url, IEnumerable<int> numbers, bool isConversation = false) => Process.Start(
        new ProcessStartInfo(
            Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet",
            [Path.Combine(AppContext.BaseDirectory, name + ".dll"), url, .. numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = isConversation,
            RedirectStandardError = isConversation,
        })!;

    /// <summary>The line that CrashWriter writes after a save: the aggregate, and its version then.</summary>
    public static (Guid Id, long Version) ReadSave(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return (Guid.ParseExact(line[..space], "N"), long.Parse(line[(space + 1)..], CultureInfo.InvariantCulture));
    }
}
