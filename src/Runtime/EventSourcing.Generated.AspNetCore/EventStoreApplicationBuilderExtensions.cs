using EventSourcing;
using EventSourcing.AspNetCore;
using EventSourcing.CompilerServices;
using EventSourcing.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gives requests their sessions.</summary>
public static class EventStoreApplicationBuilderExtensions
{
    /// <summary>
    /// Gives every request a session. Saves and reads of the application take part in it. You commit it, as often as you like; at the end of the
    /// request it is disposed of, and saves that weren't committed are lost.
    /// </summary>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <param name="app">The application's builder. Put it after the exception handler.</param>
    /// <remarks>A task that continues after the request has no session any more: its saves fail.</remarks>
    public static IApplicationBuilder UseRequestSession<TApplication>(this IApplicationBuilder app)
        where TApplication : class, IEventSourcedApplication
    {
        ThrowIfNotHosted<TApplication>(app);
        return app.Use(next => async context =>
        {
            if (RequestFlow.IsUnwanted(context))
            {
                await next(context).ConfigureAwait(false);
                return;
            }

            await RequestFlow.RunAsync<TApplication, bool>(context, async _ =>
            {
                await next(context).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        });
    }

    /// <summary>
    /// Gives every request a session and commits it when the request has succeeded, before the response is sent; a failed commit turns the response
    /// into an error. After an exception, and for a response with a status code of 400 or more, it is rolled back.
    /// </summary>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <param name="app">The application's builder. Put it after the exception handler.</param>
    /// <param name="configure">Sets what counts as success.</param>
    /// <remarks>
    /// <para>
    /// The response is held back until the end of the request. A handler that streams is committed when it begins to: when it flushes
    /// Response.Body, switches buffering off, sends a file or server-sent events, or has written more than
    /// <see cref="CommitOnSuccessOptions.BufferLimit"/>. Its later saves are committed at its end; if that fails, the response breaks off. Flushes
    /// of Response.BodyWriter alone don't count.
    /// </para>
    /// <para>Endpoints with <see cref="WithoutRequestSessionAttribute"/> are not affected.</para>
    /// </remarks>
    public static IApplicationBuilder UseCommitOnSuccess<TApplication>(this IApplicationBuilder app, Action<CommitOnSuccessOptions>? configure = null)
        where TApplication : class, IEventSourcedApplication
    {
        ThrowIfNotHosted<TApplication>(app);
        var commit = new CommitOnSuccess<TApplication>(configure, isForEndpoints: false);
        return app.Use(next => async context => await commit.RunAsync(context, async () =>
        {
            await next(context).ConfigureAwait(false);
            return null;
        }).ConfigureAwait(false));
    }

    private static void ThrowIfNotHosted<TApplication>(IApplicationBuilder app)
        where TApplication : class, IEventSourcedApplication
    {
        ArgumentNullException.ThrowIfNull(app);
        if (!app.ApplicationServices.GetServices<HostedApplication>().Any(a => a is HostedApplication<TApplication>))
        {
            throw new InvalidOperationException($"Call services.AddHostedEventStore<{typeof(TApplication).Name}>() first.");
        }
    }
}
