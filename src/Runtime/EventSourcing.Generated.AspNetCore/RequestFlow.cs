using EventSourcing.CompilerServices;
using EventSourcing.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourcing.AspNetCore;

/// <summary>Makes the session of a request the one of its flow, and ends it.</summary>
internal static class RequestFlow
{
    public static async ValueTask<T> RunAsync<TApplication, T>(HttpContext context, Func<StoreSession, ValueTask<T>> work)
        where TApplication : class, IEventSourcedApplication
    {
        var sessions = context.RequestServices.GetRequiredService<ScopedSessions>();
        var request = sessions.Get<TApplication>();
        if (request.IsEntered)
        {
            return await work(request.Session).ConfigureAwait(false); // an outer caller ends it
        }

        var (session, log) = (request.Session, RequestLog.Get(context));
        try
        {
            using (request.Enter())
            {
                var result = await work(session).ConfigureAwait(false);
                if (session.HasSaves && context.Response.StatusCode < StatusCodes.Status400BadRequest)
                {
                    log.Dropped(typeof(TApplication).Name, context.GetEndpoint()?.DisplayName ?? "without an endpoint");
                }

                return result;
            }
        }
        catch (Exception exception)
        {
            log.Failed(typeof(TApplication).Name, exception, session.HasSaves);
            throw;
        }
        finally
        {
            await sessions.EndAsync<TApplication>().ConfigureAwait(false);
        }
    }

    /// <summary>Whether the endpoint wants no session.</summary>
    public static bool IsUnwanted(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<WithoutRequestSessionAttribute>() is not null;
}
