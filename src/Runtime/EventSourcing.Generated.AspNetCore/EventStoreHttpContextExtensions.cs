using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Http;

/// <summary>The sessions of a request.</summary>
public static class EventStoreHttpContextExtensions
{
    /// <summary>
    /// Returns the session of the request, for an application. It is created if the request has none yet, and ends with the request.
    /// </summary>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <param name="context">The request.</param>
    public static StoreSession GetStoreSession<TApplication>(this HttpContext context)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.RequestServices.GetRequiredService<ScopedSessions>().Get<TApplication>().Session;
    }

    /// <inheritdoc cref="GetStoreSession{TApplication}(HttpContext)"/>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <typeparam name="TKey">The type of its keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
    public static StoreSession<TKey> GetStoreSession<TApplication, TKey>(this HttpContext context)
        where TApplication : EventSourcedApplication<TKey>
        where TKey : notnull => (StoreSession<TKey>)context.GetStoreSession<TApplication>();
}
