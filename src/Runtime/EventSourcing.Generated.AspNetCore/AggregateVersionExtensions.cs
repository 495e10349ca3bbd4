using System.Globalization;
using EventSourcing.AspNetCore;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Microsoft.AspNetCore.Http;

/// <summary>Versions of aggregates as entity tags, by the rules of RFC 9110: version 5 is the strong tag <c>"5"</c>.</summary>
public static class AggregateVersionExtensions
{
    /// <summary>Sends a result with the version of its aggregate as the ETag; or 304 if the client has that version already.</summary>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="result">The result. A result that isn't a success is sent as it is.</param>
    /// <param name="version">The aggregate's version.</param>
    public static VersionedResult<TResult> WithETag<TResult>(this TResult result, long version)
        where TResult : IResult => new(result, version);

    /// <summary>Sets the ETag of a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="version">The aggregate's version.</param>
    public static void SetETag(this HttpResponse response, long version)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.ETag = Format(version);
    }

    /// <summary>Whether a GET or HEAD request says by If-None-Match that its client has this version already, so that the response is 304.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The aggregate's version; 0 if it doesn't exist.</param>
    public static bool IsNotModified(this HttpRequest request, long version)
    {
        ArgumentNullException.ThrowIfNull(request);
        return IsReading(request) && IsNoneMatchViolated(request, version);
    }

    /// <summary>Reads the version in If-Match, which the aggregate must have before it is changed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The version.</param>
    /// <returns>False when there is no If-Match, or it is <c>*</c>.</returns>
    /// <exception cref="PreconditionException">It names no version, or several: <see cref="ThrowIfVersionMismatch"/> accepts those.</exception>
    public static bool TryGetIfMatch(this HttpRequest request, out long version)
    {
        ArgumentNullException.ThrowIfNull(request);
        version = 0;
        var header = request.Headers.IfMatch;
        if (header.Count == 0 || header is [{ } only] && only.AsSpan().Trim() is "*")
        {
            return false;
        }

        if (EntityTagHeaderValue.TryParseList(header, out var tags) && tags is [{ IsWeak: false } tag]
            && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out version) && tag.Tag == Format(version))
        {
            return true;
        }

        throw new PreconditionException("If-Match contains no version.", isMissing: false);
    }

    /// <summary>Refuses a request for another version, by If-Match or If-None-Match. Call it before the aggregate is changed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The aggregate's version; 0 if it doesn't exist.</param>
    /// <param name="required">Whether a request without If-Match is also refused; a request that creates may have If-None-Match instead.</param>
    /// <exception cref="PreconditionException">It is for another version (412), or names no version although it must (428).</exception>
    public static void ThrowIfVersionMismatch(this HttpRequest request, long version, bool required = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        if (request.Headers.IfMatch.Count > 0)
        {
            // Strong: a tag that a cache or a proxy has weakened must not allow an overwrite.
            if (!Matches(request.Headers.IfMatch, version, useStrongComparison: true))
            {
                throw new PreconditionException("The condition of If-Match isn't met.", isMissing: false);
            }
        }
        else if (required && request.Headers.IfNoneMatch.Count == 0)
        {
            throw new PreconditionException("If-Match is missing.", isMissing: true);
        }

        if (!IsReading(request) && IsNoneMatchViolated(request, version))
        {
            throw new PreconditionException("The condition of If-None-Match isn't met.", isMissing: false);
        }
    }

    internal static bool IsReading(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static bool IsNoneMatchViolated(HttpRequest request, long version) =>
        request.Headers.IfNoneMatch.Count > 0 && Matches(request.Headers.IfNoneMatch, version, useStrongComparison: false);

    private static bool Matches(StringValues header, long version, bool useStrongComparison)
    {
        if (version == 0 || !EntityTagHeaderValue.TryParseList(header, out var tags))
        {
            return false;
        }

        var current = new EntityTagHeaderValue(Format(version));
        return tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(current, useStrongComparison));
    }

    private static string Format(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
