using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public abstract partial class SchoolTests<THost>
{
    [Fact]
    public async Task The_document_describes_every_endpoint_to_developers()
    {
        await (await Client.GetAsync("/openapi/v1.json")).ReadProblemAsync(HttpStatusCode.NotFound);
        await using var program = await WebProgram.StartAsync(host.Prepare(arguments: "--environment=Development"));
        var response = await program.Client.GetAsync("/openapi/v1.json");
        var document = await response.ReadAsync(HttpStatusCode.OK);

        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var operations = from path in document.GetProperty("paths").EnumerateObject()
                         from operation in path.Value.EnumerateObject()
                         select $"{operation.Name} {path.Name}";
        Assert.Equal(
            ["delete /owners/{id}", "get /dogs/{name}", "get /leaderboard", "get /log", "get /log/live", "get /owners", "get /owners/{id}", "get /search",
             "post /dogs", "post /dogs/{name}/tricks", "post /owners", "put /owners/{id}"],
            operations.Order(StringComparer.Ordinal));

        // Referenced schemas exist, and they fit the requests.
        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var reference in References(document))
        {
            Assert.True(schemas.TryGetProperty(reference["#/components/schemas/".Length..], out _), reference);
        }

        Assert.Equal(["name", "owner"], schemas.GetProperty("NewDog").GetProperty("properties").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("Adds an owner.", document.GetProperty("paths").GetProperty("/owners").GetProperty("post").GetProperty("summary").GetString());
    }

    [Fact]
    public async Task It_is_healthy() => Assert.Equal("Healthy", await Client.GetStringAsync("/health"));

    [Theory]
    [InlineData("school.example.com")]
    [InlineData("127.0.0.1.example.com")]
    public async Task Requests_for_other_hosts_are_refused(string other)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/log") { Headers = { Host = other } };

        Assert.Equal(HttpStatusCode.BadRequest, (await Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        var page = await Client.GetAsync("/");
        var text = await page.Content.ReadAsStringAsync();

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("//", text, StringComparison.Ordinal);
        Assert.Equal("text/css", (await Client.GetAsync("/page.css")).Content.Headers.ContentType?.MediaType);
        Assert.Equal("text/javascript", (await Client.GetAsync("/page.js")).Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Stored_values_arent_logged()
    {
        var (dog, trick, owner) = (host.NewName("Canary-dog"), host.NewName("Canary-trick"), host.NewName("Canary-owner"));
        await Client.RegisterAsync(dog, owner);
        await Client.RegisterAsync(dog, owner);
        await Client.RegisterAsync(host.NewName("Canary-dog"), owner.PadRight(60, '!'));
        await Client.AddTrickAsync(dog, trick);
        await Client.AddTrickAsync(dog, trick, ifMatch: "\"7\"");
        await Client.GetDogAsync(host.NewName("Canary-dog"));
        await Client.SearchAsync(dog, await Client.GetEndAsync());

        Assert.Contains("Now listening on", host.Program.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Canary", host.Program.Log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("trick", host.Program.Log, StringComparison.OrdinalIgnoreCase);
        if (new Uri(host.Store).UserInfo is { Length: > 0 } user)
        {
            Assert.DoesNotContain(user.Split(':')[1], host.Program.Log, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("oracle://somebody:canary-secret@host/school")]
    [InlineData("postgresql://somebody:canary-secret@127.0.0.1:1/school")]
    [InlineData("sqlite:////no/such/folder/school.db")]
    public async Task It_doesnt_start_without_its_store(string store)
    {
        var (exitCode, log) = await WebProgram.RunAsync(host.Prepare(store));

        Assert.NotEqual(0, exitCode);
        Assert.DoesNotContain("Now listening on", log, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-secret", log, StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name == "$ref" ? [p.Value.GetString()!] : References(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
