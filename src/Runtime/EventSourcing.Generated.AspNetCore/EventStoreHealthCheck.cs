using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSourcing.AspNetCore;

/// <summary>
/// Reads one value from the store, and checks for subscriptions whose reads fail and for projections that have stopped. The text says whether the
/// store answers, and at which position each of these is; the reason is logged.
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
            var stopped = await reading.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            if (stopped.Count > 0)
            {
                return HealthCheckResult.Degraded($"The event store answers, but these projections have stopped: {string.Join(", ", stopped)}.");
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
    /// <returns>The projections that have stopped, with their positions.</returns>
    private async Task<List<string>> ReadAsync(CancellationToken cancellationToken)
    {
        var application = services.GetRequiredService<TApplication>();
        var projections = await application.GetProjectionsAsync(cancellationToken).ConfigureAwait(false);
        if (projections.Count == 0)
        {
            // The status of projections is a read, too.
            await application.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false);
        }

        return [.. projections.Where(static p => p.Error is not null).Select(static p => FormattableString.Invariant($"{p.Projection} after position {p.Position}"))];
    }
}
