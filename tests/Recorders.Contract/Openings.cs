using EventSourcing;

namespace Recorders.Contract;

// A generated application accepts the addresses of the providers that the generator knows. Its private method Create takes any other recorder.

public sealed partial class School
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<School> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<School, Guid>("school_events", options ?? new(), Create, Create), default);
}

public sealed partial class Crates
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Crates> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Crates, Guid>("crates_events", options ?? new(), Create, Create), default);
}

public sealed partial class Baskets
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Baskets> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Baskets, Guid>("baskets_events", options ?? new(), Create, Create), default);
}

public sealed partial class Freights
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Freights> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Freights, Guid>("freights_events", options ?? new(), Create, Create), default);
}

public sealed partial class Hounds
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Hounds> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Hounds, Guid>("hounds_events", options ?? new(), Create, Create), default);
}

internal sealed partial class Depot
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Depot> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Depot, Guid>("depot_events", options ?? new(), Create, Create), default);
}

internal sealed partial class Bills
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Bills> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Bills, Guid>("bills_events", options ?? new(), Create, Create), default);
}

internal sealed partial class TextApplication
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<TextApplication> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<TextApplication, string>("contracttext_events", options ?? new(), Create, Create), default);
}

public sealed partial class Kennel
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Kennel> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Kennel, Guid>("kennel_events", options ?? new(), Create, Create), default);
}

public sealed partial class LaterKennel
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterKennel> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<LaterKennel, Guid>("kennel_events", options ?? new(), Create, Create), default);
}

public sealed partial class Signs
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Signs> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Signs, string>("signs_events", options ?? new(), Create, Create), default);
}
