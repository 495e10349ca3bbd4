using System.Text.Json;

namespace EventSourcing.Serializers.Tests.Types;

public sealed record Address(string Street, int? Number = null)
{
    public string Shown => $"{Street} {Number}";
}

public record struct Point(double X, double Y);

public readonly struct Celsius(decimal degrees)
{
    public decimal Degrees { get; } = degrees;
}

/// <summary>A class that is set member by member.</summary>
public sealed class Settings
{
    public required string Name { get; init; }

    public int Count;

    public List<string> Tags { get; set; } = ["default"];

    public Address? Address { get; set; }
}

public class Person
{
    // Has fewer parameters, so the generated code doesn't call it.
    public Person(string name)
        : this(name, [])
    {
    }

    public Person(string name, IEnumerable<Person> children)
    {
        Name = name;
        Children = [.. children];
    }

    public string Name { get; }

    public IReadOnlyList<Person> Children { get; }
}

public sealed class Employee(string name, IEnumerable<Person> children) : Person(name, children);

public record Animal(string Name);

public sealed record Dog(string Name, int Age) : Animal(Name)
{
    public bool Good { get; init; } = true;
}

public sealed record Pair<T>(T First, T Second);

/// <summary>An object that refuses values.</summary>
public sealed record Percent
{
    public Percent(int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100);
        Value = value;
    }

    public int Value { get; }
}

[StateConverter(typeof(MoneyConverter))]
public abstract record Money(decimal Amount);

public sealed record Euro(decimal Amount) : Money(Amount);

public sealed record Dollar(decimal Amount) : Money(Amount);

internal static class MoneyConverter
{
    public static void Write(Utf8JsonWriter writer, Money value)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Amount);
        writer.WriteStringValue(value is Euro ? "EUR" : "USD");
        writer.WriteEndArray();
    }

    public static Money Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new StateFormatException("money is not an array");
        }

        reader.Read();
        var amount = reader.GetDecimal();
        reader.Read();
        Money money = reader.ValueTextEquals("EUR") ? new Euro(amount) : new Dollar(amount);
        reader.Read();
        return money;
    }
}

internal static class HexConverter
{
    public static void Write(Utf8JsonWriter writer, int value) => writer.WriteStringValue(value.ToString("X", null));

    public static int Read(ref Utf8JsonReader reader) => int.Parse(reader.GetString()!, System.Globalization.NumberStyles.HexNumber, null);
}

/// <summary>Writes half a value, and reads two.</summary>
internal static class BrokenConverter
{
    public static void Write(Utf8JsonWriter writer, int value) => writer.WriteStartArray();

    public static int Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        return 0;
    }
}

/// <summary>An event for every way in which an object can be created.</summary>
[EventSourced]
public sealed partial class Objects
{
    public static Guid CreateId(Guid guid) => guid;

    [Event("Made")]
    public partial Objects(Guid guid);

    [Event("Records")]
    public partial void AddRecords(Address address, Address? nothing, Point point, Point? nullablePoint, Celsius celsius, Settings settings, Dog dog, Animal animal);

    [Event("Generics")]
    public partial void AddGenerics(Pair<string?> texts, Pair<Pair<int>> pairs, List<Address> addresses, Dictionary<string, Address?> byName, Pair<(int, Address)>? tuples);

    [Event("People")]
    public partial void AddPerson(Person person);

    [Event("Refusals")]
    public partial void AddPercent(Percent percent);

    [Event("Payments")]
    public partial void AddMoney(Money money, Money? nothing, List<Money?> moneys, [StateConverter(typeof(HexConverter))] int hex, [StateConverter(typeof(HexConverter))] int? maybeHex, int plain);

    [Event("Broken")]
    public partial void AddBroken([StateConverter(typeof(BrokenConverter))] int number);

    /// <summary>An event of our own.</summary>
    [Event("Own")]
    public sealed partial record OwnEvent(string Reader, int Writer = 3)
    {
        public required string Fields { get; init; }

        public string? @class { get; init; }
    }

    private void Apply(Made e) => _ = e;

    private void Apply(Records e) => _ = e;

    private void Apply(Generics e) => _ = e;

    private void Apply(People e) => _ = e;

    private void Apply(Refusals e) => _ = e;

    private void Apply(Payments e) => _ = e;

    private void Apply(Broken e) => _ = e;

    private void Apply(OwnEvent e) => _ = e;
}
