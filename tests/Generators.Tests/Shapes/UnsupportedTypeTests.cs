using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>Types that can't be stored are refused at compile time, and the reason says what to do.</summary>
public class UnsupportedTypeTests
{
    private const string Types = """
        #nullable enable
        using System; using System.Collections; using System.Collections.Generic; using System.Text.Json; using EventSourcing;

        public interface IShape { }
        public abstract record Shape(int Area);
        public delegate void Callback();
        public ref struct Stack { public int X; }
        public record Holder(object Inner);
        public record Outer(Holder Holder);
        public class GetOnly { public List<int> Items { get; } = []; }
        public class PrivateSet { public int Value { get; private set; } }
        public class ReadOnlyField { public readonly int Value = 1; }
        public class Unmatched(int given) { public int Taken => given; }
        public class OtherType(int value) { public string Value { get; } = value.ToString(); }
        public class NoConstructor { private NoConstructor() { } public int Value { get; set; } }
        public class Numbers : List<int> { }
        public record SameNames(int Url) { public int URL { get; init; } }
        public class RequiredTwice(int value) { public required int Value { get; init; } = value; }
        public class Hidden { internal int Secret { get; set; } public int Shown { get; set; } }
        public record Key(int Value);
        public record Endless<T>(Endless<List<T>>? Next);
        public record Ref<X>(X A) where X : class;
        public record Val<X>(X A) where X : struct;
        public record Unm<X>(X A) where X : unmanaged;
        public record New<X>(X A) where X : new();
        public record Ordered<X>(X A) where X : IComparable;
        public record OrderedBy<X>(X A) where X : IComparable<X>;
        public record OfKey<X>(X A) where X : Key;
        public record LikeKey(int Value) { public static implicit operator Key(LikeKey key) => new(key.Value); }
        public record Special(int Value) : Key(Value);
        public class Guarded { protected Guarded() { } public Guarded(int value) => Value = value; public int Value { get; } }
        public class Derived : Missing { public int Value { get; set; } }
        public record HalfTyped(string);
        public class @partial { public int Value { get; set; } }
        [Obsolete("no", true)] public record Old(int Value);
        [StateConverter(typeof(Hidden))] public record HiddenConverter { private static class Hidden { public static void Write(Utf8JsonWriter writer, HiddenConverter value) { } public static HiddenConverter Read(ref Utf8JsonReader reader) => new(); } }
        [StateConverter(typeof(Open<>))] public record OpenConverter;
        public static class Open<X> { public static void Write(Utf8JsonWriter writer, OpenConverter value) { } public static OpenConverter Read(ref Utf8JsonReader reader) => new(); }
        public class Broken { public Broken(int a) { A = Check(a); } private static int Check(int a) { Nothing(); return a; } public int A { get; } }
        public class Circle { public Circle(int a) : this(a, 1) { } public Circle(int a, int b) : this(a) { } public int A { get; set; } public int B { get; set; } }
        file record Local(int Value);
        public class Outside { private record Inside(int Value); }

        [StateConverter(typeof(NoWrite))] public record NotWritten;
        public static class NoWrite { public static NotWritten Read(ref Utf8JsonReader reader) => new(); }
        [StateConverter(typeof(ByValue))] public record NotRead;
        public static class ByValue { public static void Write(Utf8JsonWriter writer, NotRead value) { } public static NotRead Read(Utf8JsonReader reader) => new(); }
        [StateConverter(typeof(PrivateOne))] public record NotReached;
        public static class PrivateOne { static void Write(Utf8JsonWriter writer, NotReached value) { } static NotReached Read(ref Utf8JsonReader reader) => new(); }
        """;

