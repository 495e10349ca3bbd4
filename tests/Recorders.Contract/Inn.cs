using EventSourcing;

namespace Recorders.Contract;

/// <summary>A row for each pup, with its tricks in their order.</summary>
[Projection("guests", Inline = true)]
public sealed partial record GuestRow([property: Key] PupId PupId, string Tricks, DateTimeOffset Since)
{
    private static GuestRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name, header.Timestamp);

    private GuestRow When(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return this with { Tricks = $"{Tricks},{e.Trick}" };
    }

    private GuestRow? When(Pup.Left e) => null;
}

/// <summary>A row for each word of tricks and names, which pups of many ids change.</summary>
[Projection("guest_words", Inline = true)]
public sealed partial record GuestWord([property: Key] string Word, List<string> Uses)
{
    private static string[] KeyOf(Pup.Learned e) => e.Trick.Split(' ');

    private static string[] KeyOf(Pup.Renamed e) => e.Name == "no key" ? throw new InvalidOperationException("secret") : e.Name.Split(' ');

    private static GuestWord When(GuestWord? row, string word, Pup.Learned e) => new(word, [.. row?.Uses ?? [], e.Trick]);

    private static GuestWord? When(GuestWord? row, string word, Pup.Renamed e) =>
        e.Name.StartsWith("gone", StringComparison.Ordinal) ? null : new(word, [.. row?.Uses ?? [], e.Name == "nul" ? "\0" : e.Name]);
}

/// <summary>The application with inline views, and with one that a runner writes.</summary>
[EventSourcedApplication(typeof(Pup), typeof(GuestRow), typeof(GuestWord), typeof(TrickCount), TablePrefix = "inn")]
public sealed partial class Inn
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Inn> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Inn, Guid>("inn_events", options ?? new(), Create, Create), default);
}

/// <summary>The application before it had inline views.</summary>
[EventSourcedApplication(typeof(Pup), typeof(TrickCount), TablePrefix = "inn")]
public sealed partial class EarlierInn
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<EarlierInn> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<EarlierInn, Guid>("inn_events", new(), Create, Create), default);
}

/// <summary>A later version of a view, with other columns.</summary>
[Projection("guests", Version = 2, Inline = true)]
public sealed partial record LaterGuest([property: Key] PupId PupId, int Count)
{
    private static LaterGuest When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), 0);

    private LaterGuest When(Pup.Learned e) => this with { Count = Count + 1 };

    private LaterGuest? When(Pup.Left e) => null;
}

/// <summary>The application after a change of a view.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterGuest), typeof(GuestWord), typeof(TrickCount), TablePrefix = "inn")]
public sealed partial class LaterInn
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterInn> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<LaterInn, Guid>("inn_events", new(), Create, Create), default);
}

/// <summary>The view that parked events, and is written by saves now.</summary>
[Projection("parking", Inline = true)]
public sealed partial record InlineParkingRow([property: Key] PupId PupId, string Tricks)
{
    private static InlineParkingRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name);

    private InlineParkingRow When(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return this with { Tricks = $"{Tricks},{e.Trick}" };
    }
}

/// <summary>The shelter whose view is written by saves now.</summary>
[EventSourcedApplication(typeof(Pup), typeof(InlineParkingRow), TablePrefix = "shelter")]
public sealed partial class InlineShelter
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<InlineShelter> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<InlineShelter, Guid>("shelter_events", new(), Create, Create), default);
}
