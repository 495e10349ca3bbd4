using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>Writes the new text of <c>projections.lock</c> in a build that adds to it. <c>ProjectionLockAnalyzer</c> compares the file.</summary>
internal static class ProjectionLockGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ProjectionEntryModel> entries, IncrementalValueProvider<bool> isBuild)
    {
        var isUpdated = context.AnalyzerConfigOptionsProvider.Select(static (options, _) => LockOutput.IsUpdated(options.GlobalOptions)).Combine(isBuild);
        var file = context.AdditionalTextsProvider
            .Where(ProjectionLock.IsOne)
            .Select(ProjectionLock.Read)
            .Collect()
            .Select(static (files, _) => files.Length == 0 ? LockFile.Empty : files[0]);
        var text = entries.Collect().Combine(file).Combine(isUpdated)
            .Select(static (all, _) => all.Right is (true, true) ? ProjectionLock.Updated(all.Left.Right, all.Left.Left) : null)
            .WithTrackingName(StepNames.ProjectionLock);
        context.RegisterSourceOutput(text, static (output, text) =>
        {
            if (text is not null)
            {
                output.AddLock(ProjectionLock.File, text);
            }
        });
    }
}
