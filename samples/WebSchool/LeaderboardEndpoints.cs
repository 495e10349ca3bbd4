using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace School;

/// <summary>The leaderboard is a view: its projection follows the log, a moment behind it.</summary>
public static class LeaderboardEndpoints
{
    private const string Projection = "tricks_per_dog";

    public static void MapLeaderboard(this WebApplication app) =>
        app.MapGet("/leaderboard", GetAsync).WithTags("Leaderboard").ProducesProblem(400).ProducesProblem(409).ProducesProblem(503);

    /// <summary>Lists the dogs that know the most tricks, and says how far the leaderboard is behind the log.</summary>
    /// <param name="atLeast">The position of an event that it must show, for instance of your own change; none for the leaderboard as it is.</param>
    /// <param name="limit">How many dogs at most.</param>
    public static async Task<Results<Ok<Leaderboard>, ProblemHttpResult>> GetAsync(
        TrainingSchool school, CancellationToken cancellationToken, [Range(0L, long.MaxValue)] long atLeast = 0, [Range(1, 1000)] int limit = 10)
    {
        if (await ProjectionReads.WaitAsync(school, Projection, atLeast, cancellationToken) is { } problem)
        {
            return problem;
        }

        var status = await ProjectionReads.GetStatusAsync(school, Projection, cancellationToken);
        return TypedResults.Ok(new Leaderboard(await ListAsync(school, limit, cancellationToken), status.Position, status.Lag));
    }

    /// <summary>
    /// Rows in another order than that of their keys need SQL of our own. It is the same on both engines. With many dogs, the database reads the index
    /// of the number from its end, and sorts only dogs with an equal number.
    /// </summary>
    private static async Task<IReadOnlyList<LeaderboardEntry>> ListAsync(TrainingSchool school, int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await school.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: cancellationToken);
        await using var command = Owners.CreateCommand(
            transaction, "SELECT name, tricks FROM trainingschool_tricks_per_dog ORDER BY tricks DESC, name LIMIT @limit", ("limit", limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var dogs = new List<LeaderboardEntry>();
        while (await reader.ReadAsync(cancellationToken))
        {
            dogs.Add(new LeaderboardEntry(reader.GetString(0), reader.GetInt32(1)));
        }

        return dogs;
    }
}
