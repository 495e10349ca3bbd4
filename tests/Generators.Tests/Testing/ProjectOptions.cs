using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>The project options that the package's settings pass to the generator and the analyzers.</summary>
internal sealed class ProjectOptions(string designTimeBuild) : AnalyzerConfigOptionsProvider
{
    /// <summary>A build: the property exists and is empty.</summary>
    public static ProjectOptions Build { get; } = new("");

    /// <summary>An editor that loads the project.</summary>
    public static ProjectOptions Editor { get; } = new("true");

    public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(designTimeBuild);

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

    private sealed class Values(string designTimeBuild) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == "build_property.DesignTimeBuild" ? designTimeBuild : null;
            return value is not null;
        }
    }
}
