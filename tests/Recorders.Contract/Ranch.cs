using EventSourcing;

namespace Recorders.Contract;

/// <summary>A row for each pup.</summary>
[Projection("stalls")]
public sealed partial record StallRow([property: Key] PupId PupId, [property: Index] string Name, int Tricks)
{
    private static StallRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name, 0);

    private StallRow When(Pup.Learned e) => this with { Tricks = Tricks + 1 };

    private StallRow When(Pup.Renamed e) => this with { Name = e.Name };

    private StallRow? When(Pup.Left e) => null;
}

/// <summary>A row for each pup. An event that fails is parked.</summary>
[Projection("herds", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record HerdRow([property: Key] PupId PupId, string Tricks)
{
    private static HerdRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name);

    private HerdRow When(Pup.Learned e) => this with { Tricks = $"{Tricks},{e.Trick}" };
}

/// <summary>An application whose views are built again.</summary>
[EventSourcedApplication(typeof(Pup), typeof(StallRow), typeof(HerdRow), TablePrefix = "ranch")]
public sealed partial class Ranch
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Ranch> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Ranch, Guid>("ranch_events", options ?? new(), Create, Create), default);
}

/// <summary>A later version with the same columns, so that programs with either version can read its rows.</summary>
[Projection("stalls", Version = 2)]
public sealed partial record LaterStall([property: Key] PupId PupId, [property: Index] string Name, int Tricks)
{
    private static LaterStall When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name, 0);

    private LaterStall When(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return this with { Tricks = Tricks + 100 };
    }

    private LaterStall When(Pup.Renamed e) => this with { Name = e.Name };

    private LaterStall? When(Pup.Left e) => null;
}

/// <summary>A later version of the view that parks.</summary>
[Projection("herds", Version = 2, OnError = ProjectionErrorPolicy.Park)]
public sealed partial record LaterHerd([property: Key] PupId PupId, string Tricks)
{
    private static LaterHerd When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name);

    private LaterHerd When(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return this with { Tricks = $"{Tricks}+{e.Trick}" };
    }
}

/// <summary>The application after its views were changed.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterStall), typeof(LaterHerd), TablePrefix = "ranch")]
public sealed partial class LaterRanch
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterRanch> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<LaterRanch, Guid>("ranch_events", options ?? new(), Create, Create), default);
}

/// <summary>A view whose names are as long as they may be.</summary>
[Projection("a_view_whose_name_is_as_long_as_it_ca_be")]
public sealed partial record LongRow([property: Key] PupId PupId, [property: Index] string AlsoALongNameOfAColumn)
{
    private static LongRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name);
}

/// <summary>An application with long names.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LongRow), TablePrefix = "long_prefix_of_a_house")]
public sealed partial class Longhouse
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Longhouse> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<Longhouse, Guid>("long_prefix_of_a_house_events", new(), Create, Create), default);
}

/// <summary>The application as a program that creates no tables.</summary>
[EventSourcedApplication(typeof(Pup), typeof(StallRow), typeof(HerdRow), TablePrefix = "ranch", CreateTables = false)]
public sealed partial class GivenRanch
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<GivenRanch> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<GivenRanch, Guid>("ranch_events", new(), Create, Create), default);
}

/// <summary>The later application as a program that creates no tables.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterStall), typeof(LaterHerd), TablePrefix = "ranch", CreateTables = false)]
public sealed partial class LaterGivenRanch
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterGivenRanch> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<LaterGivenRanch, Guid>("ranch_events", new(), Create, Create), default);
}
