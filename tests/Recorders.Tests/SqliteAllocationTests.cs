using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>What saves, loads and readings of the log allocate on a file stays within its budget.</summary>
[Collection(nameof(Alone))]
public sealed class SqliteAllocationTests(SecretWatch watch, ITestOutputHelper output) : SqliteTestBase
{
    [Fact]
    public async Task Allocations_stay_within_their_budgets()
    {
        Assert.SkipUnless(AllocationMeter.IsOptimized, "Code for the debugger allocates more.");
        using var paused = watch.Pause();
        var allocated = await AllocationMeter.MeasureAsync(Url);

        output.WriteLine(allocated.ToString());
        Assert.Multiple(
            () => Assert.InRange(allocated.Save, 1, AllocationBudgets.Sqlite.Save),
            () => Assert.InRange(allocated.LoadedEvent, 0, AllocationBudgets.Sqlite.LoadedEvent),
            () => Assert.InRange(allocated.Notification, 1, AllocationBudgets.Sqlite.Notification));
    }
}
