using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public abstract partial class SchoolTests<THost>
{
    [Fact]
    public async Task The_leaderboard_shows_the_own_change()
    {
        var (best, second, last) = (host.NewName(), host.NewName(), host.NewName());
        foreach (var name in new[] { last, second, best })
        {
            await Client.RegisterAsync(name);
        }

        await Client.AddTrickAsync(second, "sit");
        await Client.AddTrickAsync(best, "sit");
        for (var tricks = 2; tricks <= 5; tricks++)
        {
            await Client.AddTrickAsync(best, "beg");
            var end = await Client.GetEndAsync();
            var leaderboard = await Client.GetLeaderboardAsync(end);

            Assert.True(leaderboard.GetProperty("position").GetInt64() >= end);
            Assert.True(leaderboard.GetProperty("lag").GetInt64() >= 0);
            var dogs = Dogs(leaderboard);
            Assert.Equal(dogs.OrderByDescending(d => d.Tricks).Select(d => d.Tricks), dogs.Select(d => d.Tricks));
            Assert.Equal([(best, tricks), (second, 1), (last, 0)], dogs.Where(d => d.Name == best || d.Name == second || d.Name == last));
        }
    }

    [Fact]
    public async Task The_leaderboard_is_as_long_as_asked()
    {
        for (var i = 0; i < 11; i++)
        {
            await Client.RegisterAsync(host.NewName());
        }

        await Client.GetLeaderboardAsync(await Client.GetEndAsync());

        Assert.Equal(10, Dogs(await Client.GetFromJsonAsync<JsonElement>("/leaderboard")).Count);
        Assert.Equal(3, Dogs(await Client.GetFromJsonAsync<JsonElement>("/leaderboard?limit=3")).Count);
    }

    [Fact]
    public async Task The_leaderboard_of_an_event_that_isnt_there_is_refused()
    {
        var problem = await (await Client.GetAsync("/leaderboard?atLeast=9000000000000000000")).ReadProblemAsync(HttpStatusCode.Conflict);

        Assert.Contains("The log ends before that position.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_trick_counts_once_when_the_program_crashes()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        for (var i = 0; i < 10; i++)
        {
            await Client.AddTrickAsync(name, "sit");
        }

        await host.Program.KillAsync();
        await host.RestartAsync();
        await Client.AddTrickAsync(name, "sit");
        var end = await Client.GetEndAsync();

        Assert.Contains((name, 11), Dogs(await Client.GetLeaderboardAsync(end)));
        Assert.Equal(11, Hits(await Client.SearchAsync("sit", end)).Count(h => h.Dog == name));
    }

    [Fact]
    public async Task The_console_program_reads_the_same_view()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        await Client.AddTrickAsync(name, "sit");

        var tricks = await Command.RunAsync(
            AppContext.BaseDirectory, "dotnet", "exec", "--runtimeconfig", "WebSchool.runtimeconfig.json", "TrainingSchool.dll", "tricks", "1", "--database", host.Store);

        Assert.Equal((0, ""), (tricks.ExitCode, tricks.Error));
        Assert.Contains($"   1  {name}\n", tricks.Output, StringComparison.Ordinal);
    }

    private static List<(string Name, int Tricks)> Dogs(JsonElement leaderboard) =>
        [.. leaderboard.GetProperty("dogs").EnumerateArray().Select(d => (d.GetProperty("name").GetString()!, d.GetProperty("tricks").GetInt32()))];
}
