using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace School;

/// <summary>What reads of a projection have in common: it follows the log, a moment behind it.</summary>
internal static class ProjectionReads
{
    // A page that waits longer looks broken. It can show an older state.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Waits until a projection has processed an event. If that lasts too long, AddEventStoreProblemDetails answers with 503.</summary>
    /// <returns>The answer if the log has no such event; null for none.</returns>
    public static async Task<ProblemHttpResult?> WaitAsync(TrainingSchool school, string projection, long atLeast, CancellationToken cancellationToken)
    {
        if (atLeast > (await school.NotificationLog.GetMaxPositionAsync(cancellationToken) ?? 0))
        {
            return TypedResults.Problem("The log ends before that position.", statusCode: StatusCodes.Status409Conflict);
        }

        if (atLeast > 0)
        {
            await school.Projections.WaitForAsync(projection, atLeast, Patience, cancellationToken);
        }

        return null;
    }

    /// <summary>Returns how far a projection is. Read before its rows, so that the rows are at least as new as it says.</summary>
    public static async Task<ProjectionStatus> GetStatusAsync(TrainingSchool school, string projection, CancellationToken cancellationToken) =>
        (await school.Projections.GetStatusAsync(cancellationToken)).Single(status => status.Projection == projection);
}
