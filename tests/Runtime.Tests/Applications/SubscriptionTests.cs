using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Subscriptions as users write them.</summary>
public class SubscriptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_seen_as_they_are_saved()
    {
        await using var school = await School.OpenAsync("memory:", cancellationToken: Token);
        await school.SaveAsync(new Dog("Fido"), Token);
        var names = new List<string>();
        await foreach (var recording in school.NotificationLog.SubscribeAsync(topics: ["Dog.Registered"], cancellationToken: Token))
        {
            names.Add(((Dog.Registered)recording.Event).Name);
            if (names.Count == 2)
            {
                break;
            }

            await school.SaveAsync([Cat.Find("Tom"), new Dog("Rex")], Token);
        }

        Assert.Equal(["Fido", "Rex"], names);
    }

    [Fact]
    public async Task A_subscription_can_be_resumed_from_the_position_of_a_batch()
    {
        await using var school = await School.OpenAsync("memory:", cancellationToken: Token);
        await school.SaveAsync([new Dog("Fido"), Cat.Find("Tom")], Token);
        long? position = null;
        for (var round = 0; round < 2; round++)
        {
            await foreach (var batch in school.NotificationLog.SubscribeInBatchesAsync(position, cancellationToken: Token))
            {
                Assert.Equal(2, batch.Events.Count);
                position = batch.Position;
                break;
            }

            await school.SaveAsync([new Dog($"Rex {round}"), Cat.Find($"Tim {round}")], Token);
        }

        Assert.Equal(4, position);
    }
}
