using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Data.Sqlite;

namespace School;

/// <summary>Reports values that our table's constraints refuse. The texts of the databases aren't shown: they may quote values.</summary>
internal sealed class ConstraintHandler(IProblemDetailsService problems) : IExceptionHandler
{
    // Extended result codes of SQLite.
    private const int SqliteConstraintCheck = 275, SqliteConstraintUnique = 2067;

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            DbException { SqlState: "23505" } or SqliteException { SqliteExtendedErrorCode: SqliteConstraintUnique } =>
                new ProblemDetails { Status = StatusCodes.Status409Conflict, Detail = "The dog has an owner already." },
            DbException { SqlState: "23514" } or SqliteException { SqliteExtendedErrorCode: SqliteConstraintCheck } =>
                new ProblemDetails { Status = StatusCodes.Status400BadRequest, Detail = "The name of an owner has 1 to 50 characters." },
            _ => null,
        };
        if (problem is null)
        {
            return false;
        }

        context.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(new() { HttpContext = context, ProblemDetails = problem });
    }
}
