using Microsoft.AspNetCore.Http;

namespace EventSourcing.AspNetCore;

/// <summary>
/// A request has preconditions that don't hold (412), or none although it needs one (428). The response has that status code even without an
/// exception handler.
/// </summary>
public sealed class PreconditionException : BadHttpRequestException
{
    internal PreconditionException(string message, bool isMissing)
        : base(message, isMissing ? StatusCodes.Status428PreconditionRequired : StatusCodes.Status412PreconditionFailed) => IsMissing = isMissing;

    /// <summary>Whether the request has no precondition, but needs one.</summary>
    public bool IsMissing { get; }
}
