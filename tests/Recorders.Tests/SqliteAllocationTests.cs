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
        using var paused = watch.Pause();
        var allocated = await AllocationMeter.MeasureAsync(Url);
        output.WriteLine(allocated.ToString());
        allocated.CheckWithin(AllocationBudgets.Sqlite);
    }
}
