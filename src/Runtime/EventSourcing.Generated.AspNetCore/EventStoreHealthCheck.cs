using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSourcing.AspNetCore;

/// <summary>
/// Reads one value from the store, and checks for subscriptions whose reads fail. The text says whether the store answers, and at which
/// position each of these subscriptions is; the reason is logged.
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
            var reading = Task.Run(
                async () => await services.GetRequiredService<TApplication>().GetMaxPositionAsync(limit.Token).ConfigureAwait(false), limit.Token);
            limit.CancelAfter(timeout);
            await reading.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
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
}
