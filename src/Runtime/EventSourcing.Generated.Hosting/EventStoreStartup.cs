using EventSourcing.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourcing.Hosting;

/// <summary>Opens the store of an application before anything else of the host starts.</summary>
internal sealed class EventStoreStartup<TApplication>(IServiceProvider services, EventStoreLog log) : IHostedLifecycleService
    where TApplication : class, IEventSourcedApplication
{
    // The application is created here and not by the constructor, so that a wrong URL stops the start, as every other failure does.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var application = services.GetRequiredService<TApplication>();
        if (application.Subscriptions is { } subscriptions)
        {
            subscriptions.Failed += log.Failed;
        }

        await application.OpenAsync(cancellationToken).ConfigureAwait(false);
        log.Opened(typeof(TApplication).Name);
        if (application.OtherTables is { Count: > 0 } others)
        {
            log.CreatedBeside(typeof(TApplication).Name, string.Join(", ", others.Take(5)));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
