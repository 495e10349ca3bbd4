using Microsoft.Extensions.Logging;

namespace EventSourcing.Hosting;

/// <summary>
/// Writes the log, in the category <c>EventSourcing</c>: names of applications, projections and exceptions. It never contains state, metadata,
/// parameters or connection strings; ids occur only in the exceptions that come with errors. An exception that a fold of a projection has thrown
/// is logged as it is.
/// </summary>
internal sealed partial class EventStoreLog(ILoggerFactory factory)
{
    private readonly ILogger _logger = factory.CreateLogger("EventSourcing");

    /// <summary>For the messages of other packages. They have the ids 2 to 6.</summary>
    public ILogger Logger => _logger;

    /// <summary>Logs a failed read of a subscription. Of many in a row, the first, the second, the fourth and so on are logged.</summary>
    public void Failed(SubscriptionFailure failure)
    {
        if (!failure.IsRetried)
        {
            SubscriptionEnded(failure.Application, failure.Position, failure.ErrorType);
        }
        else if (System.Numerics.BitOperations.IsPow2(failure.Failures))
        {
            SubscriptionRetries(failure.Application, failure.Position, failure.ErrorType, failure.Failures, failure.Since);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The store of {Application} is open.")]
    public partial void Opened(string application);

    [LoggerMessage(10, LogLevel.Warning, "The store of {Application} had no events table, so a new table was created, but the database has {Tables}. If the application was renamed, its events are there: set TablePrefix in its [EventSourcedApplication] to the part of the table name before '_events'.")]
    public partial void CreatedBeside(string application, string tables);

    [LoggerMessage(8, LogLevel.Warning, "A subscription of {Application} at position {Position} retries after {Error}: failure {Failures} in a row since {Since:O}.")]
    private partial void SubscriptionRetries(string application, long position, string error, int failures, DateTimeOffset since);

    [LoggerMessage(9, LogLevel.Error, "A subscription of {Application} at position {Position} has ended with {Error}.")]
    private partial void SubscriptionEnded(string application, long position, string error);

    [LoggerMessage(11, LogLevel.Error, "The projection {Projection} of {Application} has stopped at position {Position}. It is tried again after a restart.")]
    public partial void ProjectionStopped(string application, string projection, long? position, Exception exception);

    [LoggerMessage(12, LogLevel.Error, "The projection {Projection} of {Application} has {What} the event at position {Position}: {Error}")]
    public partial void EventFailed(string application, string projection, string what, long position, string error, Exception? exception);

    /// <summary>Logs how far the rows of a view are built again.</summary>
    public void Rebuilding(string application, RebuildProgress progress)
    {
        if (progress.IsDone)
        {
            Rebuilt(application, progress.Projection, progress.Version, progress.Position);
        }
        else
        {
            Rebuilds(application, progress.Projection, progress.Version, progress.Position, progress.End, progress.Remaining);
        }
    }

    [LoggerMessage(13, LogLevel.Information, "The rows of the view {Projection} of {Application}, version {Version}, are built beside those in use: at position {Position} of {End}, {Remaining} left.")]
    private partial void Rebuilds(string application, string projection, int version, long position, long end, TimeSpan? remaining);

    [LoggerMessage(14, LogLevel.Information, "The rows of the view {Projection} of {Application}, version {Version}, are built up to position {Position}, and in use.")]
    private partial void Rebuilt(string application, string projection, int version, long position);

    [LoggerMessage(7, LogLevel.Warning, "The store of {Application} failed the health check.")]
    public partial void Unhealthy(string application, Exception exception);
}
