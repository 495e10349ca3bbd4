using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>An application saves, loads and reads the log, in memory and on real SQLite databases.</summary>
public sealed class SaveAndLoadTests : SchoolTestBase
{
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_saved_aggregate_is_loaded_as_it_was(string store)
    {
        await using var school = await OpenAsync(store);
        var dog = new Dog("Fido");
        dog.AddTrick("roll over");

        var recordings = await school.SaveAsync(dog, Token);
        var loaded = await school.Repository.GetAsync<Dog>(dog.Id, Token);

        Assert.Empty(dog.PendingEvents);
        Assert.Empty(loaded.PendingEvents);
        Assert.Equal(dog.ToString(), loaded.ToString());
        Assert.Equal([1L, 2L], recordings.Select(r => r.Position!.Value));
        Assert.Equal(["Dog.Registered", "Dog.TrickAdded"], recordings.Select(r => r.Topic));
        Assert.Equal([dog.Id, dog.Id], recordings.Select(r => r.AggregateId));
        Assert.Equal(new Dog.TrickAdded("roll over"), recordings[1].Event);
        Assert.Equal(2, recordings[1].Header.Version);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task An_aggregate_can_be_loaded_at_an_earlier_version(string store)
    {
        await using var school = await OpenAsync(store);
        var dog = new Dog("Fido");
        dog.AddTrick("roll over");
        dog.AddTrick("play dead");
        await school.SaveAsync(dog, Token);

        Assert.Equal(["roll over"], (await school.Repository.GetAsync<Dog>(dog.Id, version: 2, Token)).Tricks);
        Assert.Equal(1, (await school.Repository.TryGetAsync<Dog>(dog.Id, version: 1, Token))!.Version);
        var past = await Assert.ThrowsAsync<AggregateNotFoundException>(async () => await school.Repository.GetAsync<Dog>(dog.Id, version: 4, Token));
        Assert.Equal((4L, 3L), (past.Version, past.LastVersion));
        await Assert.ThrowsAsync<AggregateNotFoundException>(async () => await school.Repository.TryGetAsync<Dog>(dog.Id, version: 4, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await school.Repository.GetAsync<Dog>(dog.Id, version: 0, Token));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_missing_aggregate_is_not_found(string store)
    {
        await using var school = await OpenAsync(store);
        await school.SaveAsync(Cat.Find("Tom"), Token);

        var error = await Assert.ThrowsAsync<AggregateNotFoundException>(async () => await school.Repository.GetAsync<Dog>(Dog.CreateId("Rex"), Token));
        Assert.Equal("Dog", error.AggregateType);
        Assert.Equal(Dog.CreateId("Rex"), error.AggregateId);
        Assert.Null(await school.Repository.TryGetAsync<Dog>(Dog.CreateId("Rex"), Token));
        Assert.False(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Rex"), Token));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Existence_depends_on_the_type_too(string store)
    {
        await using var school = await OpenAsync(store);
        var cat = Cat.Find("Tom");
        cat.Rename("Tim");
        await school.SaveAsync(cat, Token);

        Assert.True(await school.Repository.ExistsAsync<Cat>(cat.Id, Token));
        Assert.False(await school.Repository.ExistsAsync<Dog>(cat.Id, Token));
        Assert.Equal("Tim", (await school.Repository.GetAsync<Cat>(cat.Id, Token)).Name);
        await Assert.ThrowsAsync<UnknownTopicException>(async () => await school.Repository.GetAsync<Dog>(cat.Id, Token));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Several_aggregates_are_saved_all_or_none(string store)
    {
        await using var school = await OpenAsync(store);
        await school.SaveAsync(new Dog("Fido"), Token);
        var (rex, fido) = (new Dog("Rex"), new Dog("Fido"));

        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(async () => await school.SaveAsync([rex, fido], Token));

        Assert.Equal((fido.Id, 0L, 1L), (conflict.AggregateId, conflict.ExpectedVersion, conflict.ActualVersion));
        Assert.False(await school.Repository.ExistsAsync<Dog>(rex.Id, Token));
        Assert.Single(rex.PendingEvents);
        var saved = await school.SaveAsync([rex, new Dog("Ace"), rex], Token);
        Assert.Equal(2, saved.Count);
        Assert.Equal(saved[0].Position + 1, saved[1].Position);
        Assert.Empty(rex.PendingEvents);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_conflict_writes_nothing_and_keeps_the_events_pending(string store)
    {
        await using var school = await OpenAsync(store);
        await school.SaveAsync(new Dog("Fido"), Token);
        var mine = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token);
        var theirs = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token);
        theirs.AddTrick("theirs");
        await school.SaveAsync(theirs, Token);
        mine.AddTrick("mine");

        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(async () => await school.SaveAsync(mine, Token));

        Assert.Equal((1L, 2L), (conflict.ExpectedVersion, conflict.ActualVersion));
        Assert.True(conflict.IsTransient);
        Assert.Single(mine.PendingEvents);
        Assert.Equal(["theirs"], (await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token)).Tricks);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Commands_can_be_retried_until_there_is_no_conflict(string store)
    {
        await using var school = await OpenAsync(store);
        await school.SaveAsync(new Dog("Fido"), Token);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
            await school.RetryOnConflictAsync<Dog>(Dog.CreateId("Fido"), dog => dog.AddTrick($"trick {i}"), maxAttempts: 50, Token))));

        var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"trick {i}").Order(), dog.Tricks.Order());
    }

