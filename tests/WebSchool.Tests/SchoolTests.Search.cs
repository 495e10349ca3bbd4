using System.Net;
using System.Text.Json;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public abstract partial class SchoolTests<THost>
{
    [Fact]
    public async Task The_search_finds_a_dog_and_its_tricks()
    {
        // The second name follows the first in every order of texts; the numbers of two new names need not, as 9 and 10.
        var dog = host.NewName("Seeker");
        var other = $"{dog} too";
        await Client.RegisterAsync(dog);
        await Client.RegisterAsync(other);
        await Client.AddTrickAsync(dog, $"fetch {other}");
        await Client.AddTrickAsync(dog, "fetch the paper");
        var end = await Client.GetEndAsync();

        var results = await Client.SearchAsync("Seeker", end);
        Assert.Equal([(dog, null), (dog, $"fetch {other}"), (other, null)], Hits(results));
        Assert.True(results.GetProperty("position").GetInt64() >= end);
        Assert.True(results.GetProperty("lag").GetInt64() >= 0);
        Assert.Equal([(dog, "fetch the paper")], Hits(await Client.SearchAsync("the pap", end)));
        Assert.Empty(Hits(await Client.SearchAsync("paper the", end)));
    }

    [Fact]
    public async Task The_search_finds_each_later_trick()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        for (var i = 1; i <= 5; i++)
        {
            await Client.AddTrickAsync(name, $"later {i}");

            Assert.Equal(
                Enumerable.Range(1, i).Select(n => (name, (string?)$"later {n}")),
                Hits(await Client.SearchAsync("later", await Client.GetEndAsync())));
        }
    }

    [Theory]
    [InlineData("Größe ÇA", "gröSSe ça", false)] // a letter is compared with a letter
    [InlineData("Größe ÇA", "GRößE ça", true)]
    [InlineData("Дай лапу", "ДАЙ ЛАПУ", true)]
    [InlineData("ΟΔΟΣ", "οδος", true)]
    [InlineData("ΟΔΟΣ", "οδοσ", true)]
    [InlineData("plain", " PLAIN ", true)]
    public async Task The_search_ignores_case(string trick, string query, bool isFound)
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        await Client.AddTrickAsync(name, trick);

        var hits = Hits(await Client.SearchAsync(query, await Client.GetEndAsync()));

        Assert.Equal(isFound, hits.Contains((name, trick)));
    }

    [Theory]
    [InlineData("100%")]
    [InlineData("_sit_")]
    [InlineData("wow!%")]
    [InlineData("wow!")]
    [InlineData(@"back\slash")]
    [InlineData("it's; --")]
    public async Task The_search_has_no_wildcards(string text)
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        await Client.AddTrickAsync(name, $"a {text} b");
        foreach (var similar in new[] { "1000", "xsitx", "wow", "backslash", "back/slash", "its", "it''s; --" })
        {
            await Client.AddTrickAsync(name, similar);
        }

        var hits = Hits(await Client.SearchAsync(text, await Client.GetEndAsync())).Where(h => h.Dog == name);

        Assert.Equal([(name, $"a {text} b")], hits);
    }

    [Fact]
    public async Task The_search_goes_on_after_a_trick_that_a_table_cant_have()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        await (await Client.AddTrickAsync(name, "odd\0trick")).ReadAsync(HttpStatusCode.OK);
        await Client.AddTrickAsync(name, "odd\ntrick");

        Assert.Equal([(name, "odd\uFFFDtrick"), (name, "odd\ntrick")], Hits(await Client.SearchAsync("ODD", await Client.GetEndAsync())));
    }

    [Fact]
    public async Task The_search_finds_as_many_as_asked()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        for (var i = 0; i < 11; i++)
        {
            await Client.AddTrickAsync(name, "countable");
        }

        await Client.SearchAsync("countable", await Client.GetEndAsync());

        Assert.Equal(10, Hits(await (await Client.GetAsync("/search?q=countable")).ReadAsync(HttpStatusCode.OK)).Count);
        Assert.Equal(3, Hits(await (await Client.GetAsync("/search?q=countable&limit=3")).ReadAsync(HttpStatusCode.OK)).Count);
    }

    [Fact]
    public async Task The_search_for_an_event_that_isnt_there_is_refused()
    {
        var problem = await (await Client.GetAsync("/search?q=sit&atLeast=9000000000000000000")).ReadProblemAsync(HttpStatusCode.Conflict);

        Assert.Contains("The log ends before that position.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_is_late_says_so()
    {
        var name = host.NewName("Latecomer");
        await Client.RegisterAsync(name);
        await Client.SearchAsync("Latecomer", await Client.GetEndAsync());

        // A program that owns the projection, and does nothing.
        var later = host is PostgreSqlSchool ? "'3000-01-01'" : "9000000000000";
        host.Execute($"UPDATE trainingschool_projections SET owner = 'another', fence = fence + 1, lease_until = {later} WHERE name = 'search'");
        await Client.AddTrickAsync(name, "Latecomer");
        var end = await Client.GetEndAsync();
        var late = await Client.GetAsync($"/search?q=Latecomer&atLeast={end}");
        Assert.Contains("not-ready", await late.ReadProblemAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        Assert.NotNull(late.Headers.RetryAfter);
        var older = await (await Client.GetAsync("/search?q=Latecomer")).ReadAsync(HttpStatusCode.OK);
        Assert.Equal([(name, null)], Hits(older));
        Assert.Equal(end, older.GetProperty("position").GetInt64() + older.GetProperty("lag").GetInt64());
        Assert.True(older.GetProperty("lag").GetInt64() > 0);

        host.Execute("UPDATE trainingschool_projections SET owner = NULL, lease_until = NULL WHERE name = 'search'");
        Assert.Equal([(name, null), (name, "Latecomer")], Hits(await Client.SearchAsync("Latecomer", end)));
    }

    [Fact]
    public async Task The_search_finds_the_events_of_a_school_that_had_none()
    {
        var name = host.NewName("Veteran");
        await Client.RegisterAsync(name);
        await Client.AddTrickAsync(name, "rest");
        var end = await Client.GetEndAsync();
        await host.Program.StopAsync();
        host.Execute("DROP TABLE trainingschool_search");
        host.Execute("DELETE FROM trainingschool_projections WHERE name = 'search'");

        // Another process is about to create the table, so this one waits, and so must the projection.
        await using var other = host.Connect();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = other.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, "CREATE TABLE trainingschool_search (dog text)");
        await command.ExecuteNonQueryAsync();
        var starting = host.RestartAsync();
        // Longer than a projection tries an event again. On SQLite, where every writer waits, shorter than the store waits.
        await Task.Delay(TimeSpan.FromSeconds(host is PostgreSqlSchool ? 5 : 1));
        await transaction.RollbackAsync();
        await starting;

        Assert.Equal([(name, null)], Hits(await Client.SearchAsync("Veteran", end)));
        Assert.Equal("Healthy", await Client.GetStringAsync("/health"));
    }

    private static List<(string Dog, string? Trick)> Hits(JsonElement results) =>
        [.. results.GetProperty("hits").EnumerateArray().Select(h => (h.GetProperty("dog").GetString()!, h.TryGetProperty("trick", out var trick) ? trick.GetString() : null))];
}
