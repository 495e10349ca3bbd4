using EventSourcing;

namespace Recorders.Contract;

// A generated application has a scheme for each provider that the generator knows. Its private method Create takes any other recorder.

public sealed partial class School
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<School> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("school_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

public sealed partial class Crates
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Crates> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("crates_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

public sealed partial class Baskets
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Baskets> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("baskets_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

public sealed partial class Freights
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Freights> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("freights_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

public sealed partial class Hounds
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Hounds> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("hounds_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

internal sealed partial class Depot
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Depot> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("depot_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

internal sealed partial class Bills
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<Bills> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<Guid>("bills_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}

internal sealed partial class TextApplication
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static ValueTask<TextApplication> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        fixture.RecorderOf<string>("contracttext_events", options ?? new()) is { } recorder ? OpenAsync(Create(recorder, options ?? new()), default) : OpenAsync(fixture.Url, options);
}
