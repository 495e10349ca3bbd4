using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Locks;

/// <summary>
/// A text file beside a project that keeps what was agreed: one line for each version of an item, <c>name version | contents</c>. Lines that
/// begin with # are comments. The compiler gets it as an additional file.
/// </summary>
/// <param name="Lines">All lines, as they are.</param>
/// <param name="Items">The lines that are valid.</param>
/// <param name="Faults">The lines that aren't.</param>
/// <param name="LineEnd">What ends a line.</param>
internal sealed record LockFile(EquatableArray<string> Lines, EquatableArray<LockLine> Items, EquatableArray<LockFault> Faults, string LineEnd)
{
    /// <summary>What separates the parts of a line.</summary>
    public const string Separator = " | ";

    /// <summary>A file without lines.</summary>
    public static readonly LockFile Empty = new(EquatableArray<string>.Empty, EquatableArray<LockLine>.Empty, EquatableArray<LockFault>.Empty, "\n");

    private static readonly Regex Item = new(@"^(?<name>[^\s|]+) (?<version>[1-9][0-9]{0,8}) \| (?<contents>\S.*)$", RegexOptions.CultureInvariant);

    /// <summary>Whether an additional file of the compiler is the lock file of this name.</summary>
    public static bool IsOne(AdditionalText file, string name) => IsOne(file.Path, name);

    /// <summary>Whether a path is that of the lock file of this name.</summary>
    public static bool IsOne(string path, string name) =>
        string.Equals(Path.GetFileName(path), name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="problem">The error in the contents of a line; null when they are valid.</param>
    public static LockFile Parse(string text, Func<string, string?> problem)
    {
        var end = text.IndexOf('\n') is > 0 and var first && text[first - 1] == '\r' ? "\r\n" : "\n";
        var lines = text.Split('\n').Select(l => l.TrimEnd('\r', ' ', '\t')).ToList();
        if (lines[lines.Count - 1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        var items = new List<LockLine>();
        var faults = new List<LockFault>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#')
            {
                continue;
            }

            var match = Item.Match(lines[i]);
            var item = match.Success
                ? new LockLine(match.Groups["name"].Value, int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture), match.Groups["contents"].Value)
                : null;
            var reason = item is null ? "it isn't of the form 'name version | …'" : problem(item.Contents)
                // A line that two branches added alike is merged twice.
                ?? (items.Exists(o => o.Name == item.Name && o.Version == item.Version && o.Contents != item.Contents)
                    ? $"another line of '{item.Name}' has the same version {item.Version}, and is different" : null);
            if (reason is null)
            {
                items.Add(item!);
            }
            else
            {
                faults.Add(new LockFault(i, reason));
            }
        }

        return new LockFile(lines.ToEquatableArray(), items.ToEquatableArray(), faults.ToEquatableArray(), end);
    }

    /// <summary>The line of the greatest version of an item; null if it has none.</summary>
    public LockLine? Latest(string name) => Items.Where(i => i.Name == name).OrderBy(i => i.Version).LastOrDefault();

    /// <summary>The text of the file with more lines, each at its place in the order. The other lines stay as they are.</summary>
    /// <param name="added">The lines.</param>
    /// <param name="header">The comment of a file that has no line yet.</param>
    public string With(IEnumerable<LockLine> added, string header)
    {
        var lines = Lines.Count == 0 ? [.. header.Split('\n')] : Lines.ToList();
        foreach (var line in added)
        {
            var next = lines.FindIndex(l => Item.Match(l) is { Success: true } match
                && Compare(match.Groups["name"].Value, int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture), line) > 0);
            lines.Insert(next < 0 ? lines.Count : next, line.ToString());
        }

        return string.Join(LineEnd, lines);
    }

    /// <summary>The text of the file with another line for a version that it has.</summary>
    public string Replace(LockLine line) => string.Concat(Lines
        .Select(l => Item.Match(l) is { Success: true } match && Compare(match.Groups["name"].Value, int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture), line) == 0 ? line.ToString() : l)
        .Select(l => l + LineEnd));

    /// <summary>A text as a word of a line: what a line doesn't have in words is written as <c>\u0020</c>.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            escaped.Append((c < 128 ? char.IsLetterOrDigit(c) || "._-+:/".IndexOf(c) >= 0 : char.IsLetter(c))
                ? c.ToString()
                : $"\\u{((int)c).ToString("x4", CultureInfo.InvariantCulture)}");
        }

        return escaped.ToString();
    }

    private static int Compare(string name, int version, LockLine line) =>
        string.CompareOrdinal(name, line.Name) is not 0 and var order ? order : version.CompareTo(line.Version);
}

/// <summary>A line of a lock file: what was agreed about a version of an item.</summary>
internal sealed record LockLine(string Name, int Version, string Contents)
{
    public override string ToString() => $"{Name} {Version.ToString(CultureInfo.InvariantCulture)}{LockFile.Separator}{Contents}";
}

/// <summary>A line of a lock file that isn't valid.</summary>
/// <param name="Line">Its index.</param>
/// <param name="Reason">The reason, for the message.</param>
internal sealed record LockFault(int Line, string Reason);
