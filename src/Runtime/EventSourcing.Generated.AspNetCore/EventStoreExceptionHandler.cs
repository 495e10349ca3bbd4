using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace EventSourcing.AspNetCore;

/// <summary>Creates problem details for the library's exceptions. They have fixed texts only, so that no stored data can show.</summary>
internal sealed class EventStoreProblems(TimeSpan retryAfter)
{
    /// <summary>Returns the problem; null if the exception isn't one of the library's.</summary>
    public ProblemDetails? Describe(Exception exception) => exception switch
    {
        ConcurrencyException => Problem(StatusCodes.Status409Conflict, "conflict", "Another request changed the data first.",
            "The failed change was not stored. Load the data again and repeat the change."),
        AlreadyTrackedException => Problem(StatusCodes.Status409Conflict, "already-processed", "The event was processed already.",
            "The failed change was not stored, and must not be repeated."),
        AggregateNotFoundException => Problem(StatusCodes.Status404NotFound, "not-found", "The requested data was not found.", null),
        PreconditionException e => Problem(e.StatusCode, e.IsMissing ? "precondition-required" : "precondition-failed",
            e.IsMissing ? "The request must specify a version." : "The precondition of the request isn't met.", e.Message),
        PayloadTooLargeException { Position: null } => Problem(StatusCodes.Status413PayloadTooLarge, "too-large", "The data is too large to be stored.", null),
        InDoubtException => Problem(StatusCodes.Status503ServiceUnavailable, "in-doubt", "It is unknown whether the change was stored.",
            "The change was stored completely or not at all. Check whether it is stored before you try again."),
        StorageFullException => Problem(StatusCodes.Status507InsufficientStorage, "storage-full", "There is no space left.", "The failed change was not stored."),
        TrackingTimeoutException => Problem(StatusCodes.Status503ServiceUnavailable, "not-ready", "The requested data isn't up to date yet.",
            "Changes that were acknowledged are stored. Read the data again later."),
        EventSourcingException { IsTransient: true } => Problem(StatusCodes.Status503ServiceUnavailable, "busy", "The store is busy or unavailable.",
            "The failed change was not stored. Try again later."),
        EventSourcingException => Problem(StatusCodes.Status500InternalServerError, "failure", "The request failed in the store.", null),
        _ => null,
    };

    /// <summary>Returns the value of Retry-After; null for none.</summary>
    public string? GetRetryAfter(Exception exception) => exception is StoreException { IsTransient: true } or TrackingTimeoutException
        ? Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture)
        : null;

    private static ProblemDetails Problem(int status, string type, string title, string? detail) =>
        new() { Status = status, Type = "urn:problem-type:eventsourcing:" + type, Title = title, Detail = detail };
}

/// <summary>Responds with these problem details.</summary>
internal sealed class EventStoreExceptionHandler(IProblemDetailsService service, EventStoreProblems problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (problems.Describe(exception) is not { Status: { } status } problem)
        {
            return false;
        }

        httpContext.Response.StatusCode = status;
        if (problems.GetRetryAfter(exception) is { } retryAfter)
        {
            httpContext.Response.Headers.RetryAfter = retryAfter;
        }

        // If the client accepts no JSON, the response is the status code alone.
        await service.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem, Exception = exception }).ConfigureAwait(false);
        return true;
    }
}
