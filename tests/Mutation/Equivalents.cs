namespace EventSourcing.Mutation;

/// <summary>Mutants without a visible effect, each with a reason: left out of the score.</summary>
internal sealed class Equivalents
{
    private readonly HashSet<string> _names;

    private Equivalents(HashSet<string> names) => _names = names;

    /// <summary>One mutant in a line: <c>File.cs | Member | original -> mutant | reason</c>; # begins a remark.</summary>
    public static Equivalents Parse(IEnumerable<string> lines)
    {
        HashSet<string> names = [];
        foreach (var line in lines.Where(l => l.Trim().Length > 0 && !l.StartsWith('#')))
        {
            var end = line.LastIndexOf(" | ", StringComparison.Ordinal);
            if (end < 0 || line.Split(" | ").Length < 4)
            {
                throw new FormatException($"This is not 'File.cs | Member | original -> mutant | reason': {line}");
            }

            names.Add(line[..end].Trim());
        }

        return new Equivalents(names);
    }

    public bool Contains(Mutant mutant) => _names.Contains(mutant.Name);
}
