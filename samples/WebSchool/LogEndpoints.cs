using System.ComponentModel.DataAnnotations;
using System.Globalization;
using EventSourcing;
using Microsoft.AspNetCore.Mvc;

namespace School;

/// <summary>The log: all events of the school, in order.</summary>
public static class LogEndpoints
{
    public static void MapLog(this WebApplication app)
    {
        var log = app.MapGroup("/log").WithTags("Log");
        log.MapGet("", GetAsync);

        // It runs for a long time, so it has no session, and its output is sent at once.
        log.MapGet("/live", WatchAsync).WithoutRequestSession()
            .Produces(200, contentType: "text/event-stream").ProducesProblem(400).ProducesProblem(409);
    }

    /// <summary>Lists the log, page by page.</summary>
    /// <param name="after">The position of the last event seen.</param>
    /// <param name="limit">How many events at most.</param>
    public static async Task<LogPage> GetAsync(
        TrainingSchool school, CancellationToken cancellationToken, [Range(0L, long.MaxValue)] long after = 0, [Range(1, 1000)] int limit = 100)
    {
        var recordings = await school.NotificationLog.SelectAsync(after, limit, inclusiveOfStart: false, cancellationToken: cancellationToken);
        var next = recordings.Count < limit ? null : string.Create(CultureInfo.InvariantCulture, $"/log?after={recordings[^1].Position}&limit={limit}");
        return new LogPage([.. recordings.Select(Show)], next);
    }

    /// <summary>Sends events as they are recorded (text/event-stream), from the beginning of the log or after Last-Event-ID.</summary>
    /// <param name="after">As Last-Event-ID, for the first time.</param>
    public static async Task<IResult> WatchAsync(
        TrainingSchool school, HttpContext context, IHostApplicationLifetime lifetime, CancellationToken cancellationToken,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId = null, long after = 0)
    {
        var seen = after;
        if (!string.IsNullOrEmpty(lastEventId) && !long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out seen) || seen < 0)
        {
            return TypedResults.Problem("Last-Event-ID isn't a position of the log.", statusCode: StatusCodes.Status400BadRequest);
        }

        if (seen > (await school.NotificationLog.GetMaxPositionAsync(cancellationToken) ?? 0))
        {
            return TypedResults.Problem("The log ends before that position: it isn't the one that was watched.", statusCode: StatusCodes.Status409Conflict);
        }

        // Until the client disconnects or the server stops.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await LiveLog.WriteAsync(context.Response, school.NotificationLog.SubscribeAsync(seen, cancellationToken: ending.Token), ending.Token);
        return TypedResults.Empty;
    }

    internal static LogEntry Show(RecordedEvent<Guid> recording)
    {
        var entry = new LogEntry(
            recording.Position!.Value, recording.Header.Timestamp, recording.AggregateId, recording.Header.Version, recording.Topic, null, null);
        return recording.Event switch
        {
            Dog.Registered registered => entry with { Name = registered.Name },
            Dog.TrickAdded added => entry with { Trick = added.Trick },
            _ => entry,
        };
    }
}
