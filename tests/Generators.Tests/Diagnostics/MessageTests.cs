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
    [InlineData("public class T { public int A { get; private set; } }", "'T.A' could not be set when the 'T' is read, because its setter isn't public: make it public, or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public int A { get; protected init; } }", "'T.A' could not be set when the 'T' is read, because its 'init' isn't public: make it public, or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public int A { get; } }", "'T.A' could not be set when the 'T' is read, because it has no setter: give it a public 'set' or 'init', or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { public readonly int A; }", "'T.A' could not be set when the 'T' is read, because it is readonly: remove that, or give the constructor a parameter 'a' that sets it" + OrConverter)]
    [InlineData("public class T { private T() { } public int A { get; set; } }", "'T' has no constructor that 'Dog' can call, and 'T.A' can be set only together with such a call: make the constructor public or internal, or give it a parameter 'a'" + OrConverter)]
    [InlineData("public class T(int b) { public int A { get; set; } = b; }", "no public property or field of 'T' fits the constructor's parameter 'b': give 'T' one with this name and type" + OrConverter)]
    [InlineData("public record T([property: StateIgnore] int A, int B);", "'T.A' is left out with [StateIgnore], but the constructor's parameter 'A' needs a value when the 'T' is read: remove [StateIgnore], or let the constructor do without the parameter" + OrConverter)]
    [InlineData("public class T(int a) { [StateIgnore] public int A { get; } = a; public int B { get; set; } }", "'T.A' is left out with [StateIgnore], but the constructor's parameter 'a' needs a value when the 'T' is read: remove [StateIgnore], or let the constructor do without the parameter" + OrConverter)]
    [InlineData("public class T : EventArgs { public int A { get; set; } }", "'T' derives from 'EventArgs', a class of the framework, whose state can't be seen: derive it from no class, or from one of yours" + OrConverter)]
    [InlineData("public abstract class T { public int A { get; set; } }", "'T' is abstract, which doesn't say what to make when it is read: use a class that isn't" + OrConverter)]
    [InlineData("[EventSourced] public sealed partial class T { [Event(\"Made\")] public partial T(string id); private void Apply(Made e) { } }", "'T' is an aggregate, whose state is made of its own events: store its id instead, of the type 'string'")]
    public void A_type_that_can_not_be_stored(string type, string reason)
    {
        Said("ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}", type, Sell("T value"));
        Said("ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}", type, Sell("List<T> value"));
    }

    [Theory]
    [InlineData("int[,]", "'int[,]' has several dimensions: use an array of arrays, or name a converter for it with [assembly: StateConverterFor(typeof(int[,]), typeof(…))]")]
    [InlineData("Queue<int>", "'Queue<int>' is a type of the framework that has no form of its own in JSON: use a simpler type, or name a converter for it with [assembly: StateConverterFor(typeof(Queue<int>), typeof(…))]")]
    [InlineData("Dictionary<Key, int>", "'Key' can't be the key of a dictionary, because keys are names in JSON: use the type of its 'Value', or a list of tuples")]
    [InlineData("Dictionary<Kind, int>", "'Kind' can't be the key of a dictionary, because keys are names in JSON: use the type of its 'Day', or a list of tuples")]
    [InlineData("Dictionary<Point, int>", "'Point' can't be the key of a dictionary, because keys are names in JSON: use a string, an integer, a Guid or an enum, or a list of tuples")]
    [InlineData("Dictionary<Place, int>", "'Place' can't be the key of a dictionary, because keys are names in JSON: use a string, an integer, a Guid or an enum, or a list of tuples")]
    [InlineData("Endless<int>", "'Endless<int>' is nested in more than 64 levels, or without end, as a generic type that holds itself with another type argument: use a type that is nested less, or name a converter for it with [assembly: StateConverterFor(typeof(Endless<int>), typeof(…))]")]
    [InlineData("Registered", "'Registered' is an event itself, and an event can't be a field of another one: take its values instead, or a type of your own that both events have")]
    [InlineData("List<Registered>", "'Registered' is an event itself, and an event can't be a field of another one: take its values instead, or a type of your own that both events have")]
    [InlineData("Cat.Adopted", "'Cat.Adopted' is an event itself, and an event can't be a field of another one: take its values instead, or a type of your own that both events have")]
    public void A_field_that_can_not_be_stored(string type, string reason) => Said(
        "ESG0006", $"'value' of the event 'Sold' can't be stored: {reason}",
        "public readonly record struct Key(Guid Value); public record Kind(DayOfWeek Day); public record Point(int X, int Y); public record Place(Point Point); public record Endless<T>(Endless<List<T>>? Next);", Programs.Cat, Sell($"{type} value"));

    [Theory]
    [InlineData("ESG0005", "[Event(\"Sold\")] void IDisposable.Dispose() { }", "'Dispose' can't raise 'Sold', because it implements an interface explicitly, and such a method can't be partial; raise the event in a method of its own, and call that here")]
    [InlineData("ESG0005", "[Event(\"Sold\")] static Dog() { }", "'Dog' can't raise 'Sold', because it is neither an instance constructor, an ordinary method nor a record; put [Event] on one of these")]
    [InlineData("ESG0005", "[Event(\"Sold\")] public partial void Sell(in string to);", "'Sell' can't raise 'Sold', because it has a parameter 'to' by reference, and a field of an event is a value; take it as a value")]
    [InlineData("ESG0005", "[Event(\"Sold\")] public partial void Sell(string timestamp);", "'Sell' can't raise 'Sold', because it has a parameter 'timestamp' that is no DateTimeOffset; that name stands for the time of the event, so give it this type or another name")]
    [InlineData("ESG0007", "[Event(\"\")] public partial void Sell();", "'' can't be the name of an event: it is empty; say what has happened, in one word such as \"NameChanged\"")]
    [InlineData("ESG0007", "[Event(\"was sold\")] public partial void Sell();", "'was sold' can't be the name of an event: it must be an identifier, because it is also the name of the event's type; write it as one word, and another text for the stored event as Topic = \"…\"")]
    [InlineData("ESG0007", "[Event(\"was sold\", TypeName = \"Sold\")] public partial void Sell();", "'was sold' can't be the name of an event: it must be an identifier, also where TypeName names the type; write it as one word, and another text for the stored event as Topic = \"…\"")]
    public void An_event_that_can_not_be_raised(string id, string member, string message) =>
        Said(id, message, Programs.Dog(member + " public void Dispose() { }").Replace("class Dog", "class Dog : IDisposable", StringComparison.Ordinal));

    [Fact]
    public void An_aggregate_that_can_not_be_created() => Said(
        "ESG0024",
        "'Dog' has no creation event, with which each 'Dog' begins: put [Event(\"…\")] on a partial constructor or a static partial method that returns a 'Dog', set Creates = true on a record of yours with [Event], or make the class abstract",
        "[EventSourced] public sealed partial class Dog { [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } }");

    [Theory]
    [InlineData("public readonly record struct Id<T>(Guid Value);", "Id<int>", ", because it is generic")]
    [InlineData("public sealed record Id(Guid Value);", "Id", ", because it is a class")]
    [InlineData("public readonly record struct Id(int Value);", "Id", "")]
    [InlineData("", "int", "")]
    public void A_type_that_can_not_be_an_id(string type, string id, string reason) => Said(
        "ESG0030",
        $"'{id}' can't be the id of 'Dog'{reason}: ids are Guid, string, a struct without type parameters that holds one public value of these and nothing else, with a constructor that takes it, or a wrapper of a known generator around one of these",
        $"{type} [EventSourced] public sealed partial class Dog {{ [Event(\"Made\")] public partial Dog({id} id); private void Apply(Made e) {{ }} }}");

    [Fact]
    public void An_id_of_a_type_that_is_private() => Said(
        "ESG0030",
        "'Dog.DogId' can't be the id of 'Dog', because it is private: ids are Guid, string, a struct without type parameters that holds one public value of these and nothing else, with a constructor that takes it, or a wrapper of a known generator around one of these",
        "[EventSourced(IdType = typeof(DogId))] public sealed partial class Dog { private readonly record struct DogId(Guid Value); [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }");

    [Theory]
    [InlineData("[EventSourced] public static partial class T", "an aggregate: it is static, and generated code makes objects of it; remove 'static'")]
    [InlineData("[EventSourced] public sealed partial record T", "an aggregate: it is a record, which compares and copies by value; make it a class")]
    [InlineData("[EventSourced] file sealed partial class T", "an aggregate: it is local to its file, and the generated part is in another; make it internal")]
    [InlineData("[EventSourcedApplication] public static partial class T", "an application: it is static, and generated code makes objects of it; remove 'static'")]
    [InlineData("[EventSourcedApplication] public abstract partial class T", "an application: it is abstract, and generated code makes objects of it; remove 'abstract'")]
    [InlineData("[EventSourced] public sealed partial class Version", "an aggregate: the generator writes a member 'Version' into it, and C# allows no member that is named like its class; rename the class")]
    public void A_class_that_can_not_be_completed(string heading, string reason) =>
        Said("ESG0003", $"'{heading.Split(' ')[^1]}' can't be {reason}", heading + " { }");

    private static string Sell(string parameters) => Programs.Dog($"[Event(\"Sold\")] public partial void Sell({parameters}); private void Apply(Sold e) {{ }}");

    private static void Said(string id, string message, params string[] sources)
    {
        var said = Assert.Single(GeneratorRun.InBuild(sources).Result.Diagnostics);
        Assert.Equal($"{id}: {message}", $"{said.Id}: {said.GetMessage(CultureInfo.InvariantCulture)}");
    }
}
