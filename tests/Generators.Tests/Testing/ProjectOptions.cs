using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>The project options that the package's settings pass to the generator and the analyzers.</summary>
internal sealed class ProjectOptions(string designTimeBuild, string? updateLocks = null) : AnalyzerConfigOptionsProvider
{
    /// <summary>A build: the property exists and is empty.</summary>
    public static ProjectOptions Build { get; } = new("");

    /// <summary>An editor that loads the project.</summary>
    public static ProjectOptions Editor { get; } = new("true");

    /// <summary>A build on the machine of a developer: it adds to lock files.</summary>
    public static ProjectOptions Updating { get; } = new("", "true");

    /// <summary>A build on a server: it only compares lock files.</summary>
    public static ProjectOptions Comparing { get; } = new("", "false");

    public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(designTimeBuild, updateLocks);

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

    private sealed class Values(string designTimeBuild, string? updateLocks) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key switch
            {
                "build_property.DesignTimeBuild" => designTimeBuild,
                "build_property.EventSourcingUpdateLocks" => updateLocks,
                _ => null,
            };
            return value is not null;
        }
    }
}
