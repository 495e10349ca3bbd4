using EventSourcing.AspNetCore;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Problem details for exceptions of stores.</summary>
public static class EventStoreProblemDetailsServiceCollectionExtensions
{
    /// <summary>
    /// Responds with problem details when a request fails in the store: 409 for a conflict or a position that is tracked already, 404 for a missing
    /// aggregate, 503 with Retry-After when the store is busy or unavailable. Takes effect by <c>app.UseExceptionHandler()</c>.
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
