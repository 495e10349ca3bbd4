using System.Collections.Concurrent;
using System.Text.Json;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>The id of a fox.</summary>
public readonly record struct FoxId(Guid Value);

/// <summary>A value that can't be read as long as its fault isn't repaired: as if a program with a fix was deployed.</summary>
[StateConverter(typeof(ScentConverter))]
public readonly record struct Scent(string Value);

/// <summary>Reads and writes a scent.</summary>
public static class ScentConverter
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter writer, Scent value) => writer.WriteStringValue(value.Value);

    /// <summary>Reads it.</summary>
    public static Scent Read(ref Utf8JsonReader reader)
    {
        var text = reader.GetString()!;
        Faults.ThrowFor(text);
        return new(text);
    }
}

/// <summary>An aggregate with events that can't always be read.</summary>
[EventSourced]
public sealed partial class Fox
{
    [Event("Born")]
    public partial Fox(FoxId id, string name);

    private void Apply(Born e)
    {
    }

    [Event("Smelled")]
    public partial void Smell(Scent scent);

    private void Apply(Smelled e)
    {
    }
}

/// <summary>A row for each fox, with what it smelled in its order. An event that can't be read, or that fails, is parked.</summary>
[Projection("smells", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record SmellRow([property: Key] FoxId FoxId, string Smells)
{
    private static SmellRow When(Fox.Born e, EventHeader header) => new(new FoxId(header.AggregateId), e.Name);

    private SmellRow When(Fox.Smelled e) => e.Scent.Value == "throw" ? throw new InvalidOperationException("secret") : this with { Smells = $"{Smells},{e.Scent.Value}" };
}

/// <summary>The same by handlers, in memory, so that they run on every engine.</summary>
[Projection("smell_notes", OnError = ProjectionErrorPolicy.Park)]
public sealed partial class SmellNotes
{
    private static readonly ConcurrentDictionary<Guid, SortedDictionary<long, string>> Notes = new();

    /// <summary>What the handlers were called for.</summary>
    public static string Of(Guid fox) => string.Join(',', Notes[fox].Values);

    private static void When(Fox.Born e, EventHeader header) => Add(header, e.Name);

    private static void When(Fox.Smelled e, EventHeader header) => Add(header, e.Scent.Value);

    private static void Reset()
    {
        // The notes of other stores stay.
    }

    private static void Add(EventHeader header, string note)
    {
        // A batch may be processed again, but never before an earlier event of the fox.
        var notes = Notes.GetOrAdd((Guid)header.AggregateId, static _ => []);
        Check.Equal(notes.Keys.Count(version => version < header.Version), (int)header.Version - 1);
        notes[header.Version] = note;
    }
}

/// <summary>A row for each scent: without the event, its key isn't known.</summary>
[Projection("scents", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record ScentCount([property: Key] string Scent, int Foxes)
{
    private static string KeyOf(Fox.Smelled e) => e.Scent.Value;

    private static ScentCount When(ScentCount? row, Fox.Smelled e) => new(e.Scent.Value, (row?.Foxes ?? 0) + 1);
}

/// <summary>The application whose projections park events that can't be read.</summary>
[EventSourcedApplication(typeof(Fox), typeof(SmellRow), typeof(SmellNotes), TablePrefix = "den")]
public sealed partial class Den
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Den> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<Den, Guid>("den_events", new(), Create, Create), default);
}

/// <summary>The application whose projection can't.</summary>
[EventSourcedApplication(typeof(Fox), typeof(ScentCount), TablePrefix = "burrow")]
public sealed partial class Burrow
{
    /// <summary>Opens it on the engine of a fixture.</summary>
    public static async ValueTask<Burrow> OpenForAsync(RecorderFixture fixture) =>
        await OpenAsync(fixture.Create<Burrow, Guid>("burrow_events", new(), Create, Create), default);
}
