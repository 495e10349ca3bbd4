using EventSourcing.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventSourcing.AspNetCore;

/// <summary>
/// The messages about requests: names of applications, endpoints and exceptions. They never contain state, metadata, parameters or connection
/// strings; ids occur only in the exceptions that come with errors.
/// </summary>
internal static partial class RequestLog
{
    /// <summary>The log of a request's stores.</summary>
    public static ILogger Get(HttpContext context) => context.RequestServices.GetRequiredService<EventStoreLog>().Logger;

    /// <summary>Logs a failure of a request, because of which its saves are lost.</summary>
    public static void Failed(this ILogger log, string application, Exception exception, bool hadSaves)
    {
        switch (exception)
        {
            case ConcurrencyException:
                log.Conflict(application);
                break;
            case StoreException { IsTransient: true }:
                log.Busy(application, exception);
                break;
            case StoreException or TransactionException:
                log.Failed(application, exception);
                break;
            default:
                if (hadSaves)
                {
                    log.RolledBack(application, exception.GetType().Name);
                }

                break;
        }
    }

    [LoggerMessage(2, LogLevel.Information, "A request had a conflict in {Application}: another save came first.")]
    public static partial void Conflict(this ILogger log, string application);

    [LoggerMessage(3, LogLevel.Information, "The saves of a request in {Application} were rolled back because of {Reason}.")]
    public static partial void RolledBack(this ILogger log, string application, string reason);

    [LoggerMessage(4, LogLevel.Warning, "The store of {Application} is busy or unavailable.")]
    public static partial void Busy(this ILogger log, string application, Exception exception);

    [LoggerMessage(5, LogLevel.Error, "A request failed in the store of {Application}.")]
    public static partial void Failed(this ILogger log, string application, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "The request {Endpoint} succeeded, but its saves in {Application} were discarded, because they were not committed.")]
    public static partial void Dropped(this ILogger log, string application, string endpoint);
}
