using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The statements of the sample's page are true.</summary>
public sealed class ReadmeTests(SqliteShop server) : IClassFixture<SqliteShop>
{
    [Fact]
    public async Task Commands_answer_what_the_readme_says() => await Curl.FollowAsync(server.Client, "samples/Ordering/README.md", atLeast: 9);

    [Fact]
    public async Task The_database_is_in_the_current_directory()
    {
        using var folder = new TemporaryFolder();
        await using (await WebProgram.StartAsync(WebProgram.PrepareSample(folder.Path, "samples/Ordering/Web")))
        {
            Assert.True(File.Exists(folder.PathOf("shop.db")));
        }
    }
}
