namespace EventSourcing.Mutation;

/// <summary>The test projects of a folder, in the order in which they run.</summary>
internal sealed class Suites(ProjectUnderTest[] projects, string mutated) : IDisposable
{
    private readonly TemporaryTests[] _copies = [.. projects.Select(p => new TemporaryTests(p.BuiltTests()))];
    private Judge[] _judges = [];

    /// <summary>The path of the mutated assembly in each of them.</summary>
    public string[] Assemblies => [.. _copies.Select(c => Path.Combine(c.Folder, mutated + ".dll"))];

    /// <summary>Runs all tests without a mutant.</summary>
    public void Record(IReadOnlyList<Mutant> mutants, string[] leftOut) => _judges = [.. _copies.Select(copy =>
    {
        using var process = new TestProcess(copy.Program, mutated);
        var recorded = process.Run(new TestRequest(0, null, Record: true, Without: leftOut), TimeSpan.FromHours(1))
            ?? throw new InvalidOperationException("The tests ended without an answer, before any mutant was on.");
        if (recorded.Failed.Length > 0)
        {
            Console.WriteLine($"Not used, as they fail without a mutant: {string.Join(", ", recorded.Failed)} ({recorded.Message})");
        }
        Console.WriteLine($"{Path.GetFileNameWithoutExtension(copy.Program)}: {recorded.Seconds!.Count} tests, {recorded.Seconds.Values.Sum():0} s");
        return new Judge(mutants, recorded);
    })];

    /// <summary>Judges that run them, with a process for each.</summary>
    public SuiteJudges Judges() => new([.. _judges.Zip(_copies, (judge, copy) => (judge, new TestProcess(copy.Program, mutated)))]);

    public void Dispose()
    {
        foreach (var copy in _copies)
        {
            copy.Dispose();
        }
    }
}

/// <summary>Runs several projects with a mutant, one after the other until one notices it.</summary>
internal sealed class SuiteJudges((Judge Judge, TestProcess Process)[] suites) : IDisposable
{
    public Verdict Of(int number)
    {
        var verdict = Verdict.NotReached;
        foreach (var (judge, process) in suites)
        {
            var own = judge.Of(number, process);
            if (own == Verdict.Detected)
            {
                return own;
            }

            if (own == Verdict.Survived)
            {
                verdict = own;
            }
        }

        return verdict;
    }

    public void Dispose()
    {
        foreach (var (_, process) in suites)
        {
            process.Dispose();
        }
    }
}