    [Fact]
    public async Task Asynchronous_commands_of_every_form_are_awaited()
    {
        await using var school = await OpenAsync("memory:");
        await school.SaveAsync(new Dog("Fido"), Token);
        var id = Dog.CreateId("Fido");

        await school.RetryOnConflictAsync<Dog>(id, async dog =>
        {
            await Task.Delay(10, Token);
            dog.AddTrick("lambda");
        }, cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, AddAsync, cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, AddValueAsync, cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, dog => AddAsync(dog), cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, dog => AddValueAsync(dog), cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, Add, cancellationToken: Token);
        await school.RetryOnConflictAsync<Dog>(id, dog => dog.AddTrick("expression"), cancellationToken: Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await school.RetryOnConflictAsync<Dog>(
            id, async dog => { await Task.Yield(); throw new InvalidOperationException(); }, cancellationToken: Token));

        var tricks = (await school.Repository.GetAsync<Dog>(id, Token)).Tricks;
        Assert.Equal(["lambda", "task", "value task", "task", "value task", "method", "expression"], tricks);

        static async Task AddAsync(Dog dog)
        {
            await Task.Delay(10, Token);
            dog.AddTrick("task");
        }

        static async ValueTask AddValueAsync(Dog dog)
        {
            await Task.Delay(10, Token);
            dog.AddTrick("value task");
        }

        static void Add(Dog dog) => dog.AddTrick("method");
    }

