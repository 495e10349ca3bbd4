using EventSourcing.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EventSourcing.AspNetCore;

/// <summary>Commits the saves of a handler when it has succeeded, and only then sends its response.</summary>
internal sealed class CommitOnSuccess<TApplication>
    where TApplication : class, IEventSourcedApplication
{
    // The key in the items of a request for the application that is committed for it.
    private const string Committed = "EventSourcing.AspNetCore.CommitOnSuccess";

    private readonly CommitOnSuccessOptions _options = new();

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public CommitOnSuccess(Action<CommitOnSuccessOptions>? configure, bool isForEndpoints)
    {
        configure?.Invoke(_options);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxAttempts, 1);
        if (_options.MaxAttempts > 1 && !isForEndpoints)
        {
            throw new ArgumentOutOfRangeException(nameof(configure), "MaxAttempts applies only to endpoints: call WithCommitOnSuccess on the endpoints that may run again.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(_options.BufferLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.RollBackFromStatus, StatusCodes.Status100Continue);
    }

    /// <param name="context">The request.</param>
    /// <param name="handler">The work that must succeed.</param>
    /// <returns>The result of the handler, which is executed afterwards, or null.</returns>
    public async ValueTask<object?> RunAsync(HttpContext context, Func<ValueTask<object?>> handler)
    {
        if (RequestFlow.IsUnwanted(context))
        {
            return await handler().ConfigureAwait(false);
        }

        var outer = context.Items[Committed];
        if (outer is Type application && application != typeof(TApplication))
        {
            throw new TransactionException($"CommitOnSuccess already applies to {application.Name} in this request, and two stores can't be committed together: the changes in {typeof(TApplication).Name} would remain when {application.Name} fails, and would be stored twice when the request is repeated. Use CommitOnSuccess for one of them; the other saves by itself, outside the request's transaction.");
        }

        context.Items[Committed] = typeof(TApplication);
        var sendsItself = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var held = new HeldResponse(context, sendsItself, _options.BufferLimit);
        context.Features.Set<IHttpResponseBodyFeature>(held);
        object? result;
        try
        {
            result = await RequestFlow.RunAsync<TApplication, object?>(context, session => RepeatAsync(context, session, held, handler)).ConfigureAwait(false);
        }
        finally
        {
            context.Features.Set(sendsItself);
            context.Items[Committed] = outer;
        }

        // The session has ended: only the response is left to send.
        await held.SendAsync().ConfigureAwait(false);
        return result;
    }

    private ValueTask<object?> RepeatAsync(HttpContext context, StoreSession session, HeldResponse held, Func<ValueTask<object?>> handler)
    {
        if (_options.MaxAttempts == 1)
        {
            return RunAsync(context, session, held, handler);
        }

        var headers = context.Response.Headers.ToList();
        var canRepeat = false;
        return session.RepeatAsync(async isLast =>
        {
            try
            {
                return await RunAsync(context, session, held, handler, () => canRepeat = !isLast && !held.IsSending && session.TryForget()).ConfigureAwait(false);
            }
            catch (Exception failure) when (canRepeat && StoreSession.IsConflict(failure))
            {
                held.StartAgain(headers);
                throw;
            }
        }, () => canRepeat, _options.MaxAttempts, context.RequestAborted);
    }

    private async ValueTask<object?> RunAsync(
        HttpContext context, StoreSession session, HeldResponse held, Func<ValueTask<object?>> handler, Action? onConflict = null)
    {
        held.BeforeSending = () => EndAsync(context, session, held, context.Response.StatusCode);
        try
        {
            var result = await handler().ConfigureAwait(false);
            await EndAsync(context, session, held, GetStatus(result) ?? context.Response.StatusCode).ConfigureAwait(false);
            return result;
        }
        catch (Exception exception)
        {
            // Store exceptions are logged where the session ends.
            if (session.HasSaves && exception is not (StoreException or ConcurrencyException or TransactionException))
            {
                RequestLog.Get(context).RolledBack(typeof(TApplication).Name, exception.GetType().Name);
            }

            if (StoreSession.IsConflict(exception))
            {
                onConflict?.Invoke();
            }

            await session.RollbackAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask EndAsync(HttpContext context, StoreSession session, HeldResponse held, int status)
    {
        // An inner exception handler has turned an exception into a response.
        if (status >= _options.RollBackFromStatus || held.HasHandledException)
        {
            if (session.HasSaves)
            {
                RequestLog.Get(context).RolledBack(typeof(TApplication).Name, held.HasHandledException ? "an exception" : $"the status code {status}");
            }

            await session.RollbackAsync().ConfigureAwait(false);
            return;
        }

        held.ThrowIfForbidden();

        // A disconnected client is no reason to cancel: the handler has succeeded, and may have done other things that can't be undone.
        await session.CommitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Returns the status code that a result will set; null if it sets none.</summary>
    private static int? GetStatus(object? result) => result switch
    {
        IStatusCodeHttpResult { StatusCode: { } status } => status,
        INestedHttpResult { Result: var inner } => GetStatus(inner),
        _ => null,
    };
}

/// <summary>The same for an endpoint: its result becomes a response only after the commit.</summary>
internal sealed class CommitOnSuccessFilter<TApplication>(CommitOnSuccess<TApplication> commit) : IEndpointFilter
    where TApplication : class, IEventSourcedApplication
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        commit.RunAsync(context.HttpContext, () => next(context));
}
