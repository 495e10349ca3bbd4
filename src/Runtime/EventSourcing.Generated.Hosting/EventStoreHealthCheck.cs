using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSourcing.Hosting;

/// <summary>
/// Reads one value from the store, and checks for subscriptions whose reads fail and for projections that have stopped or
/// have parked events. The text says whether the store answers, and at which position each of these is; the reason is logged.
/// </summary>
internal sealed class EventStoreHealthCheck<TApplication>(IServiceProvider services, EventStoreLog log, TimeSpan timeout) : IHealthCheck
    where TApplication : class, IEventSourcedApplication
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Not on this thread, because SQLite reads on the calling thread. The timeout applies even if the driver doesn't return.
            var reading = Task.Run(() => ReadAsync(limit.Token), limit.Token);
            limit.CancelAfter(timeout);
            if (await reading.WaitAsync(timeout, cancellationToken).ConfigureAwait(false) is { Text: { } faults, AreSevere: var areSevere })
            {
                return new(areSevere ? context.Registration.FailureStatus : HealthStatus.Degraded, $"The event store answers, but {faults}.");
            }

            return services.GetRequiredService<TApplication>().Subscriptions?.Failing.Where(static f => f.Failures > 1).MaxBy(static f => f.Failures) is { } failing
                ? HealthCheckResult.Degraded(
                    $"The event store answers, but a subscription of {failing.Application} at position {failing.Position} retries after {failing.ErrorType}, "
                    + $"{failing.Failures} failures in a row since {failing.Since:O}.")
                : HealthCheckResult.Healthy("The event store answers.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.Unhealthy(typeof(TApplication).Name, exception);
            return new HealthCheckResult(
                context.Registration.FailureStatus,
                exception is TimeoutException or OperationCanceledException ? "The event store doesn't answer in time." : "The event store failed.");
        }
    }

    /// <summary>Reads one value from the store.</summary>
    /// <returns>The faults of projections, as a part of a sentence; null for none.</returns>
    private async Task<(string? Text, bool AreSevere)> ReadAsync(CancellationToken cancellationToken)
    {
        var application = services.GetRequiredService<TApplication>();
        var projections = await application.GetProjectionsAsync(cancellationToken).ConfigureAwait(false);
        if (projections.Count == 0)
        {
            // The status of projections is a read, too.
            await application.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false);
            return default;
        }

        // Only where the host runs the projections: other programs may run them now and then.
        var stuck = services.GetService<ProjectionProgress<TApplication>>()?.FindStuck(projections, application.ProjectionLease * 3) ?? [];
        string[] faults =
        [
            List("these projections don't advance: ", stuck, static p => $"{p.Projection} after position {p.Position}{(p.Owner is null ? ", without an owner" : "")}"),
            List("these projections have stopped: ", projections.Where(static p => p.Error is not null), static p => $"{p.Projection} after position {p.Position}"),
            List("these projections have parked events: ", projections.Where(static p => p.ParkedEvents > 0), static p => $"{p.Projection} has {p.ParkedEvents}"),
        ];
        return (faults.All(static fault => fault.Length == 0) ? null : string.Join("; ", faults.Where(static fault => fault.Length > 0)), stuck.Count > 0);

        static string List(string text, IEnumerable<ProjectionStatus> statuses, Func<ProjectionStatus, FormattableString> describe) =>
            string.Join(", ", statuses.Select(describe).Select(FormattableString.Invariant)) is { Length: > 0 } list ? text + list : "";
    }
}
