using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourcing.Hosting;

/// <summary>Runs the projections of an application as long as the host runs.</summary>
internal sealed class ProjectionService<TApplication>(IServiceProvider services, EventStoreLog log) : BackgroundService
    where TApplication : class, IEventSourcedApplication
{
    // On another thread, because SQLite reads on the calling thread, and the start of the host waits for the first one.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(
        () => services.GetRequiredService<TApplication>().RunProjectionsAsync(
            failure => log.ProjectionStopped(typeof(TApplication).Name, failure.Projection, failure.Position, failure),
            failed => log.EventFailed(typeof(TApplication).Name, failed.Projection, failed.IsSkipped ? "skipped" : "parked", failed.Position, failed.Error!, failed.Exception),
            progress => log.Rebuilding(typeof(TApplication).Name, progress),
            stoppingToken),
        stoppingToken);
}
