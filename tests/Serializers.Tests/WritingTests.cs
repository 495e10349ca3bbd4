using System.Collections.Immutable;
using EventSourcing.CompilerServices;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>A value that could not be read again is refused when its event is raised, and is never written.</summary>
public sealed class WritingTests
{
    private const string Half = "s3cr3t\ud800";

    public static TheoryData<string, IEvent, string> Refused => new()
    {
        { "null for text", new Objects.OwnEvent(null!) { Fields = "f" }, "'reader' is null" },
        { "null for an object", new Objects.People(null!), "'person' is null" },
        { "null in an object", new Objects.People(new Person(null!, [])), "'name' is null" },
        { "null in a list", new Objects.People(new Person("n", [null!])), "'children' is null" },
        { "half a pair", new Objects.OwnEvent(Half) { Fields = "f" }, "'reader' has" },
        { "the other half first", new Objects.OwnEvent("\udc00\ud800") { Fields = "f" }, "'reader' has" },
        { "the other half twice", new Objects.OwnEvent("\udc00\udc00") { Fields = "f" }, "'reader' has" },
        { "half a pair in the middle", new Objects.OwnEvent("a\ud83d\ude00\ud83db") { Fields = "f" }, "'reader' has" },
        { "half a pair inside", new Objects.People(new Person("n", [new Person(Half, [])])), "'name' has" },
        { "a derived class", new Objects.People(new Employee("n", [])), "'person' is of a class" },
        { "a derived record", new Objects.Records(new("s"), null, default, null, default, new() { Name = "n" }, new("d", 1), new Dog("d", 1)), "'animal' is of a class" },
        { "a converter that writes half", new Objects.Broken(1), "the converter of 'number'" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_value_that_could_not_be_read_is_refused(string what, IEvent e, string reason)
    {
        Assert.NotEmpty(what);
        Check<Objects>(e, reason);
    }

    [Fact]
    public void Scalars_without_a_form_are_refused()
    {
        var texts = new Scalars.Texts("x", 'x', default, new Uri("urn:x"), [], Colour.Red, Rights.Read);
        Check<Scalars>(texts with { Letter = '\ud800' }, "'letter' has");
        Check<Scalars>(texts with { Uri = null! }, "'uri' is null");
        Check<Scalars>(texts with { Uri = new Uri(Half, UriKind.Relative) }, "'uri' has");
        Check<Scalars>(texts with { Bytes = null! }, "'bytes' is null");
        Check<Scalars>(texts with { Colour = (Colour)99 }, "'colour' is");
        Check<Scalars>(texts with { Rights = (Rights)8 }, "'rights' is");
        Check<Scalars>(texts with { Rights = Rights.Read | (Rights)8 }, "'rights' is");
    }

    [Theory]
    [InlineData("A=1 B=2 C=4")]
    [InlineData("None=0 AB=3 BC=6")]
    [InlineData("A=1 ABC=7 CD=12 CD2=12 Top=9223372036854775808")]
    [InlineData("All=18446744073709551615 A=1")]
    [InlineData("")]
    public void Flags_are_accepted_if_and_only_if_they_have_names(string names)
    {
        (string, ulong)[] table = [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => n.Split('=')).Select(n => (n[0], ulong.Parse(n[1], System.Globalization.CultureInfo.InvariantCulture)))];
        foreach (var bits in Enumerable.Range(0, 32).Select(i => (ulong)i).SelectMany(i => new[] { i, i | (1UL << 63), ~i }))
        {
            var isWritten = Record.Exception(() => EventSourcing.CompilerServices.StateJson.NameOfFlags(bits, table, "f")) is null;
            Assert.Equal(isWritten, Record.Exception(() => EventSourcing.CompilerServices.RaisedValues.RequireFlags(bits, table, "f")) is null);
        }
    }

    [Fact]
    public void Collections_without_a_form_are_refused()
    {
        var lists = new Collections.Lists([], [], [], [], [], [], [], [], [], [], ImmutableList<double>.Empty, null, null, null);
        Check<Collections>(lists with { ImmutableArray = default }, "'immutableArray' is");
        Check<Collections>(lists with { NullableImmutable = default(ImmutableArray<string>) }, "'nullableImmutable' is");
        Check<Collections>(lists with { Array = null! }, "'array' is null");
        Check<Collections>(lists with { Array = [null!] }, "'array' is null");
        Check<Collections>(lists with { Jagged = [null!] }, "'jagged' is null");
        Check<Collections>(lists with { List = null! }, "'list' is null");
        Check<Collections>(lists with { List = [Half] }, "'list' has");
        Check<Collections>(lists with { Collection = [(Colour)99] }, "'collection' is");
        Check<Collections>(lists with { NullableImmutable = [Half] }, "'nullableImmutable' has");
    }

    [Fact]
    public void A_state_of_the_greatest_depth_is_written_and_read()
    {
        for (var depth = 1; depth < 40; depth++)
        {
            var person = new Person("n", []);
            for (var i = 1; i < depth; i++)
            {
                person = new Person("n", [person]);
            }

            var e = new Objects.People(person);
            if (depth <= 31)
            {
                var (topic, state) = Codec.Encode<Objects>(e);
                Assert.Null(Likeness.Difference(e, Codec.Decode<Objects>(System.Text.Encoding.UTF8.GetBytes(topic), state).Event));
                Assert.Null(Likeness.Difference(e, FixingTests.Fix(e.GetType(), e)));
            }
            else
            {
                Check<Objects>(e, "more than 64 levels deep");
            }
        }
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        var list = new List<Person>();
        var person = new Person("n", list);
        typeof(Person).GetField("<Children>k__BackingField", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.SetValue(person, list);
        list.Add(person);
        Check<Objects>(new Objects.People(person), "more than 64 levels deep");
    }

    [Fact]
    public void After_a_refused_event_the_next_state_is_whole()
    {
        var good = new Objects.OwnEvent("r") { Fields = "f" };
        var expected = Codec.Encode<Objects>(good).State;
        Check<Objects>(new Objects.People(new Person(new string('x', 100_000), [null!])), "null");
        Assert.Equal(expected, Codec.Encode<Objects>(good).State);
    }

    public static TheoryData<Exception, string, bool> Failures => new()
    {
        { new StateFormatException("the reason"), "the reason", false },
        { new ArgumentException("s3cr3t"), "a value has no JSON form", true },
        { new InvalidOperationException("s3cr3t"), "a value has no JSON form", true },
        { new NotSupportedException("s3cr3t"), "NotSupportedException while a value was read", true },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void An_exception_while_a_value_is_written_is_reported_without_its_message(Exception thrown, string reason, bool isInside)
    {
        var error = Assert.Throws<StateEncodeException>(() => Written(thrown));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error.Message, StringComparison.Ordinal);
        Assert.Same(isInside ? thrown : null, error.InnerException);
        Assert.Equal((Codec.Id, Codec.Version), (error.AggregateId, error.Version));
    }

    [Fact]
    public void Errors_of_the_library_and_of_memory_are_not_wrapped()
    {
        var known = Assert.Throws<StateEncodeException>(() => Written(new NotSupportedException()));
        Assert.Same(known, Assert.Throws<StateEncodeException>(() => Written(known)));
        var memory = new OutOfMemoryException();
        Assert.Same(memory, Assert.Throws<OutOfMemoryException>(() => Written(memory)));
    }

    [Fact]
    public void A_converter_writes_one_whole_value()
    {
        using var bytes = new MemoryStream();
        using var writer = new System.Text.Json.Utf8JsonWriter(bytes);
        writer.WriteStartArray();
        Assert.Throws<StateFormatException>(() => EventSourcing.CompilerServices.StateJson.RequireWritten(writer, 1, 1, "f"));
        writer.WriteNumberValue(5);
        EventSourcing.CompilerServices.StateJson.RequireWritten(writer, 1, 1, "f");
        writer.WriteStartObject();
        Assert.Throws<StateFormatException>(() => EventSourcing.CompilerServices.StateJson.RequireWritten(writer, 1, 2, "f"));
        writer.WriteEndObject();
        EventSourcing.CompilerServices.StateJson.RequireWritten(writer, 1, 2, "f");
        // Flushed bytes and bytes still in memory both count.
        writer.Flush();
        EventSourcing.CompilerServices.StateJson.RequireWritten(writer, 1, 2, "f");
        Assert.Equal(5, EventSourcing.CompilerServices.StateJson.Length(writer));
        writer.WriteEndArray();
        Assert.Equal(6, EventSourcing.CompilerServices.StateJson.Length(writer));
    }

    [Fact]
    public void Two_saves_on_one_thread_have_buffers_of_their_own()
    {
        var first = EventSourcing.Serialization.StateEncoder.Rent();
        var second = EventSourcing.Serialization.StateEncoder.Rent();
        Assert.NotSame(first, second);
        first.Write(new EventMetadata { CorrelationId = "c" });
        Assert.Equal(0, second.Length);
        first.Dispose();
        Assert.Equal(0, first.Length);
        var third = EventSourcing.Serialization.StateEncoder.Rent();
        Assert.Same(first, third);
        second.Dispose();
        third.Dispose();
        Assert.Same(second, EventSourcing.Serialization.StateEncoder.Rent());
    }

    private static string Written(Exception thrown)
    {
        using var encoder = EventSourcing.Serialization.StateEncoder.Rent();
        return encoder.Write(new Failing(thrown), new PendingEvent(new Objects.OwnEvent("r") { Fields = "f" }, new EventHeader(Codec.Version, Codec.Time)));
    }

    /// <summary>An aggregate that throws when its events are written.</summary>
    private sealed class Failing(Exception thrown) : IAggregate<Guid>
    {
        Guid IAggregate<Guid>.Key => Codec.Id;

        EventSourcing.CompilerServices.AggregateCore IAggregate<Guid>.Core => throw thrown;

        void IAggregate<Guid>.Apply(IEvent e, EventHeader header) => throw thrown;

        string IAggregate<Guid>.WriteEvent(EventSourcing.CompilerServices.StateWriter writer, IEvent e, DateTimeOffset timestamp) => throw thrown;
    }

    [Theory]
    [InlineData("name", ",\"name\":")]
    [InlineData("größe", ",\"größe\":")]
    [InlineData("\ud83d\ude00", ",\"\\uD83D\\uDE00\":")]
    public void A_name_is_written_with_its_punctuation(string name, string written) =>
        Assert.Equal(written, System.Text.Encoding.UTF8.GetString(EventSourcing.CompilerServices.StateJson.WrittenName(name)));

    private static void Check<TAggregate>(IEvent e, string reason)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var exception = Assert.Throws<StateEncodeException>(() => Codec.Encode<TAggregate>(e));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", exception.ToString(), StringComparison.Ordinal);
        Assert.Equal((Codec.Id, Codec.Version), (exception.AggregateId, exception.Version));

        var refused = Assert.Throws<EventValueException>(() => FixingTests.Fix(e.GetType(), e));
        Assert.Contains($"'{refused.Field}' ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", refused.ToString(), StringComparison.Ordinal);
    }
}
