using System.Collections.Frozen;
using System.Collections.Immutable;
using EventSourcing.CompilerServices;
using EventSourcing.Serializers.Tests.Types;

namespace EventSourcing.Serializers.Tests;

/// <summary>An event of the golden file.</summary>
/// <param name="Name">Its heading in the golden file.</param>
/// <param name="Event">The event.</param>
/// <param name="Encode">Writes it.</param>
/// <param name="Decode">Reads it.</param>
/// <param name="DecodeStrictly">Reads it by the rules of JSON alone.</param>
/// <param name="DecodeWritten">Reads it if the library wrote it.</param>
public sealed record Sample(
    string Name, IEvent Event, Func<IEvent, (string Topic, byte[] State)> Encode, Func<string, byte[], (IEvent Event, DateTimeOffset Time)> Decode,
    Func<string, byte[], (IEvent Event, DateTimeOffset Time)> DecodeStrictly, Func<string, byte[], IEvent?> DecodeWritten)
{
    private static readonly Guid Guid1 = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly Guid Guid2 = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    public static IReadOnlyList<Sample> All { get; } =
    [
        Of<Scalars>("smallest", new Scalars.Numbers(
            false, sbyte.MinValue, byte.MinValue, short.MinValue, ushort.MinValue, int.MinValue, uint.MinValue, long.MinValue, ulong.MinValue,
            nint.MinValue, nuint.MinValue, float.MinValue, double.MinValue, decimal.MinValue)),
        Of<Scalars>("largest", new Scalars.Numbers(
            true, sbyte.MaxValue, byte.MaxValue, short.MaxValue, ushort.MaxValue, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue,
            nint.MaxValue, nuint.MaxValue, float.MaxValue, double.MaxValue, decimal.MaxValue)),
        Of<Scalars>("odd", new Scalars.Numbers(true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1f, 0.1, 1.500m)),
        Of<Scalars>("not finite", new Scalars.Numbers(true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, float.NaN, double.PositiveInfinity, 0.0000000000000000000000000001m)),
        Of<Scalars>("infinite", new Scalars.Numbers(true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, float.NegativeInfinity, -0.0, 0.00m)),
        Of<Scalars>("tiny", new Scalars.Numbers(true, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, float.Epsilon, double.Epsilon, -1)),
        Of<Scalars>("plain", new Scalars.Texts("roll over", 'x', Guid1, new Uri("https://example.org/Ü?q=1#f"), [0, 1, 250, 255], Colour.Green, Rights.Read)),
        Of<Scalars>("escaped", new Scalars.Texts(
            "\"\\/\b\f\n\r\t\0\u001f\u007f<>&'+ é ß 漢 \u2028 \ud83d\ude00", '"', Guid2, new Uri("../up/ two", UriKind.Relative), [], Colour.@event, Rights.Read | Rights.Write)),
        Of<Scalars>("edge", new Scalars.Texts("", '\0', Guid.Empty, new Uri("", UriKind.Relative), [255], Colour.Größe, default)),
        Of<Scalars>("alias", new Scalars.Texts("\uffff", 'é', Guid1, new Uri("urn:x"), [1, 2, 3], Colour.Crimson, Rights.Change)),
        Of<Scalars>("all rights", new Scalars.Texts("x", 'x', Guid1, new Uri("urn:x"), [1], Colour.Red, Rights.All)),
        Of<Scalars>("unspecified", new Scalars.Times(
            new DateTime(2026, 11, 23, 2, 33, 16, DateTimeKind.Unspecified), new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.FromHours(5.5)),
            new DateOnly(2026, 11, 23), new TimeOnly(2, 33, 16), new TimeSpan(1, 2, 3, 4))),
        Of<Scalars>("utc", new Scalars.Times(
            new DateTime(2026, 11, 23, 2, 33, 16, DateTimeKind.Utc).AddTicks(1_234_567), new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(1_200_000),
            DateOnly.MinValue, new TimeOnly(2, 33, 16).Add(TimeSpan.FromTicks(1)), -new TimeSpan(1))),
        Of<Scalars>("earliest", new Scalars.Times(default, DateTimeOffset.MinValue, DateOnly.MinValue, TimeOnly.MinValue, TimeSpan.MinValue)),
        Of<Scalars>("latest", new Scalars.Times(DateTime.MaxValue, DateTimeOffset.MaxValue, DateOnly.MaxValue, TimeOnly.MaxValue, TimeSpan.MaxValue)),
        Of<Scalars>("null", new Scalars.Nullables(null, null, null, null, null, null, null, null, null, null, null, null, null, null)),
        Of<Scalars>("present", new Scalars.Nullables(
            true, 1, -1, double.NaN, 1.0m, 'x', Guid1, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(-8)), TimeSpan.Zero, Colour.Red, Rights.Delete, "", new Uri("urn:x"), [])),
        Of<Collections>("empty", new Collections.Lists([], [], [], [], [], [], [], [], [], [], ImmutableList<double>.Empty, null, null, null)),
        Of<Collections>("full", new Collections.Lists(
            ["a", "b"], [[1], [], [2, 3]], ["x", null], [1, 2], [Colour.Red], [1.0m, 2.50m], [Guid1, Guid2], [[1], []], [1, null], [[1], []], ImmutableList.Create(0.5), [["x"], []], [["a"], null], ["i"])),
        Of<Collections>("empty", new Collections.Sets([], [], new HashSet<Colour>(), new HashSet<Guid>(), [], ImmutableHashSet<char>.Empty, [], FrozenSet<long>.Empty, null, [])),
        Of<Collections>("full", new Collections.Sets(
            ["a", "b"], [2, 1], new HashSet<Colour> { Colour.Green }, new HashSet<Guid> { Guid2, Guid1 }, ["x"], ImmutableHashSet.Create('c'), [new DateOnly(2026, 2, 1), new DateOnly(2026, 1, 1)],
            new long[] { 5 }.ToFrozenSet(), [(1, "x"), (1, "y")], [null, 1])),
        Of<Collections>("empty", new Collections.Maps(
            [], [], new Dictionary<Guid, List<int>>(), new Dictionary<Colour, decimal>(), ImmutableDictionary<long, bool>.Empty, ImmutableDictionary<ulong, char>.Empty,
            ImmutableSortedDictionary<string, Dictionary<byte, string>>.Empty, FrozenDictionary<Rights, int?>.Empty, null)),
        Of<Collections>("full", new Collections.Maps(
            new() { ["b \"é\""] = 1, [""] = 2 }, new() { [2] = null, [-1] = "x" }, new Dictionary<Guid, List<int>> { [Guid1] = [1] },
            new Dictionary<Colour, decimal> { [Colour.Größe] = 1.0m }, ImmutableDictionary<long, bool>.Empty.Add(long.MinValue, true),
            ImmutableDictionary<ulong, char>.Empty.Add(ulong.MaxValue, 'x'), ImmutableSortedDictionary<string, Dictionary<byte, string>>.Empty.Add("x", new() { [255] = "y" }),
            new Dictionary<Rights, int?> { [Rights.Read | Rights.Write] = null }.ToFrozenDictionary(), new() { [-1] = 1 })),
        Of<Collections>("full", new Collections.Tuples(
            (1, "x"), (2, null, (true, false)), (1, 2, 3, 4, 5, 6, 7, 8, "nine"), Tuple.Create(1, "x"), Tuple.Create(1, 2, 3, 4, 5, 6, 7, "eight"), new ValueTuple<int>(1), null, [("Ann", 9)])),
        Of<Objects>("full", new Objects.Records(
            new Address("High Street", 1), null, new Point(0.5, -1), new Point(1, 2), new Celsius(36.60m),
            new Settings { Name = "n", Count = 3, Tags = ["t"], Address = new Address("Low Street") }, new Dog("Fido", 3) { Good = true }, new Animal("Tom"))),
        Of<Objects>("full", new Objects.Generics(
            new Pair<string?>("a", null), new Pair<Pair<int>>(new(1, 2), new(3, 4)), [new("A", 1), new("B")], new() { ["x"] = null, ["y"] = new("Y") }, new((1, new("T")), (2, new("U"))))),
        Of<Objects>("family", new Objects.People(new Person("Ann", [new Person("Bob", [new Person("Cid", [])]), new Person("Dan", [])]))),
        Of<Objects>("converted", new Objects.Payments(new Euro(1.50m), null, [new Dollar(2), null], 255, null, 255)),
        Of<Objects>("own", new Objects.OwnEvent("r") { Fields = "f", @class = null }),
    ];

    private static Sample Of<TAggregate>(string name, IEvent e)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid> => new(
            $"{typeof(TAggregate).Name}.{e.GetType().Name} ({name})",
            e,
            e => Codec.Encode<TAggregate>(e),
            (topic, state) => Codec.Decode<TAggregate>(System.Text.Encoding.UTF8.GetBytes(topic), state),
            (topic, state) => Codec.DecodeStrictly<TAggregate>(System.Text.Encoding.UTF8.GetBytes(topic), state),
            (topic, state) => Codec.DecodeWritten<TAggregate>(System.Text.Encoding.UTF8.GetBytes(topic), state));
}

/// <summary>Events that would be long in the golden file.</summary>
internal static class Samples
{
    /// <summary>Each field holds its number.</summary>
    public static Wide.Filled Filled { get; } = (Wide.Filled)Activator.CreateInstance(typeof(Wide.Filled), [.. Enumerable.Range(0, 130).Cast<object>()])!;
}
