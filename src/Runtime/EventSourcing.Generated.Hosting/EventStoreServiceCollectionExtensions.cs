using EventSourcing;
using EventSourcing.Hosting;
using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Hosts the stores of generated applications.</summary>
public static class EventStoreServiceCollectionExtensions
{
    /// <summary>
    /// Opens the store of an application when the host starts, before its other services, and gives each scope, such as a request, a session:
    /// <c>builder.Services.AddTrainingSchool(url).AddHostedEventStore&lt;TrainingSchool&gt;();</c>
    /// </summary>
    /// <typeparam name="TApplication">The application. It is registered by the method that was generated for it.</typeparam>
    /// <param name="services">The services.</param>
    /// <remarks>
    /// If the URL, an option or the database doesn't fit, the host doesn't start. A service of a scope gets the session as a parameter of the type
    /// <see cref="StoreSession{TKey}"/>, a handler of a request also with several applications of the same kind of key, from
    /// <c>HttpContext.GetStoreSession</c>. The session ends with its scope.
    /// </remarks>
    public static IServiceCollection AddHostedEventStore<TApplication>(this IServiceCollection services)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<EventStoreLog>();
        services.TryAddScoped<ScopedSessions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<HostedApplication, HostedApplication<TApplication>>());

        // Not scoped: a session that has ended isn't returned again.
        services.TryAddTransient(provider => provider.GetRequiredService<ScopedSessions>().Single<Guid>());
        services.TryAddTransient(provider => provider.GetRequiredService<ScopedSessions>().Single<string>());
        return services.AddHostedService<EventStoreStartup<TApplication>>();
    }

    /// <summary>
    /// Runs the projections of an application from the start of the host to its end:
    /// <c>builder.Services.AddTrainingSchool(url).AddHostedEventStore&lt;TrainingSchool&gt;().AddHostedProjections&lt;TrainingSchool&gt;();</c>
    /// </summary>
    /// <typeparam name="TApplication">The application. It is registered by the method that was generated for it.</typeparam>
    /// <param name="services">The services.</param>
    /// <remarks>
    /// Every process can run them: one at a time owns a projection. A projection that stops is logged as an error, and the health
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
}
