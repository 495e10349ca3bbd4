using System.Text.RegularExpressions;
using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Projections;

/// <summary>The file <c>projections.lock</c>: <c>name version | columns | topics | hash of the fold</c>.</summary>
internal static class ProjectionLock
{
    public const string File = "projections.lock";

    private const string Header = """
        # What the rows of each projection depend on: its columns, the events that it handles, and a hash of its code. Builds add lines.
        # https://github.com/eventsourcing-generated/eventsourcing-generated/blob/main/docs/projections.md#changing-a-view
        """;

    private static readonly Regex Contents = new(@"^[^|]+ \| [^|]+ \| [0-9a-f]{16}$", RegexOptions.CultureInvariant);

    public static bool IsOne(AdditionalText file) => LockFile.IsOne(file, File);

    public static LockFile Read(AdditionalText file, CancellationToken cancellation) => file.GetText(cancellation) is { } text
        ? LockFile.Parse(text.ToString(), contents => Contents.IsMatch(contents) ? null : "it isn't of the form 'name version | columns | topics | hash'")
        : LockFile.Empty;

    /// <summary>The text with the lines that are missing; null when there is nothing to write.</summary>
    /// <remarks>A line that is there isn't changed: a line of the same version is different only by a mistake, which is an error.</remarks>
    public static string? Updated(LockFile file, IEnumerable<ProjectionEntryModel> entries)
    {
        var added = entries
            .GroupBy(e => e.Name)
            // Two applications may each have a projection of the same name.
            .Where(g => g.Take(2).Count() == 1)
            .Select(g => g.Single())
            .Where(e => file.Latest(e.Name) is not { } latest || latest.Version < e.Version)
            .Select(e => e.Line)
            .ToList();
        return added.Count == 0 || file.Faults.Count > 0 ? null : file.With(added, Header);
    }

    /// <summary>The names that several projections of the project have, in different applications. They have no line.</summary>
    public static HashSet<string> RepeatedNames(Compilation compilation, CancellationToken cancellation) => [.. compilation.SyntaxTrees
        .Where(t => !SymbolExtensions.IsGenerated(t))
        .SelectMany(t => t.GetRoot(cancellation).DescendantNodes(static n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax))
        .OfType<TypeDeclarationSyntax>()
        .Where(d => d.AttributeLists.Count > 0)
        .Select(d => compilation.GetSemanticModel(d.SyntaxTree).GetDeclaredSymbol(d, cancellation))
        .OfType<INamedTypeSymbol>()
        .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
        .Where(t => t.FindAttribute(KnownNames.Projection) is not null)
        .Select(t => ViewParser.ParseName(t, null)?.Name)
        .OfType<string>()
        .GroupBy(n => n)
        .Where(g => g.Count() > 1)
        .Select(g => g.Key)];

    /// <summary>What is different in the code, for the message; null when nothing is.</summary>
    public static string? Difference(LockLine recorded, ProjectionEntryModel entry)
    {
        if (entry.Version != recorded.Version)
        {
            return $"its Version is {entry.Version} now, but a store doesn't go back to an earlier one";
        }

        var parts = recorded.Contents.Split([LockFile.Separator], StringSplitOptions.None);
        var reasons = new List<string>();
        if (parts[0] != entry.Columns)
        {
            reasons.Add(Columns(parts[0], entry.Columns));
        }

        // A topic may have been renamed: the events are the same.
        var topics = parts[1].Split(' ');
        var left = topics.Where(t => !entry.Events.Any(e => e.Contains(t))).ToList();
        var came = entry.Events.Where(e => !e.Any(topics.Contains)).Select(e => e[0]).ToList();
        if (came.Count > 0)
        {
            reasons.Add($"it handles {string.Join(", ", came)} now");
        }

        if (left.Count > 0)
        {
            reasons.Add($"it doesn't handle {string.Join(", ", left)} any more");
        }

        if (reasons.Count == 0 && parts[2] != entry.Fold)
        {
            reasons.Add("the code that writes its rows is different");
        }

        return reasons.Count == 0 ? null : string.Join(", and ", reasons);
    }

    private static string Columns(string before, string after)
    {
        if (before == ProjectionEntryModel.OwnTables || after == ProjectionEntryModel.OwnTables)
        {
            return $"it was {Kind(before)}, and is {Kind(after)} now";
        }

        var (then, now) = (before.Split(' '), after.Split(' '));
        var (gone, added) = (then.Except(now).ToList(), now.Except(then).ToList());
        return gone.Count == 0 && added.Count == 0 ? "the order of its columns is different"
            : string.Join(" and ", new[] { (Texts: gone, Verb: "without"), (Texts: added, Verb: "with") }
                .Where(t => t.Texts.Count > 0).Select(t => $"{t.Verb} {string.Join(", ", t.Texts)}")) is var texts ? $"its columns are {texts} now" : "";

        static string Kind(string columns) => columns == ProjectionEntryModel.OwnTables ? "a class with handlers" : "a view";
    }
}
