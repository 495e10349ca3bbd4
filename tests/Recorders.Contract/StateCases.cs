using System.Text.Json;
using EventSourcing;
using Recorders.Contract;

[assembly: StateConverterFor(typeof(Version), typeof(VersionConverter))]

namespace Recorders.Contract
{
    /// <summary>Values of all shapes are the same after they were stored and loaded.</summary>
    internal static class StateCases
    {
        public static IEnumerable<ContractCase> All =>
        [
            With("State: objects with private fields, kept parameters and left out members", async depot =>
            {
                var parcel = new Parcel(new ParcelId(Guid.NewGuid()), new Weight(1.5m), new Label("to Ann"), new Contents(["cup", "book"]));
                await depot.SaveAsync(parcel);
                var loaded = await depot.Repository.GetAsync<Parcel>(parcel.Id);
                Check.Equal(parcel.Id, loaded.Id);
                Check.Equal((1.5m, "to Ann"), (loaded.Weight.Kilograms, loaded.Label.Text));
                Check.Sequence(["cup", "book"], loaded.Contents.Items);
            }),
            With("State: wrappers of known generators and types of others, also as keys", async depot =>
            {
                var (first, second) = (new ParcelId(Guid.NewGuid()), new ParcelId(Guid.NewGuid()));
                var parcel = new Parcel(first, new Weight(1), new Label(""), new Contents([]));
                parcel.Join(new() { [second] = new Version(1, 2), [first] = null }, second, null);
                await depot.SaveAsync(parcel);
                var joined = (await depot.Repository.GetAsync<Parcel>(first)).Last as Parcel.Joined;
                Check.Equal((second, null), (joined!.Next, joined.Previous));
                Check.Equal((2, new Version(1, 2), null), (joined.Others.Count, joined.Others[second], joined.Others[first]));
            }),
            With("State: an event record with inherited members", async depot =>
            {
                var parcel = new Parcel(new ParcelId(Guid.NewGuid()), new Weight(1), new Label(""), new Contents([]));
                var sent = new Parcel.Sent("Ann") { User = "Bob", Stops = ["x"] };
                parcel.Send(sent);
                await depot.SaveAsync(parcel);
                var loaded = (await depot.Repository.GetAsync<Parcel>(parcel.Id)).Last as Parcel.Sent;
                Check.Equal(("Ann", "Bob", "x"), (loaded!.To, loaded.User, loaded.Stops.Single()));
            }),
            With("State: members that an old event lacks have their initial values", async depot =>
            {
                var parcel = new Parcel(new ParcelId(Guid.NewGuid()), new Weight(1), new Label(""), new Contents([]));
                await depot.SaveAsync(parcel);
                await depot.Recorder.Provider.InsertEventsAsync(
                    [Make.Event(parcel.Id.Value, 2, "Parcel.Sent", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","to":"Ann"}""")], true);
                var loaded = (await depot.Repository.GetAsync<Parcel>(parcel.Id)).Last as Parcel.Sent;
                Check.Equal(("Ann", "unknown", "depot"), (loaded!.To, loaded.User, loaded.Stops.Single()));
            }),
        ];

        private static ContractCase With(string name, Func<Depot, Task> run) => new(name, async fixture =>
        {
            await using var depot = await Depot.OpenForAsync(fixture);
            await run(depot);
        });
    }

    /// <summary>As the generator StronglyTypedId has it.</summary>
    [StronglyTypedIds.StronglyTypedId]
    public readonly partial record struct ParcelId;

    public readonly partial record struct ParcelId
    {
        public ParcelId(Guid value) => Value = value;

        public Guid Value { get; }
    }

    /// <summary>A private field that a property returns.</summary>
    public readonly struct Weight
    {
        private readonly decimal _kilograms;

        public Weight(decimal kilograms)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(kilograms);
            _kilograms = kilograms;
        }

        public decimal Kilograms => _kilograms;
    }

    /// <summary>A parameter that the object keeps.</summary>
    public sealed class Label(string text)
    {
        [StateIgnore]
        private int? _length;

        public string Text => text;

        public int Length => _length ??= text.Length;
    }

    /// <summary>A list behind a view of it.</summary>
    public sealed class Contents
    {
        private readonly List<string> _items = [];

        public Contents(IEnumerable<string> items) => _items.AddRange(items);

        public IReadOnlyList<string> Items => _items.AsReadOnly();
    }

    public abstract record Signed
    {
        public string User { get; init; } = "unknown";
    }

    internal static class VersionConverter
    {
        public static void Write(Utf8JsonWriter writer, Version value) => writer.WriteStringValue(value.ToString());

        public static Version Read(ref Utf8JsonReader reader) => Version.Parse(reader.GetString()!);
    }

    [EventSourced]
    internal sealed partial class Parcel
    {
        public Weight Weight { get; private set; }

        public Label Label { get; private set; }

        public Contents Contents { get; private set; }

        public IEvent? Last { get; private set; }

        [Event("Packed")]
        public partial Parcel(ParcelId id, Weight weight, Label label, Contents contents);

        private void Apply(Packed e) => (Weight, Label, Contents) = (e.Weight, e.Label, e.Contents);

        [Event("Joined")]
        public partial void Join(Dictionary<ParcelId, Version?> others, ParcelId next, ParcelId? previous);

        private void Apply(Joined e) => Last = e;

        [Event("Sent")]
        public sealed partial record Sent(string To) : Signed
        {
            public List<string> Stops { get; init; } = ["depot"];
        }

        private void Apply(Sent e) => Last = e;

        public void Send(Sent sent) => Raise(sent);
    }

    [EventSourcedApplication(typeof(Parcel), TablePrefix = "depot")]
    internal sealed partial class Depot;
}

namespace StronglyTypedIds
{
    [AttributeUsage(AttributeTargets.Struct)]
    internal sealed class StronglyTypedIdAttribute : Attribute;
}
