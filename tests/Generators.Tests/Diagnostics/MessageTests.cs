using System.Globalization;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Diagnostics;

/// <summary>The messages of a build for ordinary mistakes: what is wrong, why, and what to do. Nothing else is reported.</summary>
public sealed class MessageTests
{
    private const string OrConverter = ", or give 'T' a converter with [StateConverter(typeof(…))]";

    [Theory]
    [InlineData("public class T { public int A { get; private set; } }", "'T.A' can't be set when the 'T' is read, because its setter isn't public: make it public, or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public int A { get; protected init; } }", "'T.A' can't be set when the 'T' is read, because its 'init' isn't public: make it public, or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public int A { get; } }", "'T.A' can't be set when the 'T' is read, because it has no setter: give it a public 'set' or 'init', or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public readonly int A; }", "'T.A' can't be set when the 'T' is read, because it is readonly: remove 'readonly', or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { private T() { } public int A { get; set; } }", "'T' has no constructor that 'Dog' can call, and 'T.A' can be set only in the object initializer of such a call: make the constructor public or internal, or give it a parameter 'a'" + OrConverter)]
    [InlineData("public class T(int b) { public int A { get; set; } = b; }", "no public property or field of 'T' matches the constructor's parameter 'b': add one with this name and type" + OrConverter)]
    [InlineData("public record T([property: StateIgnore] int A, int B);", "'T.A' is left out with [StateIgnore], but the constructor's parameter 'A' needs a value when the 'T' is read: remove [StateIgnore], or remove the parameter from the constructor" + OrConverter)]
    [InlineData("public class T(int a) { [StateIgnore] public int A { get; } = a; public int B { get; set; } }", "'T.A' is left out with [StateIgnore], but the constructor's parameter 'a' needs a value when the 'T' is read: remove [StateIgnore], or remove the parameter from the constructor" + OrConverter)]
    [InlineData("public class T : EventArgs { public int A { get; set; } }", "'T' derives from 'EventArgs', a framework class whose state can't be seen: remove the base class, or use one of your own" + OrConverter)]
    [InlineData("public abstract class T { public int A { get; set; } }", "'T' is abstract, so the type to create when it is read isn't known: use a class that isn't abstract" + OrConverter)]
    [InlineData("[EventSourced] public sealed partial class T { [Event(\"Made\")] public partial T(string id); private void Apply(Made e) { } }", "'T' is an aggregate, and its state comes from its own events: store its id instead, which has the type 'string'")]
    public void A_type_that_can_not_be_stored(string type, string reason)
    {
        Said("ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}", type, Sell("T value"));
        Said("ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}", type, Sell("List<T> value"));
    }

    [Theory]
    [InlineData("int[,]", "'int[,]' has several dimensions: use an array of arrays, or specify a converter for it with [assembly: StateConverterFor(typeof(int[,]), typeof(…))]")]
    [InlineData("Queue<int>", "'Queue<int>' is a framework type that has no JSON representation: use a simpler type, or specify a converter for it with [assembly: StateConverterFor(typeof(Queue<int>), typeof(…))]")]
    [InlineData("Dictionary<Key, int>", "'Key' can't be the key of a dictionary, because keys are property names in JSON: use the type of its 'Value', or a list of tuples")]
    [InlineData("Dictionary<Kind, int>", "'Kind' can't be the key of a dictionary, because keys are property names in JSON: use the type of its 'Day', or a list of tuples")]
    [InlineData("Dictionary<Point, int>", "'Point' can't be the key of a dictionary, because keys are property names in JSON: use a string, an integer, a Guid or an enum, or a list of tuples")]
    [InlineData("Dictionary<Place, int>", "'Place' can't be the key of a dictionary, because keys are property names in JSON: use a string, an integer, a Guid or an enum, or a list of tuples")]
    [InlineData("Endless<int>", "'Endless<int>' is nested in more than 64 levels, or infinitely, like a generic type that contains itself with another type argument: use a type with fewer levels, or specify a converter for it with [assembly: StateConverterFor(typeof(Endless<int>), typeof(…))]")]
    [InlineData("Registered", "'Registered' is an event, and an event can't be a field of another event: use its values instead, or a type of your own that both events contain")]
    [InlineData("List<Registered>", "'Registered' is an event, and an event can't be a field of another event: use its values instead, or a type of your own that both events contain")]
    [InlineData("Cat.Adopted", "'Cat.Adopted' is an event, and an event can't be a field of another event: use its values instead, or a type of your own that both events contain")]
    public void A_field_that_can_not_be_stored(string type, string reason) => Said(
        "ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}",
        "public readonly record struct Key(Guid Value); public record Kind(DayOfWeek Day); public record Point(int X, int Y); public record Place(Point Point); public record Endless<T>(Endless<List<T>>? Next);", Programs.Cat, Sell($"{type} value"));

