using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Ordering.Web;

/// <summary>Answers with 422 what a rule of the shop refuses.</summary>
internal sealed class RuleHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not RuleException)
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        var problem = new ProblemDetails { Status = StatusCodes.Status422UnprocessableEntity, Detail = exception.Message };
        return await problems.TryWriteAsync(new() { HttpContext = context, ProblemDetails = problem });
    }
}