    [Fact]
    public async Task Retries_end_after_the_last_attempt()
    {
        await using var school = await OpenAsync("memory:");
        var runs = 0;

        await Assert.ThrowsAsync<ConcurrencyException>(async () => await school.RetryOnConflictAsync<int>(
            _ => throw new ConcurrencyException(Guid.Empty, runs++, 0), maxAttempts: 3, Token));

        Assert.Equal(3, runs);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_save_without_pending_events_writes_nothing(string store)
    {
        await using var school = await OpenAsync(store);
        var dog = new Dog("Fido");
        await school.SaveAsync(dog, Token);

        Assert.Empty(await school.SaveAsync(dog, Token));
        Assert.Empty(await school.SaveAsync([], Token));
        Assert.Equal(1, await school.NotificationLog.GetMaxPositionAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task The_log_has_all_events_in_order_and_can_be_read_in_parts(string store)
    {
        await using var school = await OpenAsync(store);
        Assert.Null(await school.NotificationLog.GetMaxPositionAsync(Token));
        var course = new Course(new CourseId(Guid.CreateVersion7()), "Agility");
        course.TryBook(3);
        var dog = new Dog("Fido");
        await school.SaveAsync([course, dog], Token);
        dog.AddTrick("sit");
        await school.SaveAsync(dog, Token);

        var all = await ToListAsync(school.NotificationLog.ReadAllAsync(pageSize: 3, cancellationToken: Token));
        Assert.Equal([1, 2, 3, 4], all.Select(r => r.Position!.Value));
        Assert.Equal(["school.course.Planned", "school.course.Booked", "Dog.Registered", "Dog.TrickAdded"], all.Select(r => r.Topic));
        Assert.Equal(new Course.Booking(3), all[1].Event);
        Assert.Equal(course.Id.Value, all[1].AggregateId);

        Assert.Equal([2L, 3L], Positions(await school.NotificationLog.SelectAsync(start: 2, limit: 2, cancellationToken: Token)));
        Assert.Equal([3L], Positions(await school.NotificationLog.SelectAsync(start: 2, stop: 3, inclusiveOfStart: false, cancellationToken: Token)));
        Assert.Equal([3L, 4L], Positions(await school.NotificationLog.SelectAsync(topics: ["Dog.Registered", "Dog.TrickAdded"], cancellationToken: Token)));
        Assert.Equal([4L], (await ToListAsync(school.NotificationLog.ReadAllAsync(after: 3, cancellationToken: Token))).Select(r => r.Position!.Value));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await school.NotificationLog.SelectAsync(limit: 0, cancellationToken: Token));
    }

    [Fact]
    public async Task An_event_that_can_not_be_written_is_refused_before_anything_is_written()
    {
        await using var school = await OpenAsync("memory:");
        var moody = new Moody(Guid.CreateVersion7(), "canary");
        MoodConverter.Refuses.Value = true;
        var state = await Assert.ThrowsAsync<StateEncodeException>(async () => await school.SaveAsync([new Dog("Ace"), moody], Token));
        Assert.Equal(("Met", 1L), (state.Topic, state.Version));
        var raised = Assert.Throws<EventValueException>(() => new Moody(moody.Id, "canary"));
        Assert.Equal(("mood", "Met"), (raised.Field, raised.Event));
        Assert.Contains("'mood' of Met can't be written: its converter threw NotSupportedException", raised.Message, StringComparison.Ordinal);
        var metadata = await Assert.ThrowsAsync<StateEncodeException>(async () => await school.SaveAsync(new Dog("Ace"), new EventMetadata { CorrelationId = "canary\uD83D" }, Token));

        Assert.DoesNotContain("canary", state.Message + metadata + raised.Message, StringComparison.Ordinal);
        Assert.Null(await school.NotificationLog.GetMaxPositionAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_faulted_aggregate_is_not_saved(string store)
    {
        await using var school = await OpenAsync(store);
        var fragile = new Fragile();
        Assert.Throws<InvalidOperationException>(() => fragile.Change(breaks: true));

        await Assert.ThrowsAsync<AggregateFaultedException>(async () => await school.SaveAsync([new Dog("Fido"), fragile], Token));
        Assert.Null(await school.NotificationLog.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Generic_code_can_not_bypass_the_registration()
    {
        await using var school = await OpenAsync("memory:");

        foreach (var call in (Func<Task>[])[() => SaveAny(new Stranger()), () => GetAny<Stranger>()])
        {
            var exception = await Assert.ThrowsAsync<StoreConfigurationException>(call);
            Assert.Equal("Stranger isn't registered in the application: add typeof(Stranger) to its [EventSourcedApplication].", exception.Message);
        }

        Assert.Null(await school.NotificationLog.GetMaxPositionAsync(Token));

        async Task SaveAny<T>(T aggregate)
            where T : IAggregate<Guid> => await school.SaveAsync(aggregate, Token);

        async Task GetAny<T>()
            where T : class, IAggregate<T, Guid, Guid> => await school.Repository.GetAsync<T>(Guid.Empty, Token);
    }

    [Fact]
    public void Topics_of_several_types_are_those_of_each()
    {
        Assert.Equal(["Dog.Registered"], Topics.Of<Dog.Registered>());
        Assert.Equal(["Dog.TrickAdded", "Dog.Registered"], Topics.Of<Dog.TrickAdded, Dog.Registered>());
        Assert.Equal(["Dog.TrickAdded", "Dog.Registered", .. Topics.Of<Cat>()], Topics.Of<Dog.TrickAdded, Dog.Registered, Cat>());
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Rows_that_contradict_each_other_are_refused(string store)
    {
        await using var school = await OpenAsync(store);
        var id = Guid.CreateVersion7();
        await InsertAsync(school, id, 2, "Dog.TrickAdded", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","trick":"sit"}""");
        Assert.Contains("creates", (await Refused<StreamCorruptedException>(school, id)).Message, StringComparison.Ordinal);

        id = Guid.CreateVersion7();
        await InsertAsync(school, id, 1, "Dog.Registered", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"Fido"}""");
        await InsertAsync(school, id, 3, "Dog.TrickAdded", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","trick":"sit"}""");
        Assert.Contains("version 2 is missing", (await Refused<StreamCorruptedException>(school, id)).Message, StringComparison.Ordinal);

        foreach (var version in new[] { 5000, 0, -1 })
        {
            id = Guid.CreateVersion7();
            await InsertAsync(school, id, version, "Dog.Registered", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"Fido"}""");
            Assert.Contains("doesn't have version 1", (await Refused<StreamCorruptedException>(school, id)).Message, StringComparison.Ordinal);
        }

        id = Guid.CreateVersion7();
        await InsertAsync(school, id, 1, "Dog.Registered\n\u001b[31m" + new string('x', 500), "{}");
        var unknown = await Refused<UnknownTopicException>(school, id);
        Assert.StartsWith("Dog.Registered??[31m", unknown.Topic, StringComparison.Ordinal);
        Assert.Equal(200, unknown.Topic.Length);

        id = Guid.CreateVersion7();
        await InsertAsync(school, id, 1, "Dog.Registered", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"canary",}""");
        var decode = await Refused<StateDecodeException>(school, id);
        Assert.Equal(("Dog.Registered", id, 1L), (decode.Topic, decode.AggregateId, decode.Version));
        Assert.NotNull(decode.Position);
        Assert.InRange(decode.ByteOffset, 50, 100);
        Assert.DoesNotContain("canary", decode.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Events_under_former_topics_stay_readable(string store)
    {
        await using var school = await OpenAsync(store);
        var id = new CourseId(Guid.CreateVersion7());
        await InsertAsync(school, id.Value, 1, "Training.Planned", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","title":"Agility"}""");
        await InsertAsync(school, id.Value, 2, "course-renamed", """{"timestamp":"2026-11-23T02:33:16+00:00","title":"Agility 2","unknown":[{}]}""");

        var course = await school.Repository.GetAsync<Course>(id, Token);

        Assert.Equal(("Agility 2", 12, 2L), (course.Title, course.Seats, course.Version));
        Assert.Equal("Training.Planned", (await school.NotificationLog.SelectAsync(cancellationToken: Token))[0].Topic);
    }

    [Theory]
    [InlineData("old.Listed", typeof(Product.Listed))]
    [InlineData("listed", typeof(Product.Listed))]
    [InlineData("Product.Listed", typeof(Product.Listed))]
    [InlineData("old.Joined", typeof(Customer.Joined))]
    [InlineData("Customer.Joined", typeof(Customer.Joined))]
    [InlineData("old.Left", null)]
    [InlineData("old.", null)]
    [InlineData("Product.Joined", null)]
    [InlineData("Product", null)]
    [InlineData("Product.Listed.Listed", null)]
    [InlineData(".Listed", null)]
    [InlineData("joined", null)]
    public async Task A_topic_of_the_log_is_read_by_the_aggregate_that_has_it(string topic, Type? type)
    {
        await using var shop = await Shop.OpenAsync("memory:", cancellationToken: Token);
        var state = """{"timestamp":"2026-11-23T02:33:16.348611+00:00","code":"A-1","price":12.50,"mail":"ann@example.com"}""";
        await shop.Recorder.AppendAsync(new([new StoredEvent<string>("A-1", 1, topic, Encoding.UTF8.GetBytes(state))], AppendCondition.VersionsFree), Token);

        var reading = async () => (await shop.NotificationLog.SelectAsync(cancellationToken: Token)).Single();

        if (type is null)
        {
            Assert.Equal(topic, (await Assert.ThrowsAsync<UnknownTopicException>(reading)).Topic);
            return;
        }

        var recording = await reading();
        Assert.Equal((topic, type), (recording.Topic, recording.Event.GetType()));
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Text_and_structs_around_text_can_be_ids(string store)
    {
        await using var shop = await Shop.OpenAsync(Url(store), cancellationToken: Token);
        await shop.SaveAsync([new Product("A-1", 12.50m), new Customer("ann@example.com")], Token);

        Assert.Equal(12.50m, (await shop.Repository.GetAsync<Product>(new Sku("A-1"), Token)).Price);
        Assert.True(await shop.Repository.ExistsAsync<Customer>("ann@example.com", Token));
        Assert.Equal("A-1", (await shop.NotificationLog.SelectAsync(cancellationToken: Token))[0].AggregateId);
    }

    [Fact]
    public async Task A_closed_application_refuses_calls()
    {
        var school = await OpenAsync("sqlite-file");
        await school.SaveAsync(new Dog("Fido"), Token);
        await school.DisposeAsync();
        await school.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await school.SaveAsync(new Dog("Rex"), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token));
        await using var again = await OpenAsync("sqlite-file");
        Assert.True(await again.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), Token));
    }

    [Fact]
    public async Task Loading_from_SQLite_completes_synchronously()
    {
        await using var school = await OpenAsync("sqlite-file");
        await school.SaveAsync(new Dog("Fido"), Token);

        var loading = school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"), Token).AsTask();

        Assert.True(loading.IsCompletedSuccessfully);
        Assert.Equal("Fido", (await loading).Name);
    }

    private static async Task InsertAsync(School school, Guid id, long version, string topic, string state) =>
        await school.Recorder.AppendAsync(new([new StoredEvent<Guid>(id, version, topic, Encoding.UTF8.GetBytes(state))], AppendCondition.VersionsFree), Token);

    private static async Task<T> Refused<T>(School school, Guid id)
        where T : Exception => await Assert.ThrowsAsync<T>(async () => await school.Repository.GetAsync<Dog>(id, Token));

    private static IEnumerable<long> Positions(IReadOnlyList<RecordedEvent<Guid>> recordings) => recordings.Select(r => r.Position!.Value);

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}
