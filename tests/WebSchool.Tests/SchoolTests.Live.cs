using System.Net;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public abstract partial class SchoolTests<THost>
{
    [Fact]
    public async Task The_live_log_begins_with_the_stored_events_and_continues()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        var end = await Client.GetEndAsync();

        using var live = await LiveEvents.OpenAsync(Client);
        var last = (await live.NextAsync())!.Value;
        while (last.Id < end)
        {
            last = (await live.NextAsync())!.Value;
        }

        Assert.Equal(name, last.Event.GetProperty("name").GetString());

        await Client.AddTrickAsync(name, "roll\nover");
        var next = (await live.NextAsync())!.Value;
        Assert.Equal("roll\nover", next.Event.GetProperty("trick").GetString());
        Assert.Equal(next.Id, next.Event.GetProperty("position").GetInt64());
    }

    [Fact]
    public async Task The_live_log_is_resumed_after_the_last_event_seen()
    {
        var name = host.NewName();
        await Client.RegisterAsync(name);
        long seen;
        using (var live = await LiveEvents.OpenAsync(Client, after: await Client.GetEndAsync()))
        {
            await Client.AddTrickAsync(name, "first");
            seen = (await live.NextAsync())!.Value.Id;
        }

        await Client.AddTrickAsync(name, "second");
        // The browser's Last-Event-ID has precedence over the position at which the page began.
        using var again = await LiveEvents.OpenAsync(Client, lastEventId: seen, after: 0);
        await Client.AddTrickAsync(name, "third");

        Assert.Equal("second", (await again.NextAsync())!.Value.Event.GetProperty("trick").GetString());
        Assert.Equal("third", (await again.NextAsync())!.Value.Event.GetProperty("trick").GetString());
    }

    [Theory]
    [InlineData("-1", HttpStatusCode.BadRequest)]
    [InlineData("x", HttpStatusCode.BadRequest)]
    [InlineData("99999999999999999999", HttpStatusCode.BadRequest)]
    [InlineData("9000000000000000000", HttpStatusCode.Conflict)]
    public async Task The_live_log_isnt_resumed_at_an_invalid_position(string lastEventId, HttpStatusCode status)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/log/live");
        request.Headers.Add("Last-Event-ID", lastEventId);

        await (await Client.SendAsync(request)).ReadProblemAsync(status);
    }

    [Fact]
    public async Task All_watching_clients_see_the_same()
    {
        var name = host.NewName();
        var end = await Client.GetEndAsync();
        var watching = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LiveEvents.OpenAsync(Client, after: end)));
        await Client.RegisterAsync(name);
        for (var i = 0; i < 20; i++)
        {
            await Client.AddTrickAsync(name, $"trick {i}");
        }

        foreach (var live in watching)
        {
            using (live)
            {
                for (var version = 1; version <= 21; version++)
                {
                    Assert.Equal(version, (await live.NextAsync())!.Value.Event.GetProperty("version").GetInt64());
                }
            }
        }
    }

    [Fact]
    public async Task A_restart_keeps_everything_and_ends_live_logs()
    {
        var (name, owner) = (host.NewName(), host.NewName("Owner"));
        await (await Client.RegisterAsync(name, owner)).ReadAsync(HttpStatusCode.Created);
        await Client.AddTrickAsync(name, "sit");
        var (log, owners) = ((await Client.GetLogAsync()).ConvertAll(e => e.GetRawText()), await Client.GetOwnersAsync());
        using var live = await LiveEvents.OpenAsync(Client, after: await Client.GetEndAsync());
        var next = live.NextAsync();

        var exitCode = await host.Program.StopAsync();
        await host.RestartAsync();
        Assert.Equal(0, exitCode);
        Assert.Null(await next);

        Assert.Equal(log, (await Client.GetLogAsync()).ConvertAll(e => e.GetRawText()));
        Assert.Equal(owners, await Client.GetOwnersAsync());
        await Client.AddTrickAsync(name, "beg");

        await host.Program.KillAsync();
        await host.RestartAsync();
        var dog = await (await Client.GetDogAsync(name)).ReadAsync(HttpStatusCode.OK);
        Assert.Equal(["sit", "beg"], dog.GetProperty("tricks").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(owner, await Client.GetOwnerOfAsync(name));
    }
}
