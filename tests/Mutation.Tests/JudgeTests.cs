using Xunit;

namespace EventSourcing.Mutation.Tests;

/// <summary>The verdict for each kind of mutant, in real processes that run the tests of the toy.</summary>
public sealed class JudgeTests
{
    private static readonly string[] Tests =
        [.. new[] { "Numbers(number: 3, isSmall: True)", "Numbers(number: 30, isSmall: False)", nameof(ToyTests.The_number_behind_the_limit), nameof(ToyTests.Nothing) }.Select(t => $"{typeof(ToyTests).FullName}.{t}")];

    [Fact]
    public void Mutants_that_a_test_notices_are_distinguished_from_the_others()
    {
        using var process = new TestProcess(typeof(ToyTests).Assembly.Location, "Mutation.Tests");
        var recorded = process.Run(new TestRequest(0, Tests, Record: true), TimeSpan.FromMinutes(1))!;
        Assert.Empty(recorded.Failed);
        Assert.Equal([1, 2, 4, 5, 6], recorded.Reached!.Values.SelectMany(m => m).Distinct().Order());
        Assert.Equal(Tests.Order(StringComparer.Ordinal), recorded.Seconds!.Keys.Order(StringComparer.Ordinal));

        var mutants = Enumerable.Range(1, 6).Select(n => new Mutant("Toy.cs", "Member", n, default, "", "", $"{n}")).ToList();
        var judge = new Judge(mutants, recorded, least: TimeSpan.FromSeconds(15));
        // In this order: each mutant is judged in the process that the previous one left.
        Assert.Equal(Verdict.Detected, judge.Of(1, process));
        Assert.Equal(Verdict.Survived, judge.Of(2, process));
        Assert.Equal(Verdict.NotReached, judge.Of(3, process));
        Assert.Equal(Verdict.Detected, judge.Of(4, process)); // hangs
        Assert.Equal(Verdict.Survived, judge.Of(2, process)); // in a new process
        Assert.Equal(Verdict.Detected, judge.Of(5, process)); // computed once in a process
        Assert.Equal(Verdict.Detected, judge.Of(6, process)); // leaves something broken behind
        Assert.Equal(Verdict.Survived, judge.Of(2, process));
    }

    [Fact]
    public void A_test_that_fails_without_a_mutant_detects_none()
    {
        using var process = new TestProcess(typeof(ToyTests).Assembly.Location, "Mutation.Tests");
        var recorded = process.Run(new TestRequest(0, Tests, Record: true), TimeSpan.FromMinutes(1))! with { Failed = Tests };
        Assert.Equal(Verdict.NotReached, new Judge([new Mutant("Toy.cs", "Member", 1, default, "", "", "1")], recorded).Of(1, process));
    }
}
