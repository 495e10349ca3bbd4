using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using CsCheck;
using EventSourcing.Serializers.Tests.Types;

namespace EventSourcing.Serializers.Tests;

/// <summary>Generates values of any type that events can carry.</summary>
internal static class Arbitrary
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly string[] Special = ["\ud83d\ude00", "\\", "\"", "\u2028"];

    private static readonly string[] Uris = ["urn:a", "https://example.org/a?b=c#d", "../x", "", "a b"];

    private static readonly Gen<char> Letter = Gen.OneOf(Gen.Char['\0', '\u017f'], Gen.Char['\u2020', '\u2030'], Gen.Char['\ue000', '\uffff']);

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.OneOf(Letter.Select(c => c.ToString()), Gen.Int[0, 3].Select(i => Special[i])).Array[0, 12].Select(string.Concat),
        Gen.Char['a', 'z'].Array[0, 300].Select(c => new string(c)));

    private static readonly Dictionary<Type, Gen<object?>> Scalars = new()
    {
        [typeof(bool)] = Boxed(Gen.Bool),
        [typeof(sbyte)] = Boxed(Gen.SByte),
        [typeof(byte)] = Boxed(Gen.Byte),
        [typeof(short)] = Boxed(Gen.Short),
        [typeof(ushort)] = Boxed(Gen.UShort),
        [typeof(int)] = Boxed(Gen.Int),
        [typeof(uint)] = Boxed(Gen.UInt),
        [typeof(long)] = Boxed(Gen.Long),
        [typeof(ulong)] = Boxed(Gen.ULong),
        [typeof(nint)] = Boxed(Gen.Long.Select(l => (nint)l)),
        [typeof(nuint)] = Boxed(Gen.ULong.Select(l => (nuint)l)),
        [typeof(float)] = Boxed(Gen.Float),
        [typeof(double)] = Boxed(Gen.Double),
        [typeof(decimal)] = Boxed(Gen.Decimal),
        [typeof(char)] = Boxed(Letter),
        [typeof(string)] = Boxed(Text),
        [typeof(Guid)] = Boxed(Gen.Guid),
        [typeof(byte[])] = Boxed(Gen.Byte.Array[0, 20]),
        [typeof(Uri)] = Boxed(Gen.Int[0, 4].Select(i => new Uri(Uris[i], UriKind.RelativeOrAbsolute))),
        [typeof(DateTime)] = Boxed(Gen.Select(Gen.Long[TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay], Gen.Bool, (t, utc) => new DateTime(t, utc ? DateTimeKind.Utc : DateTimeKind.Unspecified))), // local ones can't be raised
        [typeof(DateTimeOffset)] = Boxed(Gen.Select(Gen.Long[TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay], Gen.Int[-14 * 60, 14 * 60], (t, m) => new DateTimeOffset(t, TimeSpan.FromMinutes(m)))),
        [typeof(DateOnly)] = Boxed(Gen.DateOnly),
        [typeof(TimeOnly)] = Boxed(Gen.TimeOnly),
        [typeof(TimeSpan)] = Boxed(Gen.Long.Select(TimeSpan.FromTicks)),
        [typeof(Colour)] = Boxed(Gen.Enum<Colour>()),
        [typeof(Rights)] = Boxed(Gen.OneOf(Gen.Int[0, 7], Gen.Const(-1)).Select(r => (Rights)r)),
        [typeof(Money)] = Boxed(Gen.Select(Gen.Bool, Gen.Decimal, (euro, amount) => euro ? (Money)new Euro(amount) : new Dollar(amount))),
        [typeof(Percent)] = Boxed(Gen.Int[-100, 100].Select(p => new Percent(p))),
        [typeof(Settings)] = Boxed(Gen.Select(Text, Gen.Int, Text.List[0, 3], (name, count, tags) => new Settings { Name = name, Count = count, Tags = tags })),
    };

    [ThreadStatic]
    private static bool _spoils;

    /// <summary>Any event of a type.</summary>
    public static Gen<IEvent> Event(Type type) => Constructed(type, [], depth: 3).Select(e => (IEvent)e!);

    /// <summary>Any event of a type, now and then with values that can't be stored.</summary>
    public static Gen<IEvent> Spoiled(Type type)
    {
        _spoils = true;
        try
        {
            return Event(type);
        }
        finally
        {
            _spoils = false;
        }
    }

    private static Gen<object?> Boxed<T>(Gen<T> gen) => gen.Select(value => (object?)value);

    private static Gen<object?> Of(NullabilityInfo info, int depth)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var arguments = info.GenericTypeArguments is [var only] && only.Type == type && type != info.Type ? only.GenericTypeArguments : info.GenericTypeArguments;
        var gen = Scalars.TryGetValue(type, out var scalar) ? scalar
            : type.IsArray ? Collection(type, [info.ElementType!], depth)
            : type.Namespace!.StartsWith("System.Collections", StringComparison.Ordinal) ? Collection(type, arguments, depth)
            : type == typeof(Person) ? Boxed(People(depth))
            : Constructed(type, arguments, depth);
        if (_spoils && Bad(type) is { Length: > 0 } bad)
        {
            gen = Gen.Frequency((40, gen), (1, Gen.Int[0, bad.Length - 1].Select(i => bad[i])));
        }

        return info.WriteState == NullabilityState.Nullable ? Gen.Frequency((1, Gen.Const((object?)null)), (4, gen)) : gen;
    }

    private static object?[] Bad(Type type) =>
        type == typeof(string) ? [null, "a\ud800"]
        : type == typeof(Uri) ? [null, new Uri("a\ud800", UriKind.Relative)]
        : type == typeof(char) ? ['\udc00']
        : type == typeof(Colour) ? [(Colour)99]
        : type == typeof(Rights) ? [(Rights)8]
        : type == typeof(Person) ? [null, new Employee("e", [])]
        : type.Name == "ImmutableArray`1" ? [Activator.CreateInstance(type)]
        : type.IsValueType || type.FullName!.StartsWith("System.Tuple`", StringComparison.Ordinal) ? []
        : [null];

    private static Gen<object?> Constructed(Type type, NullabilityInfo[] arguments, int depth)
    {
        // The argument of a type parameter has its nullability where the type is used.
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var parameters = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters();
        var declared = definition.GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters();
        var given = parameters.Zip(declared, (p, d) => Of(d.ParameterType.IsGenericParameter ? arguments[d.ParameterType.GenericParameterPosition] : Nullability.Create(p), depth));
        var required = type.GetProperties().Where(p => p.CustomAttributes.Any(a => a.AttributeType.Name == "RequiredMemberAttribute")).ToList();
        return Gen.Select(All(given), All(required.Select(p => Of(Nullability.Create(p), depth))), (values, set) =>
        {
            var made = Activator.CreateInstance(type, [.. values]);
            for (var i = 0; i < required.Count; i++)
            {
                required[i].SetValue(made, set[i]);
            }

            return made;
        });
    }

    private static Gen<ImmutableList<object?>> All(IEnumerable<Gen<object?>> gens) =>
        gens.Aggregate(Gen.Const(ImmutableList<object?>.Empty), (all, gen) => Gen.Select(all, gen, (list, value) => list.Add(value)));

    private static Gen<Person> People(int depth) =>
        Gen.Select(Text, depth == 0 ? Gen.Const(Array.Empty<Person>()) : People(depth - 1).Array[0, 3], (name, children) => new Person(name, children));

    private static Gen<object?> Collection(Type type, NullabilityInfo[] arguments, int depth)
    {
        var types = type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments();
        var make = typeof(Arbitrary).GetMethod(types.Length == 1 ? nameof(MakeItems) : nameof(MakeMap), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(types);
        var name = type.IsArray ? "Array" : type.Name;
        var items = arguments.Select(a => depth == 0 ? Gen.Const(Array.Empty<object?>()) : Of(a, depth - 1).Array[0, 4]).ToList();
        return items.Count == 1
            ? items[0].Select(i => make.Invoke(null, [name, i]))
            : Gen.Select(items[0], items[1], (keys, values) => make.Invoke(null, [name, keys, values]));
    }

    private static object MakeItems<T>(string name, object?[] items) => name switch
    {
        "Array" => items.Cast<T>().ToArray(),
        "ImmutableArray`1" => items.Cast<T>().ToImmutableArray(),
        "ImmutableList`1" or "IImmutableList`1" => items.Cast<T>().ToImmutableList(),
        "HashSet`1" or "ISet`1" or "IReadOnlySet`1" => items.Cast<T>().ToHashSet(),
        "SortedSet`1" => new SortedSet<T>(items.Cast<T>()),
        "ImmutableHashSet`1" or "IImmutableSet`1" => items.Cast<T>().ToImmutableHashSet(),
        "ImmutableSortedSet`1" => items.Cast<T>().ToImmutableSortedSet(),
        "FrozenSet`1" => items.Cast<T>().ToFrozenSet(),
        _ => items.Cast<T>().ToList(),
    };

    private static object MakeMap<TKey, TValue>(string name, object?[] keys, object?[] values)
        where TKey : notnull
    {
        var map = keys.Where(key => key is not null).Cast<TKey>().Zip(values.Cast<TValue>()).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second);
        return name switch
        {
            "SortedDictionary`2" => Sorted(map),
            "ImmutableDictionary`2" or "IImmutableDictionary`2" => map.ToImmutableDictionary(),
            "ImmutableSortedDictionary`2" => Sorted(map).ToImmutableSortedDictionary(),
            "FrozenDictionary`2" => map.ToFrozenDictionary(),
            _ => map,
        };
    }

    // Different texts may be equal to the comparer of a sorted map, such as texts that differ by a control character.
    private static SortedDictionary<TKey, TValue> Sorted<TKey, TValue>(Dictionary<TKey, TValue> map)
        where TKey : notnull
    {
        var sorted = new SortedDictionary<TKey, TValue>();
        foreach (var (key, value) in map)
        {
            sorted.TryAdd(key, value);
        }

        return sorted;
    }
}
