using System.Collections.Immutable;

namespace EventSourcing.Tests;

/// <summary>The aggregate of the examples: an id that follows from a name.</summary>
[EventSourced]
public sealed partial class Dog
{
    public string Name { get; private set; }

    public List<string> Tricks { get; } = [];

    public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, $"/dogs/{name}");

    [Event("Registered")]
    public partial Dog(string name);

    private void Apply(Registered e) => Name = e.Name;

    [Event("TrickAdded")]
    public partial void AddTrick(string trick);

    private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
}

public readonly record struct CourseId(Guid Value);

/// <summary>A struct as id, several creation events, times given by the caller, a record of the user's, former topics.</summary>
[EventSourced("school.course", FormerTopics = ["Training"])]
public sealed partial class Course
{
    public string Title { get; private set; }

    public int Seats { get; private set; }

    public DateTimeOffset LastChange { get; private set; }

    public long LastVersion { get; private set; }

    [Event("Planned")]
    public partial Course(CourseId id, string title, int seats = 12);

    private void Apply(Planned e) => (Title, Seats) = (e.Title, e.Seats);

    [Event("Imported")]
    public static partial Course Import(CourseId id, string title, DateTimeOffset timestamp);

    private void Apply(Imported e) => Title = e.Title;

    [Event("Renamed", FormerTopics = ["course-renamed"])]
    public partial void Rename(string title);

    private void Apply(Renamed e, EventHeader header) => (Title, LastChange, LastVersion) = (e.Title, header.Timestamp, header.Version);

    [Event("Booked")]
    public sealed partial record Booking(int Seats);

    public bool TryBook(int seats)
    {
        if (seats > Seats)
        {
            return false;
        }

        Raise(new Booking(seats));
        return true;
    }

    private void Apply(Booking e) => Seats -= e.Seats;
}

/// <summary>Apply throws, or raises an event, when told to.</summary>
[EventSourced]
public sealed partial class Fragile
{
    public int Half { get; private set; }

    [Event("Made")]
    public partial Fragile(bool broken = false);

#pragma warning disable ESG0040 // what Apply must not do can still happen at run time
    private void Apply(Made e) => _ = e.Broken ? throw new InvalidOperationException("broken from the start") : 0;

    [Event("Changed")]
    public partial void Change(bool breaks);

    private void Apply(Changed e)
    {
        Half++;
        if (e.Breaks)
        {
            throw new InvalidOperationException("broken");
        }
    }
#pragma warning restore ESG0040

    [Event("Looped")]
    public partial void Loop();

#pragma warning disable ESG0020 // what the analyzer refuses must also be refused at run time
    private void Apply(Looped e) => Change(false);
#pragma warning restore ESG0020
}

[EventSourced]
public abstract partial class Animal
{
    public string Name { get; protected set; } = "";

    [Event("Renamed")]
    public partial void Rename(string name);

    private void Apply(Renamed e) => Name = e.Name;
}

[EventSourced]
public sealed partial class Cat : Animal
{
    public int Naps { get; private set; }

    [Event("Found")]
    public static partial Cat Find(string name);

    private void Apply(Found e) => Name = e.Name;

    [Event("Napped")]
    public partial void Nap();

    private void Apply(Napped e) => Naps++;
}

[EventSourced]
public sealed partial class Bird : Animal
{
    [Event("Hatched")]
    public partial Bird(string name);

    public void HatchAgain() => RaiseEvent(new Hatched("again"), null);

    private void Apply(Hatched e) => Name = e.Name;
}

/// <summary>One constructor raises nothing, which the analyzer refuses.</summary>
[EventSourced]
public sealed partial class Unborn
{
#pragma warning disable ESG0050 // what the analyzer refuses must also be refused at run time
    public Unborn()
    {
    }
#pragma warning restore ESG0050

    [Event("Born")]
    public partial Unborn(Guid id);

    private void Apply(Born e)
    {
    }

    [Event("Moved")]
    public partial void Move();

    private void Apply(Moved e)
    {
    }
}

/// <summary>An aggregate of another application.</summary>
[EventSourced]
public sealed partial class Stranger
{
    [Event("Appeared")]
    public partial Stranger();

    private void Apply(Appeared e)
    {
    }
}

/// <summary>Its converter accepts every value when the event is raised, but not always when it is saved.</summary>
[EventSourced]
public sealed partial class Moody
{
    [Event("Met")]
    public partial Moody(Guid id, [StateConverter(typeof(MoodConverter))] string mood);

    private void Apply(Met e)
    {
    }
}

internal static class MoodConverter
{
    public static AsyncLocal<bool> Refuses { get; } = new();

    public static void Write(System.Text.Json.Utf8JsonWriter writer, string value)
    {
        if (Refuses.Value)
        {
            throw new NotSupportedException(value);
        }

        writer.WriteStringValue(value);
    }

    public static string Read(ref System.Text.Json.Utf8JsonReader reader) => reader.GetString()!;
}

[EventSourcedApplication(typeof(Dog), typeof(Course), typeof(Fragile), typeof(Cat), typeof(Bird), typeof(Moody))]
public sealed partial class School;

public readonly record struct Sku(string Code);

[EventSourced]
public sealed partial class Product
{
    public static Sku CreateId(string code) => new(code);

    [Event("Listed", FormerTopics = ["old.Listed", "listed"])]
    public partial Product(string code, decimal price);

    public decimal Price { get; private set; }

    private void Apply(Listed e) => Price = e.Price;
}

[EventSourced]
public sealed partial class Customer
{
    public static string CreateId(string mail) => mail;

    [Event("Joined", FormerTopics = ["old.Joined"])]
    public partial Customer(string mail);

    private void Apply(Joined e)
    {
    }
}

[EventSourcedApplication(typeof(Product), typeof(Customer))]
public sealed partial class Shop;

/// <summary>Events with collections of all kinds.</summary>
[EventSourced]
public sealed partial class Show
{
    [Event("Opened")]
    public partial Show(
        string name, List<string> acts, string[]? judges = null, HashSet<int>? rows = null, Dictionary<string, List<int>>? marks = null, byte[]? poster = null,
        List<List<string>>? heats = null, ImmutableArray<int> seats = default, ImmutableArray<int>? boxes = null, (string Name, int[] Marks)? best = null, HashSet<(int, List<int>)>? pairs = null);

    private void Apply(Opened e) { }

    [Event("Judged")]
    public sealed partial record Judging(List<string> Judges, int other = 1);

    private void Apply(Judging e) { }

    [Event("Closed")]
    public partial record Closing(List<string> Left);

    private void Apply(Closing e) { }

    [Event("Counted")]
    public sealed partial record Counting(List<int> Heads)
    {
        public bool Equals(Counting? other) => other?.Heads.Count == Heads.Count;

        public override int GetHashCode() => Heads.Count;

        public override string ToString() => "counted";
    }

    private void Apply(Counting e) { }
}
