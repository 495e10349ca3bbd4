namespace EventSourcing.Generators.Shared;

/// <summary>Names of pipeline steps, by which the caching tests find them.</summary>
internal static class StepNames
{
    public const string Aggregates = "Aggregates";
    public const string Refusals = "Refusals";
    public const string Applications = "Applications";
    public const string Views = "Views";
    public const string HandlerClasses = "HandlerClasses";
    public const string ProjectionEntries = "ProjectionEntries";
    public const string ProjectionLock = "ProjectionLock";
}
