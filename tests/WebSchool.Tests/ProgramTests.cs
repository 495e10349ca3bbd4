using System.Globalization;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public sealed class JittedSqliteTests(JittedSqliteSchool host) : SchoolTests<JittedSqliteSchool>(host);

public sealed class JittedPostgreSqlTests(JittedPostgreSqlSchool host) : SchoolTests<JittedPostgreSqlSchool>(host);

public sealed class NativePostgreSqlTests(NativePostgreSqlSchool host) : SchoolTests<NativePostgreSqlSchool>(host)
{
    [Fact]
    public async Task The_first_answer_comes_soon() => await FirstAnswer.MeasureAsync(Host);
}

public sealed class NativeSqliteTests(NativeSqliteSchool host, NativeProgram native) : SchoolTests<NativeSqliteSchool>(host)
{
    [Fact]
    public async Task The_first_answer_comes_soon() => await FirstAnswer.MeasureAsync(Host);

    [Fact]
    public async Task Publishing_warns_of_nothing() =>
        Assert.DoesNotContain("warning", await native.PublishAndReadOutputAsync(), StringComparison.OrdinalIgnoreCase);
}

/// <summary>From the start of the process to its first answer, which reads from the store.</summary>
internal static class FirstAnswer
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(100);

    public static async Task MeasureAsync(SchoolHost host)
    {
        var times = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            await using var program = await WebProgram.StartAsync(host.Prepare());
            await program.Client.GetStringAsync("/log?limit=1");
            times.Add(program.Time.Elapsed.TotalMilliseconds);
        }

        var median = times.Order().ElementAt(times.Count / 2);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{host.GetType().Name}: first answer after {median:0} ms, of {times.Count} starts {times.Min():0} to {times.Max():0} ms (all)"));

        // The fastest start counts: on a busy machine the other times depend on the machine.
        Assert.True(times.Min() < Bound.TotalMilliseconds * 10, $"The first answer takes {times.Min():0} ms at least.");
    }
}
