using System.ComponentModel.DataAnnotations;

namespace Ordering.Web;

/// <summary>The log: all events of the shop, in order.</summary>
public static class LogEndpoints
{
    public static void MapLog(this WebApplication app) =>
        app.MapGroup("/log").WithTags("Log").MapGet("", GetAsync).ProducesValidationProblem();

    /// <summary>Lists the log, page by page.</summary>
    /// <param name="after">The position of the last event seen.</param>
    /// <param name="limit">How many events at most.</param>
    public static async Task<List<LogEntry>> GetAsync(
        Shop shop, CancellationToken cancellationToken, [Range(0L, long.MaxValue)] long after = 0, [Range(1, 1000)] int limit = 100)
    {
        var recordings = await shop.NotificationLog.SelectAsync(after, limit, inclusiveOfStart: false, cancellationToken: cancellationToken);
        return [.. recordings.Select(r => new LogEntry(
            r.Position!.Value, r.Header.Timestamp, r.AggregateId, r.Header.Version, r.Topic, r.Event.ToString() ?? "", r.Metadata?.CorrelationId, r.Metadata?.CausationId))];
    }
}
