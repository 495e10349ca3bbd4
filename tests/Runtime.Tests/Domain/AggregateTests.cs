using Xunit;

namespace EventSourcing.Tests.Domain;

/// <summary>Aggregates without a store.</summary>
public class AggregateTests
{
    private static readonly DateTimeOffset Noon = new(2020, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_constructor_raises_the_creation_event_and_applies_it()
    {
        var dog = new Dog("Fido");

        Assert.Equal("Fido", dog.Name);
        Assert.Equal(Dog.CreateId("Fido"), dog.Id);
        Assert.Equal(1, dog.Version);
        var pending = Assert.Single(dog.PendingEvents);
        Assert.Equal(new Dog.Registered("Fido"), pending.Event);
        Assert.Equal(1, pending.Header.Version);
    }

    [Fact]
    public void Commands_raise_events_in_order()
    {
        var dog = new Dog("Fido");
        dog.AddTrick("roll over");
        dog.AddTrick("play dead");

        Assert.Equal(["roll over", "play dead"], dog.Tricks);
        Assert.Equal(3, dog.Version);
        Assert.Equal([1, 2, 3], dog.PendingEvents.Select(p => p.Header.Version));
        Assert.Equal(new Dog.TrickAdded("play dead"), dog.PendingEvents[2].Event);
    }

    [Fact]
    public void Times_come_from_the_clock_of_the_flow_in_UTC_and_microseconds()
    {
        var clock = new StoppedClock(Noon.AddTicks(12345678));
        Dog dog;
        using (AggregateClock.Use(clock))
        {
            dog = new Dog("Fido");
            clock.Now = Noon.AddHours(1).ToOffset(TimeSpan.FromHours(2));
            dog.AddTrick("sit");
        }

        Assert.Equal(Noon.AddTicks(12345670), dog.CreatedOn);
        Assert.Equal(Noon.AddHours(1), dog.ModifiedOn);
        Assert.Equal(TimeSpan.Zero, dog.ModifiedOn.Offset);
        Assert.True(AggregateClock.Now > DateTimeOffset.UtcNow.AddMinutes(-1), "the clock of the flow must be gone");
    }

    [Fact]
    public async Task The_clock_of_a_flow_reaches_neither_its_caller_nor_other_flows()
    {
        var before = AggregateClock.Now;
        await Task.Run(() => AggregateClock.Use(new StoppedClock(DateTimeOffset.UnixEpoch)), TestContext.Current.CancellationToken);

        Assert.True(AggregateClock.Now >= before);
    }

    [Fact]
    public void A_parameter_timestamp_is_the_time_and_not_a_field()
    {
        var course = Course.Import(new CourseId(Guid.CreateVersion7()), "Agility", Noon.AddTicks(7).ToOffset(TimeSpan.FromHours(3)));

        Assert.Equal(Noon, course.CreatedOn);
        Assert.Equal(new Course.Imported("Agility"), course.PendingEvents[0].Event);
    }

    [Fact]
    public void A_parameter_id_is_the_id_and_not_a_field_and_defaults_are_stored()
    {
        var id = new CourseId(Guid.CreateVersion7());
        var course = new Course(id, "Agility");

        Assert.Equal(id, course.Id);
        Assert.Equal(new Course.Planned("Agility", 12), course.PendingEvents[0].Event);
    }

    [Fact]
    public void Apply_may_read_version_and_time()
    {
        using var clock = AggregateClock.Use(new StoppedClock(Noon));
        var course = new Course(new CourseId(Guid.CreateVersion7()), "Agility");
        course.Rename("Agility 2");

        Assert.Equal((Noon, 2L), (course.LastChange, course.LastVersion));
    }

    [Fact]
    public void A_method_may_decide_and_raise_a_record_of_the_users()
    {
        var course = new Course(new CourseId(Guid.CreateVersion7()), "Agility", seats: 2);

        Assert.True(course.TryBook(2));
        Assert.False(course.TryBook(1));
        Assert.Equal(2, course.Version);
        Assert.Equal(new Course.Booking(2), course.PendingEvents[1].Event);
    }

    [Fact]
    public void Derived_aggregates_apply_their_own_events_and_those_of_the_base()
    {
        var cat = Cat.Find("Tom");
        cat.Nap();
        cat.Rename("Tim");

        Assert.Equal(("Tim", 1, 3L), (cat.Name, cat.Naps, cat.Version));
        Assert.Equal(new Animal.Renamed("Tim"), cat.PendingEvents[2].Event);
    }

    [Fact]
    public void The_first_event_must_be_a_creation_event()
    {
        var unborn = new Unborn();
        var exception = Assert.Throws<CreationEventException>(unborn.Move);

        Assert.Equal((nameof(Unborn), nameof(Unborn.Moved)), (exception.AggregateType, exception.EventType));
        Assert.Empty(unborn.PendingEvents);
        Assert.Throws<ArgumentException>(() => new Unborn(Guid.Empty));
    }

    [Fact]
    public void A_later_event_must_not_be_a_creation_event()
    {
        var bird = new Bird("Tweety");
        Assert.Throws<CreationEventException>(bird.HatchAgain);
        bird.Rename("Polly");

        Assert.Equal(("Polly", 2L), (bird.Name, bird.Version));
    }

    [Fact]
    public void An_exception_in_Apply_leaves_no_event_and_makes_the_instance_unusable()
    {
        var fragile = new Fragile();

        Assert.Throws<InvalidOperationException>(() => fragile.Change(breaks: true));

        Assert.Equal(1, fragile.Version);
        Assert.Single(fragile.PendingEvents);
        Assert.Equal(1, fragile.Half);
        var refused = Assert.Throws<AggregateFaultedException>(() => fragile.Change(breaks: false));
        Assert.Equal("Fragile", refused.AggregateType);
    }

    [Fact]
    public void An_exception_in_the_Apply_of_a_creation_reaches_the_caller() =>
        Assert.Equal("broken from the start", Assert.Throws<InvalidOperationException>(() => new Fragile(broken: true)).Message);

    [Fact]
    public void Raising_inside_Apply_is_refused()
    {
        var fragile = new Fragile();

        var refused = Assert.ThrowsAny<Exception>(fragile.Loop);

        Assert.Contains("inside Apply", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, fragile.Version);
        Assert.Equal(0, fragile.Half);
    }

    [Fact]
    public void An_empty_id_is_refused() => Assert.Throws<ArgumentException>(() => new Customer(""));

    [Fact]
    public void Pending_events_can_not_be_changed_from_outside()
    {
        var pending = new Dog("Fido").PendingEvents;
        Assert.False(pending is ICollection<PendingEvent> or System.Collections.IList);
        Assert.Equal(pending.ToList(), ((System.Collections.IEnumerable)pending).Cast<PendingEvent>());
        Assert.Throws<ArgumentOutOfRangeException>(() => pending[1]);
    }

    [Fact]
    public void The_text_of_an_aggregate_shows_its_properties()
    {
        using var clock = AggregateClock.Use(new StoppedClock(Noon));
        var dog = new Dog("Fido");
        dog.AddTrick("roll over");

        Assert.Equal(
            "Dog { Id = 1e1d7398-8986-57af-bb01-11a89b2f8b02, Version = 2, CreatedOn = 2020-11-23T12:00:00.0000000+00:00, ModifiedOn = 2020-11-23T12:00:00.0000000+00:00, Name = Fido, Tricks = [roll over] }",
            dog.ToString());
    }
}
