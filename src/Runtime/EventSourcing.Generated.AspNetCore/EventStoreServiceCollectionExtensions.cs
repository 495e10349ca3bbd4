using EventSourcing;
using EventSourcing.AspNetCore;
using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Hosts the stores of generated applications.</summary>
public static class EventStoreServiceCollectionExtensions
{
    /// <summary>
    /// Opens the store of an application when the host starts, before it accepts requests, and adds the services for sessions of requests:
    /// <c>builder.Services.AddTrainingSchool(url).AddHostedEventStore&lt;TrainingSchool&gt;();</c>
    /// </summary>
    /// <typeparam name="TApplication">The application. It is registered by the method that was generated for it.</typeparam>
    /// <param name="services">The services.</param>
    /// <remarks>
    /// If the URL, an option or the database doesn't fit, the host doesn't start. A handler gets its request's session as a
    /// parameter of the type <see cref="StoreSession{TKey}"/> or, with several applications of the same kind of key, from
    /// <see cref="AspNetCore.Http.EventStoreHttpContextExtensions.GetStoreSession{TApplication}"/>.
    /// </remarks>
    public static IServiceCollection AddHostedEventStore<TApplication>(this IServiceCollection services)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<EventStoreLog>();
        services.TryAddScoped<RequestSessions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<HostedApplication, HostedApplication<TApplication>>());

        // Not scoped: a session that has ended isn't returned again.
        services.TryAddTransient(provider => provider.GetRequiredService<RequestSessions>().Single<Guid>());
        services.TryAddTransient(provider => provider.GetRequiredService<RequestSessions>().Single<string>());
        return services.AddHostedService<EventStoreStartup<TApplication>>();
    }

    /// <summary>
    /// Runs the projections of an application from the start of the host to its end:
    /// <c>builder.Services.AddTrainingSchool(url).AddHostedEventStore&lt;TrainingSchool&gt;().AddHostedProjections&lt;TrainingSchool&gt;();</c>
    /// </summary>
    /// <typeparam name="TApplication">The application. It is registered by the method that was generated for it.</typeparam>
    /// <param name="services">The services.</param>
    /// <remarks>
    /// Every instance of a web server can run them: one at a time owns a projection. A projection that stops is logged as an error, and the health
    /// check of the store is degraded; the host goes on, and so do the other projections. It is tried again after a restart. The health check fails
    /// if a projection has no owner, or doesn't advance although events wait, for three times <see cref="EventStoreOptions.ProjectionLease"/>.
    /// </remarks>
    public static IServiceCollection AddHostedProjections<TApplication>(this IServiceCollection services)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<EventStoreLog>();
        services.TryAddSingleton<ProjectionProgress<TApplication>>();
        return services.AddHostedService<ProjectionService<TApplication>>();
    }

    /// <summary>
    /// Responds with problem details when a request fails in the store: 409 for a conflict, 404 for a missing aggregate, 503 with Retry-After when
    /// the store is busy or unavailable. Takes effect by <c>app.UseExceptionHandler()</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="retryAfter">When clients should retry; null for 1 second.</param>
    /// <remarks>
    /// If it is unknown whether a save was stored, the response is a 503 without Retry-After: the client must look before it retries. The responses
    /// contain fixed texts only: no ids, no messages of exceptions.
    /// </remarks>
    public static IServiceCollection AddEventStoreProblemDetails(this IServiceCollection services, TimeSpan? retryAfter = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var delay = retryAfter ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero, nameof(retryAfter));
        services.TryAddSingleton(new EventStoreProblems(delay));
        return services.AddProblemDetails().AddExceptionHandler<EventStoreExceptionHandler>();
    }
}
