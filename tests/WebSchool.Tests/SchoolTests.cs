using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The sample's answers are the same on each engine, jitted or native.</summary>
public abstract partial class SchoolTests<THost>(THost host) : IClassFixture<THost>
    where THost : SchoolHost
{
    protected THost Host => host;

    private HttpClient Client => host.Client;

    [Fact]
    public async Task A_dog_is_registered_taught_and_shown()
    {
        var name = host.NewName("Größter Hund & Co?#%2F");

        var registered = await Client.RegisterAsync(name);
        var shown = await registered.ReadAsync(HttpStatusCode.Created);
        Assert.Equal(name, shown.GetProperty("name").GetString());
        Assert.Equal("\"1\"", registered.Headers.ETag?.Tag);

        var taught = await Client.AddTrickAsync(name, "roll over");
        await taught.ReadAsync(HttpStatusCode.OK);
        Assert.Equal("\"2\"", taught.Headers.ETag?.Tag);
        await (await Client.AddTrickAsync(name, "play dead")).ReadAsync(HttpStatusCode.OK);

        var found = await Client.GetAsync(registered.Headers.Location);
        var dog = await found.ReadAsync(HttpStatusCode.OK);
        Assert.Equal("\"3\"", found.Headers.ETag?.Tag);
        Assert.Equal(3, dog.GetProperty("version").GetInt64());
        Assert.Equal(["roll over", "play dead"], dog.GetProperty("tricks").EnumerateArray().Select(t => t.GetString()));
    }

    [Fact]
    public async Task A_dog_that_is_registered_twice_is_a_conflict()
    {
        var name = host.NewName();
        await (await Client.RegisterAsync(name)).ReadAsync(HttpStatusCode.Created);

        var problem = await (await Client.RegisterAsync(name)).ReadProblemAsync(HttpStatusCode.Conflict);

        Assert.Contains("A dog of this name is registered already.", problem, StringComparison.Ordinal);
        Assert.Single(await Client.GetDogsAsync(), name);
    }

    [Fact]
    public async Task A_missing_dog_or_owner_is_not_found()
    {
        var name = host.NewName();

        await (await Client.GetDogAsync(name)).ReadProblemAsync(HttpStatusCode.NotFound);
        var problem = await (await Client.AddTrickAsync(name, "sit")).ReadProblemAsync(HttpStatusCode.NotFound);
        await (await Client.GetAsync($"/owners/{Guid.NewGuid()}")).ReadProblemAsync(HttpStatusCode.NotFound);
        await (await Client.GetAsync("/cats")).ReadProblemAsync(HttpStatusCode.NotFound);

        Assert.DoesNotContain(name, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(name, await Client.GetDogsAsync());
    }

    [Theory]
    [InlineData(400, "/dogs", """{"name":""}""")]
    [InlineData(400, "/dogs", """{"name":null}""")]
    [InlineData(400, "/dogs", "{}")]
    [InlineData(400, "/dogs", "{")]
    [InlineData(400, "/dogs", "")]
    [InlineData(400, "/dogs", """{"name":"a/b"}""")]
    [InlineData(400, "/dogs", """{"name":".."}""")]
    [InlineData(400, "/dogs", """{"name":"a\u0000b"}""")]
    [InlineData(400, "/dogs", """{"name":"a\u0001b"}""")]
    [InlineData(400, "/dogs", """{"name":"a\nb"}""")]
    [InlineData(400, "/dogs", """{"name":"a\u0085b"}""")]
    [InlineData(400, "/dogs", """{"name":"a\ud800b"}""")]
    [InlineData(400, "/dogs", """{"name":"Rex","owner":"a\u0000b"}""")]
    [InlineData(400, "/owners", """{"name":"a\u0000b","dog":"Rex"}""")]
    [InlineData(400, "/owners", """{"name":"Ann","dog":"a\u0000b"}""")]
    [InlineData(400, "/owners", """{"name":"Ann"}""")]
    [InlineData(415, "/dogs", "name=Rex", "application/x-www-form-urlencoded")]
    public async Task Invalid_requests_are_refused(int status, string path, string body, string type = "application/json")
    {
        var end = await Client.GetEndAsync();

        var response = await Client.PostAsync(path, new StringContent(body, Encoding.UTF8, type));

        await response.ReadProblemAsync((HttpStatusCode)status);
        Assert.Equal(end, await Client.GetEndAsync());
    }

    [Fact]
    public async Task Requests_that_are_too_long_are_refused()
    {
        var problem = await (await Client.RegisterAsync(new string('x', 101))).ReadProblemAsync(HttpStatusCode.BadRequest);
        Assert.Contains("\"errors\"", problem, StringComparison.Ordinal);
        Assert.Contains("100", problem, StringComparison.Ordinal);

        var response = await Client.PostAsync("/dogs", new ByteArrayContent(new byte[65 * 1024]) { Headers = { { "Content-Type", "application/json" } } });
        await response.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge);

        await (await Client.GetAsync("/search?q=" + new string('x', 101))).ReadProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_trick_is_added_only_to_the_dog_that_was_seen()
    {
        var name = host.NewName();
        var seen = (await Client.RegisterAsync(name)).Headers.ETag!.Tag;
        var second = await Client.AddTrickAsync(name, "sit", ifMatch: seen);
        await second.ReadAsync(HttpStatusCode.OK);

        await (await Client.AddTrickAsync(name, "beg", ifMatch: seen)).ReadProblemAsync(HttpStatusCode.PreconditionFailed);
        await (await Client.AddTrickAsync(name, "beg", ifMatch: $"W/{second.Headers.ETag}")).ReadProblemAsync(HttpStatusCode.PreconditionFailed);
        await (await Client.AddTrickAsync(name, "beg", ifMatch: second.Headers.ETag!.Tag)).ReadAsync(HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.NotModified, (await Client.GetDogAsync(name, ifNoneMatch: "\"3\"")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client.GetDogAsync(name, ifNoneMatch: "\"2\"")).StatusCode);
    }

    [Fact]
    public async Task One_of_several_clients_that_saw_the_same_dog_adds_a_trick()
    {
        var name = host.NewName();
        var seen = (await Client.RegisterAsync(name)).Headers.ETag!.Tag;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Client.AddTrickAsync(name, $"trick {i}", ifMatch: seen)));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.All(
            answers.Where(a => a.StatusCode != HttpStatusCode.OK),
            a => Assert.True(a.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict, a.StatusCode.ToString()));
        Assert.Equal(2, (await (await Client.GetDogAsync(name)).ReadAsync(HttpStatusCode.OK)).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task The_log_is_listed_page_by_page()
    {
        var name = host.NewName();
        var end = await Client.GetEndAsync();
        await Client.RegisterAsync(name);
        foreach (var trick in new[] { "a", "b", "c" })
        {
            await Client.AddTrickAsync(name, trick);
        }

        var first = await Client.GetFromJsonAsync<JsonElement>($"/log?after={end}&limit=3");
        Assert.Equal(3, first.GetProperty("events").GetArrayLength());
        var all = await Client.GetLogAsync($"/log?after={end}&limit=3");

        Assert.Equal(["Dog.Registered", "Dog.TrickAdded", "Dog.TrickAdded", "Dog.TrickAdded"], all.Select(e => e.GetProperty("topic").GetString()));
        Assert.Equal([1L, 2, 3, 4], all.Select(e => e.GetProperty("version").GetInt64()));
        Assert.Equal(name, all[0].GetProperty("name").GetString());
        Assert.Equal(["a", "b", "c"], all[1..].Select(e => e.GetProperty("trick").GetString()));
        Assert.All(all.Zip(all[1..]), pair => Assert.True(pair.First.GetProperty("position").GetInt64() < pair.Second.GetProperty("position").GetInt64()));
    }

    [Theory]
    [InlineData("/dogs/a%00b", 400)] // by the server, without an answer in JSON
    [InlineData("/dogs/a%01b", 404)]
    [InlineData("/dogs/a%0Ab", 404)]
    [InlineData("/owners?dog=a%00b", 400)]
    public async Task Invalid_names_are_not_found(string path, int status) => Assert.Equal(status, (int)(await Client.GetAsync(path)).StatusCode);

    [Theory]
    [InlineData("/log?limit=0")]
    [InlineData("/log?limit=1001")]
    [InlineData("/log?limit=many")]
    [InlineData("/log?after=-1")]
    [InlineData("/leaderboard?limit=0")]
    [InlineData("/leaderboard?limit=1001")]
    [InlineData("/leaderboard?atLeast=-1")]
    [InlineData("/search")]
    [InlineData("/search?q=")]
    [InlineData("/search?q=%20")]
    [InlineData("/search?q=a%00b")]
    [InlineData("/search?q=a%0Ab")]
    [InlineData("/search?q=sit&limit=0")]
    [InlineData("/search?q=sit&limit=1001")]
    [InlineData("/search?q=sit&atLeast=-1")]
    public async Task An_invalid_page_is_refused(string path) => await (await Client.GetAsync(path)).ReadProblemAsync(HttpStatusCode.BadRequest);
}
