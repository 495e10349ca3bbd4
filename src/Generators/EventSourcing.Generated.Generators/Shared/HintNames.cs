using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shared;

/// <summary>
/// The names of generated files. The compiler and many file systems ignore case in them, and both fail
/// completely if two files have the same name.
/// </summary>
internal static class HintNames
{
    // File systems allow 255 bytes, of which the last part of the name takes some.
    private const int MostBytes = 150;

    /// <summary>
    /// Adds to each model the beginning of its files' names: the metadata name of its type, as long as no other type has it in another
    /// case.
    /// </summary>
    public static IncrementalValuesProvider<(TModel Model, string HintName)> WithHintNames<TModel>(this IncrementalValuesProvider<TModel> models, Func<TModel, TypeShell> shellOf)
    {
        // Only names are collected: they seldom change, so that a change of one model doesn't generate the files of others again.
        var ambiguous = models
            .Select((model, _) => shellOf(model).MetadataName)
            .Collect()
            .Select(static (names, _) => names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).SelectMany(g => g).ToEquatableArray());
        return models.Combine(ambiguous).Select((pair, _) => (pair.Left, Of(shellOf(pair.Left).MetadataName, pair.Right)));
    }

    private static string Of(string metadataName, EquatableArray<string> ambiguous)
    {
        if (!ambiguous.Contains(metadataName) && Encoding.UTF8.GetByteCount(metadataName) <= MostBytes)
        {
            return metadataName;
        }

        var end = metadataName.Length;
        while (Encoding.UTF8.GetByteCount(metadataName.Substring(0, end)) > MostBytes)
        {
            end--;
        }

        using var hash = SHA256.Create();
        var bytes = hash.ComputeHash(Encoding.UTF8.GetBytes(metadataName));
        return $"{metadataName.Substring(0, end)}-{bytes[0]:x2}{bytes[1]:x2}{bytes[2]:x2}{bytes[3]:x2}";
    }
}
