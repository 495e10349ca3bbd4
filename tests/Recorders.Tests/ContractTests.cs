using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Every case of the contract on every recorder.</summary>
public sealed class ContractTests
{
    public static TheoryData<string> Cases => [.. ContractCase.All.Select(c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public Task Sqlite_file(string name) => Run(name, new SqliteFileFixture());

    [Theory, MemberData(nameof(Cases))]
    public Task Sqlite_memory(string name) => Run(name, new SqliteMemoryFixture());

    [Theory, MemberData(nameof(Cases))]
    public Task In_memory(string name) => Run(name, new InMemoryFixture());

    private static async Task Run(string name, RecorderFixture fixture)
    {
        await using (fixture)
            await ContractCase.All.Single(c => c.Name == name).Run(fixture).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }
}
