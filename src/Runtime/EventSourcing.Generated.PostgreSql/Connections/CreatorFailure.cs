using System.Runtime.ExceptionServices;

namespace EventSourcing.PostgreSql;

/// <summary>
/// An exception of the user's creator of connections, on its way to the caller, who gets it as it is: it is no failure of the database,
/// whatever its type, and so nothing is tried again. It never leaves the library.
/// </summary>
internal sealed class CreatorFailure(Exception original) : Exception(null, original)
{
    /// <summary>What the creator has thrown.</summary>
    public Exception Original => InnerException!;

    /// <summary>Asks a creator. What it throws is wrapped, other than the caller's own cancellation.</summary>
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

        return created ?? throw new CreatorFailure(new StoreConfigurationException($"The creator of connections gave no {typeof(T).Name}, but null."));
    }

    /// <summary>Does something whose caller is the user.</summary>
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

    /// <summary>Throws what the creator has thrown.</summary>
    public Exception Rethrow()
    {
        ExceptionDispatchInfo.Throw(Original);
        return Original;
    }
}
