using Microsoft.AspNetCore.Http;

namespace EventSourcing.AspNetCore;

/// <summary>A result with the version of its aggregate as the ETag; 304 if the client has that version already.</summary>
/// <typeparam name="TResult">The type of the result.</typeparam>
public sealed class VersionedResult<TResult> : IResult, INestedHttpResult
    where TResult : IResult
{
    internal VersionedResult(TResult result, long version) => (Result, Version) = (result, version);

    /// <summary>The result.</summary>
    public TResult Result { get; }

    /// <summary>The version.</summary>
    public long Version { get; }

    IResult INestedHttpResult.Result => Result;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var status = (Result as IStatusCodeHttpResult)?.StatusCode ?? httpContext.Response.StatusCode;
        if (status is < StatusCodes.Status200OK or >= StatusCodes.Status300MultipleChoices)
        {
            return Result.ExecuteAsync(httpContext);
        }

        httpContext.Response.SetETag(Version);
        if (!httpContext.Request.IsNotModified(Version))
        {
            return Result.ExecuteAsync(httpContext);
        }

        httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }
}
