using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Options, their ranges, and the limits of size that they set.</summary>
public sealed class LimitTests : SchoolTestBase
{
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Metadata_counts_once_for_each_event_of_a_save(string store)
    {
        await using var school = await OpenAsync(store, new EventStoreOptions { MaxSaveSize = 10_000 });
        var dogs = Enumerable.Range(0, 20).Select(i => new Dog($"Dog {i}")).ToList();
        var metadata = new EventMetadata { CorrelationId = new string('c', 500) };
        Assert.Equal(10_000, (await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.SaveAsync(dogs, metadata, Token))).Limit);
        Assert.Equal(10, (await school.SaveAsync(dogs.GetRange(0, 10), metadata, Token)).Count);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Events_and_saves_have_a_maximum_size(string store)
    {
        await using var school = await OpenAsync(store, new EventStoreOptions { MaxStateSize = 200, MaxSaveSize = 1000 });
        var large = await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.SaveAsync(new Dog(new string('x', 200)), Token));
        Assert.Equal(("Dog.Registered", 1L, 200L), (large.Topic, large.Version, large.Limit));
        var dog = new Dog("Fido");
        for (var i = 0; i < 20; i++)
        {
            dog.AddTrick(new string('y', 50));
        }

        await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.SaveAsync(dog, Token));
        Assert.Null(await school.NotificationLog.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task An_event_stored_under_a_greater_limit_is_refused_with_its_size()
    {
        var large = new Dog(new string('x', 1_000));
        var traced = new Dog("Fido");
        await using (var school = await OpenAsync("sqlite-file"))
        {
            await school.SaveAsync(large, Token);
            await school.SaveAsync(traced, new EventMetadata { CorrelationId = new string('y', 1_000) }, Token);
        }

        await using (var school = await OpenAsync("sqlite-file", new EventStoreOptions { MaxStateSize = 500 }))
        {
            var error = await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.Repository.GetAsync<Dog>(large.Id, Token));
            Assert.Equal(("Dog.Registered", 1L, 500L), (error.Topic, error.Version, error.Limit));
            Assert.InRange(error.Size, 1_000, 1_100);
            await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.NotificationLog.SelectAsync(cancellationToken: Token));
            await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await school.NotificationLog.SelectAsync(start: 2, cancellationToken: Token));
        }

        await using (var school = await OpenAsync("sqlite-file", new EventStoreOptions { MaxStateSize = 1_200 }))
        {
            Assert.Equal(large.ToString(), (await school.Repository.GetAsync<Dog>(large.Id, Token)).ToString());
        }
    }

    [Fact]
    public async Task Options_that_would_fail_later_are_refused()
    {
        EventStoreOptions[] wrong =
        [
            new() { TimeProvider = null! }, new() { MaxStateSize = 0 }, new() { MaxSaveSize = 0 }, new() { LockTimeout = TimeSpan.FromTicks(-1) }, new() { LockTimeout = TimeSpan.FromDays(25) },
            new() { SaveTimeout = TimeSpan.FromMilliseconds(999) }, new() { SaveTimeout = TimeSpan.FromDays(25) }, new() { PollingInterval = TimeSpan.Zero }, new() { PollingInterval = TimeSpan.FromDays(25) },
            new() { MaxQueuedBytes = 0 }, new() { TransactionTimeout = TimeSpan.Zero }, new() { TransactionTimeout = TimeSpan.FromDays(25) },
            new() { ReadTimeout = TimeSpan.Zero }, new() { ReadTimeout = TimeSpan.FromDays(25) }, new() { PollingInterval = TimeSpan.FromDays(24) + TimeSpan.FromTicks(1) },
        ];
        string[] names =
        [
            "TimeProvider", "MaxStateSize", "MaxSaveSize", "LockTimeout", "LockTimeout", "SaveTimeout", "SaveTimeout", "PollingInterval", "PollingInterval", "MaxQueuedBytes", "TransactionTimeout", "TransactionTimeout",
            "ReadTimeout", "ReadTimeout", "PollingInterval",
        ];
        foreach (var (options, name) in wrong.Zip(names))
        {
            var error = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await OpenAsync("memory:", options));
            Assert.StartsWith($"EventStoreOptions.{name} must", error.Message, StringComparison.Ordinal);
        }

        var longest = TimeSpan.FromMilliseconds(int.MaxValue);
        EventStoreOptions[] right =
        [
            new()
            {
                MaxStateSize = 1, MaxSaveSize = 1, MaxQueuedBytes = 1, LockTimeout = TimeSpan.Zero, SaveTimeout = TimeSpan.FromSeconds(1), PollingInterval = TimeSpan.FromDays(24),
                TransactionTimeout = TimeSpan.FromTicks(1), ReadTimeout = TimeSpan.FromTicks(1),
            },
            new() { LockTimeout = longest, SaveTimeout = longest, TransactionTimeout = longest, ReadTimeout = longest, PollingInterval = TimeSpan.FromTicks(1) },
            new() { TransactionTimeout = Timeout.InfiniteTimeSpan, ReadTimeout = Timeout.InfiniteTimeSpan },
        ];
        foreach (var options in right)
        {
            await using (await OpenAsync("memory:", options))
            {
                Assert.Throws<StoreConfigurationException>((options with { MaxStateSize = 0 }).Validate);
            }
        }
    }

    [Fact]
    public void Default_options_match_the_documentation()
    {
        var options = new EventStoreOptions();
        Assert.Equal((1_048_576, 16_777_216, 67_108_864L), (options.MaxStateSize, options.MaxSaveSize, options.MaxQueuedBytes));
        Assert.Equal(new double[] { 5, 30, 30, 1 }, new[] { options.LockTimeout, options.SaveTimeout, options.ReadTimeout, options.PollingInterval }.Select(t => t.TotalSeconds));
        Assert.Equal((Timeout.InfiniteTimeSpan, TimeProvider.System, true, false), (options.TransactionTimeout, options.TimeProvider, options.AutoFlush, options.WaitWhenQueueIsFull));
    }

    [Fact]
    public async Task A_limit_may_be_reached_and_the_error_names_the_first_event_beyond_it()
    {
        // The sizes of two events and of some metadata, from the errors.
        var (dog, other) = (new Dog("Fido"), new Dog("Rex"));
        dog.AddTrick(new string('a', 500));
        var metadata = new EventMetadata { CorrelationId = new string('c', 700) };
        var state = await RefusedAsync(new EventStoreOptions { MaxStateSize = 400 }, null);
        Assert.Equal((dog.Id, 2L, "Dog.TrickAdded"), (state.AggregateId, state.Version, state.Topic));
        var whole = await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)state.Size, MaxSaveSize = (int)state.Size }, null);
        Assert.Equal((dog.Id, 2L, "Dog.TrickAdded"), (whole.AggregateId, whole.Version, whole.Topic));
        var traced = await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)state.Size }, metadata);
        Assert.Equal((dog.Id, 1L, "Dog.Registered"), (traced.AggregateId, traced.Version, traced.Topic));
        Assert.InRange(traced.Size, 701, 800);
        var together = await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)traced.Size, MaxSaveSize = 2_000 }, metadata);
        Assert.Equal((dog.Id, 1L, "Dog.Registered"), (together.AggregateId, together.Version, together.Topic));
        Assert.InRange(together.Size, 3 * traced.Size + state.Size, 3 * traced.Size + state.Size + 200);

        await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)traced.Size, MaxSaveSize = (int)together.Size - 1 }, metadata);
        await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)traced.Size - 1 }, metadata);
        await RefusedAsync(new EventStoreOptions { MaxStateSize = (int)state.Size - 1 }, null);
        await using var school = await OpenAsync("memory:", new EventStoreOptions { MaxStateSize = (int)traced.Size, MaxSaveSize = (int)together.Size });
        Assert.Equal(3, (await school.SaveAsync([dog, other], metadata, Token)).Count);

        async Task<PayloadTooLargeException> RefusedAsync(EventStoreOptions options, EventMetadata? beside)
        {
            await using var refusing = await OpenAsync("memory:", options);
            var refused = await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await refusing.SaveAsync([dog, other], beside ?? new EventMetadata(), Token));
            Assert.Null(await refusing.NotificationLog.GetMaxPositionAsync(Token));
            return refused;
        }
    }

    [Fact]
    public async Task Many_events_together_may_exceed_the_limit_of_one_event()
    {
        await using var school = await OpenAsync("memory:", new EventStoreOptions { MaxStateSize = 200 });
        var dogs = Enumerable.Range(0, 150).Select(i => new Dog($"Dog {i}")).ToList();
        dogs[0].AddTrick(new string('a', 100));
        Assert.Equal(151, (await school.SaveAsync(dogs, Token)).Count);
        Assert.Equal("Dog 149", (await school.Repository.GetAsync<Dog>(dogs[149].Id, Token)).Name);
        Assert.Equal(2, (await school.Repository.GetAsync<Dog>(dogs[0].Id, Token)).Version);
        Assert.Empty(dogs.SelectMany(d => d.PendingEvents));
    }
}
