using System.Runtime.ExceptionServices;

namespace EventSourcing.Recording;

/// <summary>
/// Carries an exception of the user's creator of connections to the caller, who gets the original. Whatever its type, it is no failure of the
/// database, so nothing is retried. It never leaves the library.
/// </summary>
internal sealed class CreatorFailure(Exception original) : Exception(null, original)
{
    /// <summary>The exception of the creator.</summary>
    public Exception Original => InnerException!;

    /// <summary>Calls a creator. Its exceptions are wrapped, except the caller's own cancellation.</summary>
    public static async Task<T> AskAsync<T>(Func<CancellationToken, ValueTask<T>> create, CancellationToken cancellationToken)
        where T : class
    {
        T? created;
        try
        {
            created = await create(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new CreatorFailure(exception);
        }

        return created ?? throw new CreatorFailure(new StoreConfigurationException($"The creator of connections returned null instead of a new {typeof(T).Name}."));
    }

    /// <summary>Awaits work whose caller is the user, and unwraps the creator's exception.</summary>
    public static async ValueTask<T> UnwrapAsync<T>(ValueTask<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (CreatorFailure failure)
        {
            throw failure.Rethrow();
        }
    }

    /// <inheritdoc cref="UnwrapAsync{T}"/>
    public static async ValueTask UnwrapAsync(ValueTask work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (CreatorFailure failure)
        {
            throw failure.Rethrow();
        }
    }

    /// <summary>Throws the creator's exception.</summary>
    public Exception Rethrow()
    {
        ExceptionDispatchInfo.Throw(Original);
        return Original;
    }
}
