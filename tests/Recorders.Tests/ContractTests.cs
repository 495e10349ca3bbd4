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

    [Theory, MemberData(nameof(Cases))]
    public Task PostgreSql(string name) => Run(name, new PostgreSqlFixture());

    [Theory, MemberData(nameof(Cases))]
    public Task PostgreSql_schema(string name) => Run(name, new PostgreSqlSchemaFixture());

    private static async Task Run(string name, RecorderFixture fixture)
    {
        await using (fixture)
        {
            await ContractCase.All.Single(c => c.Name == name).Run(fixture).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }
    }
}
