using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>What saves, loads and readings of the log allocate stays within its budget.</summary>
public sealed class AllocationTests(SecretWatch watch, ITestOutputHelper output) : PostgreSqlTestBase
{
    [Fact]
    public async Task Allocations_stay_within_their_budgets()
    {
        Assert.SkipUnless(AllocationMeter.IsOptimized, "Code for the debugger allocates more.");
        using var paused = watch.Pause();
        var allocated = await AllocationMeter.MeasureAsync(Database.Url);

        output.WriteLine(allocated.ToString());
        Assert.Multiple(
            () => Assert.InRange(allocated.Save, 1, AllocationBudgets.PostgreSql.Save),
            () => Assert.InRange(allocated.LoadedEvent, 0, AllocationBudgets.PostgreSql.LoadedEvent),
            () => Assert.InRange(allocated.Notification, 1, AllocationBudgets.PostgreSql.Notification));
    }
}
