using System.Collections.Concurrent;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>Tricks whose handlers fail, until they are repaired: as if a program with a fix was deployed.</summary>
internal static class Faults
{
    private static readonly ConcurrentDictionary<string, bool> Repaired = new(StringComparer.Ordinal);

    /// <summary>Returns the name of a trick that fails.</summary>
    public static string New() => $"fault {Guid.NewGuid():N}";

    public static void Repair(string trick) => Repaired[trick] = true;

    public static void ThrowFor(string trick)
    {
        if (trick.StartsWith("fault", StringComparison.Ordinal) && !Repaired.ContainsKey(trick))
        {
            throw new InvalidOperationException("secret");
        }
    }
}

/// <summary>A row for each pup, with its tricks in their order. An event that fails is parked.</summary>
[Projection("parking", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record ParkingRow([property: Key] PupId PupId, string Tricks)
{
    private static ParkingRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name);

    private ParkingRow When(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return this with { Tricks = $"{Tricks},{e.Trick}" };
    }

    private ParkingRow? When(Pup.Left e) => null;
}

/// <summary>A row for each word of names and for each trick. An event that fails is parked for the keys that it fails for.</summary>
[Projection("parked_words", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record ParkedWord([property: Key] string Word, List<string> Uses, string Note)
{
    private static string[] KeyOf(Pup.Renamed e) => e.Name.Split(' ');

    private static ParkedWord When(ParkedWord? row, string word, Pup.Renamed e)
    {
        // Changed in place, although it should not be: what failed must leave nothing behind.
        var uses = row?.Uses ?? [];
        uses.Add(e.Name);
        Faults.ThrowFor(word);

        // This can't be stored.
        return new(word, uses, word == "nul" ? "\0" : "");
    }
}

/// <summary>A row for each trick. An event that fails is skipped.</summary>
[Projection("skipping", OnError = ProjectionErrorPolicy.Skip)]
public sealed partial record SkippingRow([property: Key] string Trick, List<int> Versions)
{
    private static string KeyOf(Pup.Learned e)
    {
        Faults.ThrowFor(e.Trick);
        return e.Trick;
    }

    private static string KeyOf(Pup.Renamed e) => "names";

    private static SkippingRow When(SkippingRow? row, Pup.Learned e, EventHeader header) => new(e.Trick, [.. row?.Versions ?? [], (int)header.Version]);

    private static SkippingRow When(SkippingRow? row, Pup.Renamed e, EventHeader header)
    {
        var versions = row?.Versions ?? [];
        versions.Add((int)header.Version);
        return e.Name == "nul" ? new("names\0", versions) : e.Name == "throw" ? throw new InvalidOperationException("secret") : new("names", versions);
    }
}

/// <summary>The application whose projections go on after an error.</summary>
[EventSourcedApplication(typeof(Pup), typeof(ParkingRow), typeof(ParkedWord), typeof(SkippingRow), TablePrefix = "shelter")]
public sealed partial class Shelter
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Shelter> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<Shelter, Guid>("shelter_events", options ?? new(), Create, Create), default);
}

/// <summary>A later version of a view.</summary>
[Projection("parking", Version = 2)]
public sealed partial record LaterParkingRow([property: Key] PupId PupId, int Tricks)
{
    private static LaterParkingRow When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), 0);

    private LaterParkingRow When(Pup.Learned e) => this with { Tricks = Tricks + 1 };
}

/// <summary>The same application after a change of a view.</summary>
[EventSourcedApplication(typeof(Pup), typeof(LaterParkingRow), TablePrefix = "shelter")]
public sealed partial class LaterShelter
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<LaterShelter> OpenForAsync(RecorderFixture fixture, EventStoreOptions? options = null) =>
        await OpenAsync(fixture.Create<LaterShelter, Guid>("shelter_events", options ?? new(), Create, Create), default);
}
