using System.Text;

namespace EventSourcing.Files;

/// <summary>Creates the file of a store, and compares its header.</summary>
internal sealed class LogSchema(string folder, string table, string keys)
{
    private const string Extension = ".log";

    /// <summary>What the file begins with.</summary>
    public byte[] Header { get; } = Encoding.ASCII.GetBytes($"EventSourcing.Files 1, {keys}\n");

    public string Path { get; } = System.IO.Path.Combine(folder, table + Extension);

    /// <summary>Creates the file if it is missing.</summary>
    /// <returns>The tables that were there when the file was created.</returns>
    public IReadOnlyList<string> Ensure()
    {
        Directory.CreateDirectory(folder);
        var others = Directory.GetFiles(folder, "*" + Extension).Select(p => System.IO.Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal).ToList();

        // A move replaces a file that another recorder has just created, so they take turns. No other recorder sees a part of the header.
        using var turn = new Mutex(false, "EventSourcing.Files");
        turn.WaitOne();
        try
        {
            if (File.Exists(Path))
            {
                return [];
            }

            File.WriteAllBytes(Path + ".new", Header);
            File.Move(Path + ".new", Path, overwrite: true);
            return others;
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    /// <summary>Returns the differences, one sentence each.</summary>
    public IReadOnlyList<string> Compare()
    {
        if (!File.Exists(Path))
        {
            return [$"The file {Path} is missing."];
        }

        var header = new byte[Header.Length];
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        RandomAccess.Read(file, header, 0);
        return header.AsSpan().SequenceEqual(Header) ? [] : [$"The file {Path} isn't a log of events with keys of the type {keys}."];
    }
}
