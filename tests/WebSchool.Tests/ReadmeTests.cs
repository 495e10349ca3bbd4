using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The statements of the sample's page are true.</summary>
public sealed class ReadmeTests(JittedSqliteSchool host) : IClassFixture<JittedSqliteSchool>
{
    [Fact]
    public async Task Commands_answer_what_the_readme_says() => await Curl.FollowAsync(host.Client, "samples/WebSchool/README.md", atLeast: 11);

    [Fact]
    public async Task The_database_is_in_the_current_directory()
    {
        using var folder = new TemporaryFolder();
        await using (await WebProgram.StartAsync(WebProgram.PrepareSample(folder.Path, "samples/WebSchool")))
        {
            Assert.True(File.Exists(folder.PathOf("school.db")));
        }
    }
}
