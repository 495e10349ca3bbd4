using Microsoft.AspNetCore.Http;

namespace EventSourcing.AspNetCore;

/// <summary>
/// A request has preconditions that don't hold (412), or none where it needs one (428). Also without an exception handler the answer
/// has that status code.
/// </summary>
public sealed class PreconditionException : BadHttpRequestException
{
    internal PreconditionException(string message, bool isMissing)
        : base(message, isMissing ? StatusCodes.Status428PreconditionRequired : StatusCodes.Status412PreconditionFailed) => IsMissing = isMissing;

    /// <summary>The request has no precondition, but needs one.</summary>
    public bool IsMissing { get; }
}
