using System.Reflection;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Events;

/// <summary>Events that are records of the user are stored completely, with inherited members, or refused.</summary>
public class EventRecordTests
{
    private const string Aggregate = """
        [EventSourced]
        public sealed partial class Flight
        {
            public object? Last { get; private set; }

            [Event("Opened")]
            public partial Flight(Guid id);
            private void Apply(Opened e) { }

            [Event("Booked")]
            RECORD
            private void Apply(Booking e) => Last = e;

            public void Book(Booking e) => Raise(e);
        }
        """;

    private const string Trip = """
        [EventSourcedApplication(typeof(Flight))]
        public sealed partial class Airline;

        public static class Trip
        {
            public static async Task<string> Go()
            {
                await using var airline = await Airline.OpenAsync("memory:");
                var flight = new Flight(Guid.NewGuid());
                var booking = EXPRESSION;
                flight.Book(booking);
                await airline.SaveAsync(flight);
                var loaded = (await airline.Repository.GetAsync<Flight>(flight.Id)).Last;
                return Equals(loaded, booking) ? "" : $"{booking} became {loaded}";
            }
        }
        """;

    [Theory]
    [InlineData("public abstract record Base { public string User { get; init; } = \"\"; }", "public sealed partial record Booking(int Seats) : Base;", "new Flight.Booking(3) { User = \"ann\" }")]
    [InlineData("public abstract record Base(string User, int Age);", "public sealed partial record Booking(string User, int Seats) : Base(User, 7);", "new Flight.Booking(\"ann\", 3) { Age = 8 }")]
    [InlineData("public abstract record Base(string User);", "public sealed partial record Booking(string User, int Seats) : Base(User);", "new Flight.Booking(\"ann\", 3)")]
    [InlineData("", "public sealed partial record Booking(int Seats) { public string User = \"\"; }", "new Flight.Booking(3) { User = \"ann\" }")]
    [InlineData("", "public sealed partial record Booking { public string User { get; set; } = \"x\"; public List<int>? Seats { get; init; } }", "new Flight.Booking { User = \"ann\" }")]
    [InlineData("", "public sealed partial record Booking(int Seats) { internal string User { get; set; } = \"\"; }", null)]
    [InlineData("", "public sealed partial record Booking(int Seats) { private string _user = \"\"; public void Set() => _user = \"a\"; }", null)]
    [InlineData("public abstract record Base { private string _user = \"\"; public void Set() => _user = \"a\"; }", "public sealed partial record Booking(int Seats) : Base;", null)]
    [InlineData("", "public sealed partial record Booking(int Seats) { public int Rows { get; private set; } }", null)]
    [InlineData("", "public sealed partial record Booking;", "new Flight.Booking()")]
    [InlineData("", "public sealed partial record Booking(int Seats) { [StateIgnore] private int? _rows; public int Rows => _rows ??= Seats / 6; }", "new Flight.Booking(3)")]
    public async Task A_record_is_stored_completely_or_refused(string types, string record, string? expression)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, types + Aggregate.Replace("RECORD", record, StringComparison.Ordinal), expression is null ? "" : Trip.Replace("EXPRESSION", expression, StringComparison.Ordinal));
        if (expression is null)
        {
            Assert.DoesNotContain("Booked", string.Concat(run.Files.Values), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("", await (Task<string>)run.Compile().GetType("Trip")!.GetMethod("Go")!.Invoke(null, [])!);
        }
    }

    /// <summary>The members that a derived record adds would be lost, so it needs its own event.</summary>
    [Fact]
    public async Task A_record_that_derives_from_an_event_is_not_raised_as_its_base()
    {
        var run = GeneratorRun.With(
            GeneratorRun.CoreReferences,
            "public sealed record Vip(int Seats, string Colour) : Flight.Booking(Seats);" + Aggregate.Replace("RECORD", "public partial record Booking(int Seats);", StringComparison.Ordinal),
            Trip.Replace("EXPRESSION", "new Vip(1, \"blue\")", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<ArgumentException>(() => (Task<string>)run.Compile().GetType("Trip")!.GetMethod("Go")!.Invoke(null, [])!);
        Assert.Contains("Vip isn't an event of Flight", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Nothing is applied: the aggregate accepts other events and can be saved.</summary>
    [Fact]
    public void Raising_a_record_that_is_no_event_does_not_change_the_aggregate()
    {
        var program = GeneratorRun.With(GeneratorRun.CoreReferences, """
            using EventSourcing;
            [EventSourced] public sealed partial class Dog
            {
                [Event("Registered")] public partial Dog(string name);
                private void Apply(Registered e) { }
                [Event("Fed")] public partial record Fed(int N);
                private void Apply(Fed e) => Meals += e.N;
                public int Meals { get; private set; }
                public sealed record Double(int N) : Fed(N);
                public static int Try()
                {
                    var dog = new Dog("Fido");
                    try { dog.Raise(new Double(5)); }
                    catch (System.ArgumentException) { dog.Raise(new Fed(1)); }
                    return dog.Meals * 10 + dog.PendingEvents.Count;
                }
            }
            """).Compile();
        Assert.Equal(12, program.GetType("Dog")!.GetMethod("Try")!.Invoke(null, []));
    }

    /// <summary>Null is written as null. A missing field was therefore renamed or added, and only a default gives it a value.</summary>
    [Theory]
    [InlineData("public sealed partial record Sold(string? Note);", "'note' is missing")]
    [InlineData("public sealed partial record Sold(int? Note);", "'note' is missing")]
    [InlineData("public sealed partial record Sold { public string? Note { get; init; } }", "'note' is missing")]
    [InlineData("public sealed partial record Sold { public string? Note { get; set; } }", "'note' is missing")]
    [InlineData("public partial void Sell(string? note);", "'note' is missing")]
    [InlineData("public sealed partial record Sold(string? Note = null);", null)]
    [InlineData("public sealed partial record Sold(int? Note = null);", null)]
    [InlineData("public sealed partial record Sold { public string? Note { get; init; } = null; }", null)]
    [InlineData("public sealed partial record Sold { public string? Note { get; set; } = null; }", null)]
    [InlineData("public partial void Sell(string? note = null);", null)]
    public void A_missing_field_that_may_be_null_needs_a_default_too(string sold, string? reason)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            [EventSourced]
            public sealed partial class Shop
            {
                [Event("Opened")]
                public partial Shop(Guid id);
                private void Apply(Opened e) { }

                [Event("Sold")]
                {{sold}}
                private void Apply(Sold e) { }
            }

            public static class Trip
            {
                public static object? Read() => ((Shop.Sold)Read<Shop>()).Note;

                private static IEvent Read<T>() where T : class, EventSourcing.CompilerServices.IAggregate<T, Guid, Guid>
                {
                    var state = new EventSourcing.CompilerServices.StateReader("{\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\"}"u8, byRules: true);
                    return T.ReadEvent("Shop.Sold"u8, ref state)!;
                }
            }
            """);
        var read = run.Compile().GetType("Trip")!.GetMethod("Read")!;
        if (reason is null)
        {
            Assert.Null(read.Invoke(null, []));
        }
        else
        {
            Assert.Contains(reason, Assert.Throws<TargetInvocationException>(() => read.Invoke(null, [])).InnerException!.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>An old state lacks a member that was added later. The member gets its initial value, even one that isn't constant.</summary>
    [Fact]
    public void Missing_fields_get_their_initial_values()
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, """
            public sealed record Box(int Size) { public List<string> Items { get; init; } = ["a"]; public required string Label { get; init; } public Guid Id { get; init; } = new("00112233-4455-6677-8899-aabbccddeeff"); }
            public readonly struct Lid() { public string Colour { get; init; } = string.Concat("re", "d"); }

            [EventSourced]
            public sealed partial class Shop
            {
                public Sold? Last { get; private set; }

                [Event("Opened")]
                public partial Shop(Guid id);
                private void Apply(Opened e) { }

                [Event("Sold")]
                public sealed partial record Sold(Box Box, Lid Lid)
                {
                    public string Note { get; init; } = "none";
                    public List<string> Tags { get; init; } = ["t"];
                    public string Seen { get; set; } = string.Concat("n", "o");
                }
                private void Apply(Sold e) => Last = e;
            }

            public static class Trip
            {
                public static string Read(string state)
                {
                    var reader = new EventSourcing.CompilerServices.StateReader(System.Text.Encoding.UTF8.GetBytes(state), byRules: true);
                    var e = (Shop.Sold)Read<Shop>(ref reader);
                    return $"{string.Join(",", e.Box.Items)} {e.Box.Label} {e.Box.Id.ToString()[..4]} {e.Lid.Colour} {e.Note} {string.Join(",", e.Tags)} {e.Seen}";
                }

                private static IEvent Read<T>(ref EventSourcing.CompilerServices.StateReader reader) where T : class, EventSourcing.CompilerServices.IAggregate<T, Guid, Guid> =>
                    T.ReadEvent("Shop.Sold"u8, ref reader)!;
            }
            """);
        var read = run.Compile().GetType("Trip")!.GetMethod("Read")!;
        Assert.Equal("a l 0011 red none t no", read.Invoke(null, ["""{"timestamp":"2026-11-23T02:33:16.348611+00:00","box":{"size":1,"label":"l"},"lid":{}}"""]));
        Assert.Equal("b l 0011 red x t,u y", read.Invoke(null, ["""{"timestamp":"2026-11-23T02:33:16.348611+00:00","box":{"size":1,"label":"l","items":["b"]},"lid":{},"note":"x","tags":["t","u"],"seen":"y"}"""]));
    }
}
