using EventSourcing;
using EventSourcing.Hosting;
using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of stores.</summary>
public static class EventStoreHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check that reads one value from the store of an application. It is degraded while reads of a subscription fail, and while a
    /// projection has stopped or has parked events. It fails while a projection that the host runs doesn't advance.
    /// </summary>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">Its name; null for that of the application.</param>
    /// <param name="failureStatus">What is reported when the store doesn't answer; null for unhealthy.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="timeout">How long an answer may take; null for 5 seconds.</param>
    public static IHealthChecksBuilder AddEventStore<TApplication>(
        this IHealthChecksBuilder builder, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(builder);
        var limit = timeout ?? TimeSpan.FromSeconds(5);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        builder.Services.TryAddSingleton<EventStoreLog>();
        return builder.Add(new HealthCheckRegistration(
            name ?? typeof(TApplication).Name,
            services => new EventStoreHealthCheck<TApplication>(services, services.GetRequiredService<EventStoreLog>(), limit), failureStatus, tags));
    }
}
