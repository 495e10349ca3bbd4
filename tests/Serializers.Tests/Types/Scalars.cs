namespace EventSourcing.Serializers.Tests.Types;

public enum Colour
{
    Red,
    Green,
    Crimson = Red,
    @event = 7,
    Größe = -1,
}

[Flags]
public enum Rights
{
    Read = 1,
    Write = 2,
    Delete = 4,
    Change = Write | Delete,
    All = -1,
}

/// <summary>An event for every kind of value that is one JSON value.</summary>
[EventSourced]
public sealed partial class Scalars
{
    public static Guid CreateId(Guid guid) => guid;

    [Event("Made")]
    public partial Scalars(Guid guid);

    [Event("Numbers")]
    public partial void AddNumbers(
        bool boolean, sbyte signedByte, byte unsignedByte, short int16, ushort uint16, int int32, uint uint32, long int64, ulong uint64,
        nint native, nuint unsignedNative, float single, double @double, decimal money);

    [Event("Texts")]
    public partial void AddTexts(string text, char letter, Guid guid, Uri uri, byte[] bytes, Colour colour, Rights rights);

    [Event("Times")]
    public partial void AddTimes(DateTime time, DateTimeOffset timeWithOffset, DateOnly date, TimeOnly timeOfDay, TimeSpan span);

    [Event("Nullables")]
    public partial void AddNullables(
        bool? boolean, int? int32, nint? native, double? @double, decimal? money, char? letter, Guid? guid, DateTimeOffset? time, TimeSpan? span,
        Colour? colour, Rights? rights, string? text, Uri? uri, byte[]? bytes);

    [Event("Defaults")]
    public partial void AddDefaults(
        int int32 = 42, string text = "a \"default\"", string? nothing = null, Colour colour = Colour.Green, double @double = double.NaN,
        decimal money = 1.50m, char letter = '\'', long? int64 = null, int? other = 7, DateTime time = default, bool boolean = true);

    private void Apply(Made e) => _ = e;

    private void Apply(Numbers e) => _ = e;

    private void Apply(Texts e) => _ = e;

    private void Apply(Times e) => _ = e;

    private void Apply(Nullables e) => _ = e;

    private void Apply(Defaults e) => _ = e;
}
