using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>An analyzer of what the user wrote: what a generator wrote is no mistake of the user's.</summary>
public abstract class UserCodeAnalyzer : DiagnosticAnalyzer
{
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        Register(context);
    }

    protected abstract void Register(AnalysisContext context);
}