    [Theory]
    [InlineData("ESG0005", "[Event(\"Sold\")] void IDisposable.Dispose() { }", "'Dispose' can't raise 'Sold', because it implements an interface explicitly, and such a method can't be partial; raise the event in a separate method, and call that method here")]
    [InlineData("ESG0005", "[Event(\"Sold\")] static Dog() { }", "'Dog' can't raise 'Sold', because it isn't an instance constructor, an ordinary method or a record; put [Event] on one of these")]
    [InlineData("ESG0005", "[Event(\"Sold\")] public partial void Sell(in string to);", "'Sell' can't raise 'Sold', because it takes the parameter 'to' by reference, but a field of an event is a value; take it by value")]
    [InlineData("ESG0005", "[Event(\"Sold\")] public partial void Sell(string timestamp);", "'Sell' can't raise 'Sold', because it has a parameter 'timestamp' that isn't a DateTimeOffset; the name is reserved for the time of the event, so give the parameter this type or another name")]
    [InlineData("ESG0007", "[Event(\"\")] public partial void Sell();", "'' can't be the name of an event: it is empty; describe what happened in one word, such as \"NameChanged\"")]
    [InlineData("ESG0007", "[Event(\"was sold\")] public partial void Sell();", "'was sold' can't be the name of an event: it must be an identifier, because it is also the name of the event's type; use one word, and set Topic = \"…\" to store another text")]
    [InlineData("ESG0007", "[Event(\"was sold\", TypeName = \"Sold\")] public partial void Sell();", "'was sold' can't be the name of an event: it must be an identifier, even when TypeName names the event's type; use one word, and set Topic = \"…\" to store another text")]
    public void An_event_that_can_not_be_raised(string id, string member, string message) =>
        Said(id, message, Programs.Dog(member + " public void Dispose() { }").Replace("class Dog", "class Dog : IDisposable", StringComparison.Ordinal));

    [Fact]
    public void An_aggregate_that_can_not_be_created() => Said(
        "ESG0024",
        "'Dog' has no creation event, which must be the first event of each 'Dog': put [Event(\"…\")] on a partial constructor or on a static partial method that returns a 'Dog', set Creates = true in the [Event] of a record of your own, or make the class abstract",
        "[EventSourced] public sealed partial class Dog { [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } }");

    [Theory]
    [InlineData("public readonly record struct Id<T>(Guid Value);", "Id<int>", ", because it is generic")]
    [InlineData("public sealed record Id(Guid Value);", "Id", ", because it is a class")]
    [InlineData("public readonly record struct Id(int Value);", "Id", "")]
    [InlineData("", "int", "")]
    public void A_type_that_can_not_be_an_id(string type, string id, string reason) => Said(
        "ESG0030",
        $"'{id}' can't be the id of 'Dog'{reason}: an id is a Guid, a string, a non-generic struct that holds exactly one public Guid or string and has a constructor that takes it, or a wrapper of a Guid or string by a known generator",
        $"{type} [EventSourced] public sealed partial class Dog {{ [Event(\"Made\")] public partial Dog({id} id); private void Apply(Made e) {{ }} }}");

    [Fact]
    public void An_id_of_a_type_that_is_private() => Said(
        "ESG0030",
        "'Dog.DogId' can't be the id of 'Dog', because it is private: an id is a Guid, a string, a non-generic struct that holds exactly one public Guid or string and has a constructor that takes it, or a wrapper of a Guid or string by a known generator",
        "[EventSourced(IdType = typeof(DogId))] public sealed partial class Dog { private readonly record struct DogId(Guid Value); [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }");

    [Theory]
    [InlineData("[EventSourced] public static partial class T", "an aggregate: it is static, but generated code creates instances of it; remove 'static'")]
    [InlineData("[EventSourced] public sealed partial record T", "an aggregate: it is a record, which is compared and copied by value; make it a class")]
    [InlineData("[EventSourced] file sealed partial class T", "an aggregate: it is local to its file, but the generated part is in another file; make it internal")]
    [InlineData("[EventSourcedApplication] public static partial class T", "an application: it is static, but generated code creates instances of it; remove 'static'")]
    [InlineData("[EventSourcedApplication] public abstract partial class T", "an application: it is abstract, but generated code creates instances of it; remove 'abstract'")]
    [InlineData("[EventSourced] public sealed partial class Version", "an aggregate: the generator adds a member 'Version' to it, and in C# a member can't have the name of its class; rename the class")]
    public void A_class_that_can_not_be_completed(string heading, string reason) =>
        Said("ESG0003", $"'{heading.Split(' ')[^1]}' can't be {reason}", heading + " { }");

    private static string Sell(string parameters) => Programs.Dog($"[Event(\"Sold\")] public partial void Sell({parameters}); private void Apply(Sold e) {{ }}");

    private static void Said(string id, string message, params string[] sources)
    {
        var said = Assert.Single(GeneratorRun.InBuild(sources).Result.Diagnostics);
        Assert.Equal($"{id}: {message}", $"{said.Id}: {said.GetMessage(CultureInfo.InvariantCulture)}");
    }
}
