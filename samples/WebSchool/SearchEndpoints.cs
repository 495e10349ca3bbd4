using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace School;

/// <summary>The search reads a table of our own, which the projection writes a moment after the log.</summary>
public static class SearchEndpoints
{
    private const string Projection = "search";

    public static void MapSearch(this WebApplication app) =>
        app.MapGet("/search", GetAsync).WithTags("Search").ProducesProblem(400).ProducesProblem(409).ProducesProblem(503);

    /// <summary>Finds dogs by a part of their name, and their tricks by a part of them, and says how far the search is behind the log.</summary>
    /// <param name="q">The part, in upper or lower case.</param>
    /// <param name="atLeast">The position of an event that it must know, for instance of your own change; none for the search as it is.</param>
    /// <param name="limit">How many dogs and tricks at most.</param>
    public static async Task<Results<Ok<SearchResults>, ProblemHttpResult>> GetAsync(
        TrainingSchool school, CancellationToken cancellationToken, [Required, StringLength(100), PlainText] string q,
        [Range(0L, long.MaxValue)] long atLeast = 0, [Range(1, 1000)] int limit = 10)
    {
        if (await ProjectionReads.WaitAsync(school, Projection, atLeast, cancellationToken) is { } problem)
        {
            return problem;
        }

        var status = await ProjectionReads.GetStatusAsync(school, Projection, cancellationToken);
        await using var transaction = await school.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: cancellationToken);
        return TypedResults.Ok(new SearchResults(await Search.FindAsync(transaction, q.Trim(), limit, cancellationToken), status.Position, status.Lag));
    }
}
