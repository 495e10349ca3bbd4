using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Shared;

/// <summary>Whether a program is built, or opened in an editor.</summary>
internal static class BuildKind
{
    /// <summary>
    /// Whether this is a build, in which the generator reports what it refuses. Elsewhere analyzers do: in an editor, and where a
    /// project doesn't have the package's settings.
    /// </summary>
    public static bool IsBuild(AnalyzerConfigOptions globalOptions) =>
        globalOptions.TryGetValue("build_property.DesignTimeBuild", out var designTime) && !designTime.Equals("true", StringComparison.OrdinalIgnoreCase);
}
