using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>The allocations of saves, loads and readings of the log on a file stay within their budget.</summary>
[Collection(nameof(Alone))]
public sealed class SqliteAllocationTests(SecretWatch watch, ITestOutputHelper output) : SqliteTestBase
{
    [Fact]
    public async Task Allocations_stay_within_their_budgets()
    {
        using var paused = watch.Pause();
        var allocated = await AllocationMeter.MeasureAsync(Url, AllocationBudgets.Sqlite);
        output.WriteLine(allocated.ToString());
        allocated.CheckWithin(AllocationBudgets.Sqlite);
    }
}
