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
        ConcurrencyException => Problem(StatusCodes.Status409Conflict, "conflict", "It was changed by another request first.",
            "The change that failed was not stored. Load it again and repeat what you wanted."),
        AggregateNotFoundException => Problem(StatusCodes.Status404NotFound, "not-found", "It was not found.", null),
        PreconditionException e => Problem(e.StatusCode, e.IsMissing ? "precondition-required" : "precondition-failed",
            e.IsMissing ? "The request must say which version it is for." : "It isn't at the version that the request is for.", e.Message),
        PayloadTooLargeException { Position: null } => Problem(StatusCodes.Status413PayloadTooLarge, "too-large", "It is too large to be stored.", null),
        InDoubtException => Problem(StatusCodes.Status503ServiceUnavailable, "in-doubt", "It couldn't be found out whether it was stored.",
            "It was stored as a whole or not at all. Look whether it is there before you try again."),
        StorageFullException => Problem(StatusCodes.Status507InsufficientStorage, "storage-full", "There is no space left.", "The change that failed was not stored."),
        EventSourcingException { IsTransient: true } => Problem(StatusCodes.Status503ServiceUnavailable, "busy", "The store is busy or away.",
            "The change that failed was not stored. Try again later."),
        EventSourcingException => Problem(StatusCodes.Status500InternalServerError, "failure", "The request failed in the store.", null),
        _ => null,
    };

    /// <summary>Returns the value of Retry-After; null for none.</summary>
    public string? GetRetryAfter(Exception exception) => exception is StoreException { IsTransient: true }
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
