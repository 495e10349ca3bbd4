namespace EventSourcing.Mutation;

/// <summary>Finds out which mutants the tests detect.</summary>
/// <param name="mutants">The mutants, in the order of their numbers, which begin with 1.</param>
/// <param name="recorded">A run of all tests without a mutant.</param>
/// <param name="least">The least time limit of a test; more when it takes long without a mutant. 15 seconds when not given.</param>
internal sealed class Judge(IReadOnlyList<Mutant> mutants, TestOutcome recorded, TimeSpan? least = null)
{
    private const double Slow = 0.3; // seconds

    private readonly TimeSpan _least = least ?? TimeSpan.FromSeconds(15);
    private readonly HashSet<string> _unusable = [.. recorded.Failed];

    /// <summary>Whether the tests detect a mutant.</summary>
    public Verdict Of(int number, TestProcess process)
    {
        var tests = TestsOf([number]);
        if (tests.Length == 0)
        {
            return recorded.Reached!.GetValueOrDefault("")?.Contains(number) == true ? Anew(number, process) : Verdict.NotReached;
        }

        // A value that is computed once in a process is computed in the first test, and stays unchanged.
        if (mutants[number - 1].IsOnce)
        {
            return Anew(number, process);
        }

        var isNew = process.IsNew;
        var outcome = Run(number, tests, process);
        if (outcome is { Failed: [] } && (isNew || !outcome.Met))
        {
            return Anew(number, process);
        }

        if (outcome is null or { Failed: [] })
        {
            return outcome is null ? Verdict.Detected : Verdict.Survived;
        }

        // The mutant may have left something behind. Then the next ones, and perhaps this one, would be blamed for it.
        if (Run(0, [.. outcome.Failed], process) is { Failed: [] })
        {
            return Verdict.Detected;
        }

        process.Dispose();
        var again = Run(number, tests, process);
        process.Dispose();
        return again is { Failed: [] } ? Verdict.Survived : Verdict.Detected;
    }

    // It isn't known which test would notice the mutant first, so all tests run that reach its file.
    private Verdict Anew(int number, TestProcess process)
    {
        process.Dispose();
        var neighbours = Enumerable.Range(1, mutants.Count).Where(n => mutants[n - 1].File == mutants[number - 1].File);
        var tests = TestsOf([.. neighbours]);
        var outcome = Run(number, tests.Length > 0 ? tests : [.. recorded.Seconds!.Keys.Where(t => !_unusable.Contains(t))], process);
        process.Dispose();
        return outcome is { Failed: [] } ? Verdict.Survived : Verdict.Detected;
    }

    // Most mutants are noticed by a quick test; the slow tests run for the others.
    private TestOutcome? Run(int number, string[] tests, TestProcess process)
    {
        var met = false;
        TestOutcome? outcome = null;
        foreach (var part in tests.GroupBy(t => recorded.Seconds!.GetValueOrDefault(t) > Slow).OrderBy(p => p.Key))
        {
            var longest = part.ToDictionary(t => t, t => _least.TotalSeconds + 10 * recorded.Seconds!.GetValueOrDefault(t));
            outcome = process.Run(
                new TestRequest(number, [.. part], Longest: longest), _least * 2 + TimeSpan.FromSeconds(part.Sum(t => 10 * recorded.Seconds!.GetValueOrDefault(t))));
            met |= outcome is { Met: true };
            if (outcome is null or { Failed.Length: > 0 })
            {
                return outcome;
            }
        }

        return outcome! with { Met = met };
    }

    private string[] TestsOf(HashSet<int> numbers) =>
        [.. recorded.Reached!.Where(r => r.Key.Length > 0 && !_unusable.Contains(r.Key) && numbers.Overlaps(r.Value)).Select(r => r.Key).Order(StringComparer.Ordinal)];
}

internal enum Verdict
{
    Detected,
    Survived,
    NotReached,
}
