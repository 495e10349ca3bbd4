using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>The allocations of saves, loads and readings of the log stay within their budget.</summary>
public sealed class AllocationTests(SecretWatch watch, ITestOutputHelper output) : PostgreSqlTestBase
{
    [Fact]
    public async Task Allocations_stay_within_their_budgets()
    {
        using var paused = watch.Pause();
        var allocated = await AllocationMeter.MeasureAsync(Database.Url, AllocationBudgets.PostgreSql);
        output.WriteLine(allocated.ToString());
        allocated.CheckWithin(AllocationBudgets.PostgreSql);
    }
}
