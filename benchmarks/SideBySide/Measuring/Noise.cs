using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>
/// The processor time that other processes take meanwhile: all except this process and its children, PostgreSQL, which works for it,
/// and the kernel's threads. Known on Linux only.
/// </summary>
internal sealed class Noise
{
    private const double TicksPerSecond = 100;

    private readonly double _before = Others();
    private readonly long _started = Stopwatch.GetTimestamp();

    public static Noise Start() => new();

    /// <summary>The share of one processor since the start.</summary>
    /// <remarks>When a server or a long build ends, all its time is reported at once, so the share is limited to the machine's processors.</remarks>
    public double Share() => Math.Clamp((Others() - _before) / Stopwatch.GetElapsedTime(_started).TotalSeconds, 0, Environment.ProcessorCount);

    /// <summary>The seconds that other processes have used so far, including those of ended children, which count for their parents.</summary>
    private static double Others()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var processes = new Dictionary<int, (int Parent, string Name, long Ticks)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(folder) is { } found)
            {
                processes[id] = found;
            }
        }

        return processes.Where(p => !IsOurs(p.Key)).Sum(p => p.Value.Ticks) / TicksPerSecond;

        // The kernel's threads are children of 2.
        bool IsOurs(int id)
        {
            for (var depth = 0; depth < 64 && processes.TryGetValue(id, out var process); depth++, id = process.Parent)
            {
                if (id == 2 || id == Environment.ProcessId || process.Name == "postgres")
                {
                    return true;
                }
            }

            return false;
        }
    }

    private static (int Parent, string Name, long Ticks)? Read(string folder)
    {
        try
        {
            // The name is in brackets and may contain brackets.
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var (start, end) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(')'));
            var fields = text[(end + 2)..].Split(' ');
            return (Number(1), text[(start + 1)..end], Number(11) + Number(12) + Number(13) + Number(14));

            int Number(int field) => int.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // The process has ended.
        }
    }
}
