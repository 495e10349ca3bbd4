using System.Text;
using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Metadata stored beside events: from scopes, from saves, and from other programs.</summary>
public sealed class MetadataTests : SchoolTestBase
{
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Metadata_is_stored_beside_the_events(string store)
    {
        await using var school = await OpenAsync(store);
        await school.SaveAsync(new Dog("Ace"), new EventMetadata { CorrelationId = "c-1", Values = new Dictionary<string, string> { ["user"] = "Zoë \"Z\"" } }, Token);
        using (EventMetadata.Use(new EventMetadata { CausationId = "m-2" }))
        {
            await school.SaveAsync(new Dog("Bo"), Token);
        }

        await school.SaveAsync(new Dog("Cleo"), Token);

        var log = await school.NotificationLog.SelectAsync(cancellationToken: Token);

        Assert.Equal(("c-1", null), (log[0].Metadata!.CorrelationId, log[0].Metadata!.CausationId));
        Assert.Equal("Zoë \"Z\"", log[0].Metadata!.Values["user"]);
        Assert.Equal((null, "m-2"), (log[1].Metadata!.CorrelationId, log[1].Metadata!.CausationId));
        Assert.Null(log[2].Metadata);
        Assert.Null(EventMetadata.Current);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Metadata_of_scopes_and_saves_is_combined(string store)
    {
        await using var school = await OpenAsync(store);
        Assert.Throws<ArgumentNullException>(() => EventMetadata.Use(null!));
        using (EventMetadata.Use(new EventMetadata { Values = new Dictionary<string, string> { ["user"] = "zoe" } }))
        using (EventMetadata.Use(new EventMetadata { CausationId = "inner" }))
        {
            Assert.Equal(("inner", "zoe"), (EventMetadata.Current!.CausationId, Assert.Single(EventMetadata.Current.Values).Value));
        }

        using (EventMetadata.Use(new EventMetadata { CorrelationId = "request", Values = new Dictionary<string, string> { ["user"] = "zoe", ["tenant"] = "a" } }))
        {
            using (EventMetadata.Use(new EventMetadata { CausationId = "command", Values = new Dictionary<string, string> { ["tenant"] = "b" } }))
            {
                await school.SaveAsync(new Dog("Ace"), new EventMetadata { CausationId = "message", Values = new Dictionary<string, string> { ["step"] = "1" } }, Token);
            }

            await school.SaveAsync(new Dog("Bo"), Token);
        }

        await school.SaveAsync(new Dog("Cleo"), Token);
        var log = (await school.NotificationLog.SelectAsync(cancellationToken: Token)).Select(r => r.Metadata).ToList();

        Assert.Equal(("request", "message"), (log[0]!.CorrelationId, log[0]!.CausationId));
        Assert.Equal("step=1, tenant=b, user=zoe", string.Join(", ", log[0]!.Values.Select(v => $"{v.Key}={v.Value}").Order()));
        Assert.Equal(("request", null), (log[1]!.CorrelationId, log[1]!.CausationId));
        Assert.Equal("tenant=a, user=zoe", string.Join(", ", log[1]!.Values.Select(v => $"{v.Key}={v.Value}").Order()));
        Assert.Null(log[2]);
        Assert.Throws<ArgumentNullException>(() => new EventMetadata { Values = null! });
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"correlationId\":5}")]
    [InlineData("{\"values\":{\"a\":{}}}")]
    public async Task Metadata_of_another_program_leaves_its_event_readable(string metadata)
    {
        await using var school = await OpenAsync("sqlite-file");
        var dog = new Dog("Fido");
        await school.SaveAsync(dog, new EventMetadata { CorrelationId = "c" }, Token);
        await school.Recorder.AppendAsync(
            new([new(dog.Id, 2, "Dog.TrickAdded", Encoding.UTF8.GetBytes("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","trick":"sit"}"""), Encoding.UTF8.GetBytes(metadata))], AppendCondition.VersionsFree), Token);

        Assert.Equal(["sit"], (await school.Repository.GetAsync<Dog>(dog.Id, Token)).Tricks);
        var log = await school.NotificationLog.SelectAsync(cancellationToken: Token);
        Assert.Equal(("c", null), (log[0].Metadata?.CorrelationId, log[1].Metadata));
        Assert.Equal(new Dog.TrickAdded("sit"), log[1].Event);
    }
}
