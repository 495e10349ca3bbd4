using System.Diagnostics;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Waits for a condition that depends on a server.</summary>
internal static class Waiting
{
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var time = Stopwatch.StartNew(); !condition(); await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(20), "The condition was not met in time.");
        }
    }
}
