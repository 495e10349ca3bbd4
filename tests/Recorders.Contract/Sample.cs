using EventSourcing;

namespace Recorders.Contract;

/// <summary>An enum of the samples.</summary>
public enum Color
{
    Black,
    White,
}

/// <summary>Flags of the samples.</summary>
[Flags]
public enum Marks
{
    None = 0,
    Spots = 1,
    Stripes = 2,
}

/// <summary>An object of the samples.</summary>
public sealed record Meal(string Food, decimal Weight);

/// <summary>A view with a column of each type. Its values are those of <see cref="All"/>.</summary>
[Projection("samples")]
public sealed partial record Sample
{
    [Key]
    public required int Number { get; init; }

    public bool Boolean { get; init; }

    public sbyte SByte { get; init; }

    public byte Byte { get; init; }

    public short Int16 { get; init; }

    public ushort UInt16 { get; init; }

    public int Int32 { get; init; }

    public uint UInt32 { get; init; }

    [Index]
    public long Int64 { get; init; }

    public ulong UInt64 { get; init; }

    public float Single { get; init; }

    public double Double { get; init; }

    public decimal Decimal { get; init; }

    public char Char { get; init; } = 'a';

    [Index]
    public string String { get; init; } = "";

    [Index]
    public Guid Guid { get; init; }

    public PupId Pup { get; init; }

    public DateTimeOffset DateTimeOffset { get; init; }

    public DateTime DateTime { get; init; }

    [Index]
    public DateOnly DateOnly { get; init; }

    public TimeOnly TimeOnly { get; init; }

    public TimeSpan TimeSpan { get; init; }

    public Uri Uri { get; init; } = new("https://example.org/");

    [Index]
    public Color Color { get; init; }

    public Marks Marks { get; init; }

    public int? NullableInt32 { get; init; }

    public bool? NullableBoolean { get; init; }

    public double? NullableDouble { get; init; }

    public decimal? NullableDecimal { get; init; }

    [Index]
    public string? NullableString { get; init; }

    public Guid? NullableGuid { get; init; }

    public DateTimeOffset? NullableTime { get; init; }

    public TimeSpan? NullableTimeSpan { get; init; }

    public Color? NullableColor { get; init; }

    public byte[] Bytes { get; init; } = [];

    public byte[]? NullableBytes { get; init; }

    public IReadOnlyList<string> Words { get; init; } = [];

    public IReadOnlyDictionary<string, int>? Counts { get; init; }

    public Meal? Meal { get; init; }

    /// <summary>The values, by their numbers.</summary>
    public static IReadOnlyList<Sample> All { get; } =
    [
        new() { Number = 0 },
        new()
        {
            Number = 1, Boolean = true, SByte = sbyte.MinValue, Byte = byte.MaxValue, Int16 = short.MinValue, UInt16 = ushort.MaxValue, Int32 = int.MinValue,
            UInt32 = uint.MaxValue, Int64 = long.MinValue, UInt64 = ulong.MaxValue, Single = float.MaxValue, Double = double.MinValue, Decimal = decimal.MaxValue,
            Char = 'ß', String = "O'Neil \"quoted\" \\ 名前 🐕\n\t%_", Guid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
            Pup = new(Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100")),
            DateTimeOffset = new(2026, 11, 30, 23, 59, 59, 999, TimeSpan.FromHours(2)), DateTime = new(2026, 2, 28, 1, 2, 3, 4, 567), DateOnly = new(1999, 12, 31),
            TimeOnly = new(23, 59, 59, 999, 999), TimeSpan = TimeSpan.FromDays(-400) - TimeSpan.FromMicroseconds(1), Uri = new("relative/path?a=b", UriKind.Relative),
            Color = Color.White, Marks = Marks.Spots | Marks.Stripes, NullableInt32 = int.MaxValue, NullableBoolean = false, NullableDouble = 0.1,
            NullableDecimal = 1.10m, NullableString = "", NullableGuid = Guid.Empty, NullableTime = DateTimeOffset.UnixEpoch.AddTicks(10), NullableTimeSpan = TimeSpan.Zero,
            NullableColor = Color.Black, Bytes = [0, 1, 255], NullableBytes = [], Words = ["a", "", "名前"], Counts = new Dictionary<string, int> { ["x"] = 1, ["y"] = -1 },
            Meal = new("meat", 0.250m),
        },
        new()
        {
            Number = int.MaxValue, Int64 = 7, Single = float.NegativeInfinity, Double = double.PositiveInfinity, Decimal = -0.0000000000000000000000000001m, String = "b",
            DateTimeOffset = DateTimeOffset.MaxValue.AddTicks(-9), DateOnly = DateOnly.FromDayNumber(1), TimeSpan = TimeSpan.FromMicroseconds(1), NullableString = "b",
        },
        new() { Number = 3, Int64 = 7, String = "b", NullableString = "b", Color = Color.White },
        Lossy(4),
        Lossy(5),
    ];

    // With values that would be others after they are stored.
    private static Sample Lossy(int number) => new()
    {
        Number = number,
        Double = -0.0,
        Counts = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["b"] = 1, ["A"] = 2 },
    };

    private static int KeyOf(Pup.Measured e) => All[e.Number].Number;

    private static Sample When(Sample? row, Pup.Measured e) => row is null ? All[e.Number] : row with { Words = [.. row.Words, "again"], Counts = Count(row.Counts), DateTimeOffset = row.DateTimeOffset.AddTicks(3) };

    private static Dictionary<string, int>? Count(IReadOnlyDictionary<string, int>? counts)
    {
        if (counts is not Dictionary<string, int> dictionary)
        {
            return null;
        }

        // As code that keeps the comparer would do it.
        var copy = new Dictionary<string, int>(dictionary, dictionary.Comparer);
        copy["a"] = copy.GetValueOrDefault("a") + 1;
        return copy;
    }
}