    [Theory]
    [InlineData("object", "'object' doesn't specify the type of its value")]
    [InlineData("dynamic", "'dynamic' doesn't specify the type of its value")]
    [InlineData("IShape", "'IShape' is an interface")]
    [InlineData("Shape", "'Shape' is abstract")]
    [InlineData("Shape?", "'Shape' is abstract")]
    [InlineData("Action", "'Action' is a delegate")]
    [InlineData("Callback", "'Callback' is a delegate")]
    [InlineData("int*", "'int*' is a pointer")]
    [InlineData("delegate*<void>", "is a pointer")]
    [InlineData("Span<int>", "is a ref struct")]
    [InlineData("Stack", "is a ref struct")]
    [InlineData("int[,]", "'int[,]' has several dimensions: use an array of arrays")]
    [InlineData("System.Text.StringBuilder", "'StringBuilder' is a framework type")]
    [InlineData("Version", "'Version' is a framework type")]
    [InlineData("Int128", "'Int128' is a framework type")]
    [InlineData("IEnumerable", "'IEnumerable' is an interface")]
    [InlineData("Queue<int>", "'Queue<int>' is a framework type")]
    [InlineData("List<object>", "'object' doesn't specify the type of its value")]
    [InlineData("Dictionary<string, object>", "'object' doesn't specify the type of its value")]
    [InlineData("Dictionary<Key, int>", "'Key' can't be the key of a dictionary, because keys are property names in JSON: use the type of its 'Value', or a list of tuples")]
    [InlineData("Dictionary<double, int>", "'double' can't be the key of a dictionary, because keys are property names in JSON: use a string, an integer, a Guid or an enum, or a list of tuples")]
    [InlineData("SortedSet<Key>", "'Key' doesn't implement IComparable")]
    [InlineData("(int, object)", "its member 'ValueTuple.Item2' can't be stored: 'object'")]
    [InlineData("Outer", "its member 'Outer.Holder' can't be stored: its member 'Holder.Inner' can't be stored: 'object' doesn't specify")]
    [InlineData("GetOnly", "'GetOnly.Items' can't be set when the 'GetOnly' is read, because it has no setter: give it a public 'set' or 'init', or give the constructor a parameter 'items' that sets it, or give 'GetOnly' a converter")]
    [InlineData("PrivateSet", "'PrivateSet.Value' can't be set when the 'PrivateSet' is read, because its setter isn't public: make it public")]
    [InlineData("ReadOnlyField", "'ReadOnlyField.Value' can't be set when the 'ReadOnlyField' is read, because it is readonly: remove 'readonly'")]
    [InlineData("Hidden", "'Hidden.Secret' can't be set when the 'Hidden' is read, because it isn't public: make it public, or leave it out with [StateIgnore]")]
    [InlineData("Unmatched", "no public property or field of 'Unmatched' matches the constructor's parameter 'given'")]
    [InlineData("OtherType", "the constructor's parameter 'value' of 'OtherType' has the type '")]
    [InlineData("NoConstructor", "'NoConstructor' has no constructor that 'Dog' can call, and 'NoConstructor.Value' can be set only in the object initializer of such a call: make the constructor public or internal, or give it a parameter 'value', or give 'NoConstructor' a converter")]
    [InlineData("Numbers", "'Numbers' is a custom collection")]
    [InlineData("SameNames", "two members of 'SameNames' would have the name 'url' in JSON")]
    [InlineData("RequiredTwice", "'RequiredTwice.Value' is required and is also a parameter of the constructor")]
    [InlineData("Endless<int>", "'Endless<int>' is nested in more than 64 levels, or infinitely")]
    [InlineData("List<Endless<int>>", "'List<Endless<int>>' is nested in more than 64 levels, or infinitely")]
    [InlineData("Ref<int>", "'int' doesn't satisfy the constraints of the type parameter 'X' of 'Ref<int>'; use another type")]
    [InlineData("Val<string>", "'string' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("Val<int?>", "'int?' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("Unm<(string, int)>", "doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("New<NoConstructor>", "'NoConstructor' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("New<Guarded>", "'Guarded' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("New<Shape>", "'Shape' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("New<Key[]>", "'Key[]' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("Ordered<Key>", "'Key' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("OfKey<LikeKey>", "'LikeKey' doesn't satisfy the constraints of the type parameter 'X'")]
    [InlineData("Ref<Nowhere>", "'Nowhere' is unknown")]
    [InlineData("Val<dynamic>", "'dynamic' doesn't specify the type of its value")]
    [InlineData("Tuple", "'Tuple' is a framework type")]
    [InlineData("Circle", "the constructor of 'Circle' doesn't assign its parameter 'a'")]
    [InlineData("(int Item2, int B)", "C# doesn't allow the name 'Item2' for this element of a tuple")]
    [InlineData("(int A, int A)", "C# doesn't allow the name 'A'")]
    [InlineData("(int CompareTo, int B)", "C# doesn't allow the name 'CompareTo'")]
    [InlineData("(int Deconstruct, int B)", "C# doesn't allow the name 'Deconstruct'")]
    [InlineData("(int Equals, int B)", "C# doesn't allow the name 'Equals'")]
    [InlineData("(int GetHashCode, int B)", "C# doesn't allow the name 'GetHashCode'")]
    [InlineData("(int Rest, int B)", "C# doesn't allow the name 'Rest'")]
    [InlineData("(int ToString, int B)", "C# doesn't allow the name 'ToString'")]
    [InlineData("Dictionary<string?, int>", "'string?' may be null, which the type parameter 'TKey' of 'Dictionary<string?, int>' doesn't allow: use 'string'")]
    [InlineData("Dictionary<int?, int>[]", "'int?' may be null, which the type parameter 'TKey'")]
    [InlineData("List<Dictionary<string?, int>>", "'string?' may be null")]
    [InlineData("(Dictionary<string?, int>, int)", "'string?' may be null")]
    [InlineData("System.Collections.Immutable.ImmutableSortedSet<Key>", "'Key' doesn't implement IComparable")]
    [InlineData("SortedSet<Key?>", "'Key?' doesn't implement IComparable")]
    [InlineData("Derived", "'Missing', the base of 'Derived', is unknown")]
    [InlineData("HalfTyped", "the declaration of 'HalfTyped' is incomplete")]
    [InlineData("Nullable<string>", "'string' can't be the type argument of Nullable, which is for structs; write 'string?'")]
    [InlineData("@partial", "a type named 'partial' can't be distinguished from the keyword")]
    [InlineData("Old", "'Old' is marked [Obsolete] as an error")]
    [InlineData("Local", "'Local' is local to its file")]
    [InlineData("Outside.Inside", "'Outside.Inside' is unknown")]
    [InlineData("Unknown", "'Unknown' is unknown")]
    public void A_type_that_is_refused(string type, string reason)
    {
        var (shapes, index, actual) = Add(type);
        Assert.Equal(-1, index);
        Assert.Contains(reason, actual, StringComparison.Ordinal);
        Assert.Null(shapes.BadConverter);
        // The refused type leaves no shapes behind, so the shapes of other fields don't change.
        Assert.Single(shapes.Shapes);
    }

    [Theory]
    [InlineData("NotWritten", "NoWrite")]
    [InlineData("NotRead", "ByValue")]
    [InlineData("NotReached", "PrivateOne")]
    [InlineData("List<NotRead>", "ByValue")]
    [InlineData("HiddenConverter", "Hidden", "HiddenConverter.Hidden")]
    [InlineData("OpenConverter", "Open", "Open<>")]
    public void A_converter_of_the_wrong_shape_is_identified(string type, string converter, string? shown = null)
    {
        var (shapes, index, reason) = Add(type);
        Assert.Equal(-1, index);
        Assert.Contains($"the converter '{shown ?? converter}'", reason, StringComparison.Ordinal);
        Assert.Equal(converter, shapes.BadConverter!.Value.Converter.Name);
    }

    [Theory]
    [InlineData("Ref<string>")]
    [InlineData("Val<int>")]
    [InlineData("Unm<int>")]
    [InlineData("New<int>")]
    [InlineData("New<GetSet>")]
    [InlineData("Ordered<int>")]
    [InlineData("OrderedBy<Key>")] // the compiler reports it
    [InlineData("OfKey<Special>")]
    [InlineData("(int Item1, int Item2)")]
    [InlineData("(int Item0, int Itemized)")]
    [InlineData("Dictionary<string, int?>")]
    [InlineData("Dictionary<string, string?>")]
    [InlineData("List<string?>")]
    [InlineData("SortedSet<int?>")]
    [InlineData("Tuple<int, int, int, int, int, int, int, Tuple<int>>")]
    [InlineData("My.System.Tuple<int>")]
    [InlineData("Broken")]
    public void A_type_that_is_not_refused(string type)
    {
        var (_, index, reason) = Add(type, "public class GetSet { public int Value { get; set; } } namespace My.System { public class Tuple<X>(X a) { public X A { get; } = a; } }");
        Assert.Null(reason);
        Assert.True(index > 0);
    }

    private const string Write = "public static void Write(Utf8JsonWriter writer, Given value) { }", Read = "public static Given Read(ref Utf8JsonReader reader) => new();";

    [Theory]
    [InlineData("public static class One { WRITE READ }", true)]
    [InlineData("internal static class One { internal static void Write(Utf8JsonWriter writer, in Given value) { } READ }", true)]
    [InlineData("public class One { WRITE READ public void Write(string other) { } public static int Read(int other) => other; }", true)]
    [InlineData("public static class One { public static async void Write(Utf8JsonWriter writer, Given value) { } READ }", false)]
    [InlineData("public static class One { public static int Write(Utf8JsonWriter writer, Given value) => 1; READ }", false)]
    [InlineData("public static class One { public static void Write<T>(Utf8JsonWriter writer, Given value) { } READ }", false)]
    [InlineData("public static class One { public static void Write(ref Utf8JsonWriter writer, Given value) { } READ }", false)]
    [InlineData("public static class One { public static void Write(Utf8JsonWriter writer, ref Given value) { } READ }", false)]
    [InlineData("public static class One { public static void Write(Utf8JsonWriter writer, object value) { } READ }", false)]
    [InlineData("public static class One { public static void Write(object writer, Given value) { } READ }", false)]
    [InlineData("public static class One { public static void Write(Utf8JsonWriter writer, Given value, int more) { } READ }", false)]
    [InlineData("public class One { public void Write(Utf8JsonWriter writer, Given value) { } READ }", false)]
    [InlineData("public class One { WRITE public Given Read(ref Utf8JsonReader reader) => new(); }", false)]
    [InlineData("public static class One { WRITE public static object Read(ref Utf8JsonReader reader) => new Given(); }", false)]
    [InlineData("public static class One { WRITE private static Given _given = new(); public static ref Given Read(ref Utf8JsonReader reader) => ref _given; }", false)]
    [InlineData("public static class One { WRITE public static Given Read(in Utf8JsonReader reader) => new(); }", false)]
    [InlineData("public static class One { WRITE public static Given Read<T>(ref Utf8JsonReader reader) => new(); }", false)]
    [InlineData("public static class One { WRITE public static Given Read(ref Utf8JsonReader reader, int more) => new(); }", false)]
    [InlineData("public static class One { WRITE private static Given Read(ref Utf8JsonReader reader) => new(); }", false)]
    public void A_converter_needs_both_methods(string converter, bool fits)
    {
        var (shapes, index, _) = Add("Given", "[StateConverter(typeof(One))] public record Given;" + converter.Replace("WRITE", Write, StringComparison.Ordinal).Replace("READ", Read, StringComparison.Ordinal));
        Assert.Equal(fits, index >= 0);
        Assert.Equal(fits, shapes.BadConverter is null);
    }

    private static (ShapeParser Shapes, int Index, string? Reason) Add(string type, string more = "")
    {
        var tree = CSharpSyntaxTree.ParseText($"{Types}\n{more}\nunsafe class Dog {{ void M(int first, {type} parameter) {{ }} }}", cancellationToken: TestContext.Current.CancellationToken);
        var compilation = CSharpCompilation.Create("Sample", [tree], GeneratorRun.CoreReferences, new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        var dog = compilation.GetTypeByMetadataName("Dog")!;
        var parameters = dog.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters;
        var shapes = FieldShapes.Of(dog, compilation);
        Assert.Equal(0, shapes.Add(parameters[0].Type, null, out _));
        var index = shapes.Add(parameters[1].Type, null, out var reason);
        return (shapes, index, reason);
    }
}
