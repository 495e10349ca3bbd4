using EventSourcing.Testing;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>The sources of the generator itself.</summary>
internal static class GeneratorSources
{
    private static readonly ProjectSources Sources = new("src/Generators/EventSourcing.Generated.Generators");

    /// <inheritdoc cref="ProjectSources.Files"/>
    public static IReadOnlyList<string> Files => Sources.Files;

    /// <inheritdoc cref="ProjectSources.Errors"/>
    public static IEnumerable<Diagnostic> Errors => Sources.Errors;

    /// <inheritdoc cref="ProjectSources.RoomOf"/>
    public static string RoomOf(string file) => ProjectSources.RoomOf(file);

    /// <inheritdoc cref="ProjectSources.Text"/>
    public static string Text(string file) => Sources.Text(file);

    /// <inheritdoc cref="ProjectSources.WrongReferences"/>
    public static IReadOnlyList<string> WrongReferences(string room, IReadOnlyCollection<string> allowed) => Sources.WrongReferences(room, allowed);

    /// <summary>The rooms that the using directives of a file name.</summary>
    public static IEnumerable<string> RoomsNamedBy(string file) => Sources.NamespacesUsedBy(file)
        .Select(n => n.Split('.'))
        .Where(n => n is ["EventSourcing", "Generators", _, ..])
        .Select(n => n[2])
        .Distinct();
}
