using System.Globalization;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Diagnostics;

/// <summary>A build reports each mistake once, and reports nothing for correct code beside it.</summary>
public sealed class MistakeTests
{
    private const string Fed = "[EventSourced] public sealed partial class Cat { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } [Event(\"Fed\")] public sealed partial record Fed(string Food); private void Apply(Fed e) { } public void Feed(Fed e) => Raise(e); }";

    /// <summary>Members that are added to a correct aggregate.</summary>
    [Theory]
    // Each Apply has its event.
    [InlineData("private void Apply(Nothing e) { }", "ESG0013", "Apply(Nothing)")]
    [InlineData("private void Apply(Nothing e, EventHeader header) { }", "ESG0013", "Apply(Nothing, EventHeader)")]
    [InlineData("private void Apply(Nothing e, int times) { }", "")]
    [InlineData("private void Apply(Cat.Adopted e) { }", "ESG0013")]
    [InlineData("private void Apply(Cat.Fed e) { }", "ESG0013")]
    [InlineData("private void Apply(Cat.Nothing e) { }", "ESG0013")]
    [InlineData("private void Apply(Kennel.Painted e) { }", "ESG0027", "put [EventSourced] on the containing class")]
    [InlineData("private void Apply(EventHeader a, EventHeader b) { }", "ESG0013")]
    [InlineData("[Event(\"\")] public partial void Walk(); private void Apply(Walked e) { }", "ESG0007")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(EventHeader header, Walked e) { }", "ESG0014", "takes the header before the event")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private async void Apply(Walked e) => await Task.Yield();", "ESG0014", "is asynchronous")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); protected internal void Apply(Walked e) { }", "ESG0014", "is protected internal")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(out Walked e) => e = null!;", "ESG0014", "takes a parameter by reference")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(Walked e, EventHeader h, int x) { }", "ESG0014", "has more parameters than the event and its header")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(Walked e, int x, int y) { }", "ESG0014", "has more parameters than the event and its header")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); partial void Apply(Walked e);", "ESG0014", "has no body, so it changes nothing")]
    [InlineData("public sealed record Walked(int Steps); private void Apply(Walked e) { }", "ESG0013", "put [Event(\"Walked\")] on 'Walked'")]
    [InlineData("private void Apply(int a, int b, int c) { }", "")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(in Walked e) { }", "")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(Walked? e) { }", "")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(); private void Apply(Dog.Walked e) { }", "")]
    [InlineData("[Event(\"class\")] public partial void Walk(); private void Apply(@class e) { }", "")]
    // Each partial member has its event.
    [InlineData("public partial void Walk(int steps); private void Apply(Walked e) { }", "ESG0047", "[Event(\"Walked\")]")]
    [InlineData("public partial void Walk(int steps); private void Apply(Walked e) { } private void Apply(Walked e, EventHeader h) { }", "ESG0047", "[Event(\"Walked\")]")]
    [InlineData("public partial void Walk(int steps); private void Apply(Walked e) { } private void Apply(Run e) { }", "ESG0047", "[Event(\"…\")]")]
    [InlineData("public partial void Walk(int steps); public partial void Run(); private void Apply(Walked e) { }", "ESG0047,ESG0047", "[Event(\"…\")]")]
    [InlineData("public static partial Dog Find(string place); private void Apply(Found e) { }", "ESG0047", "[Event(\"Found\")]")]
    [InlineData("public partial Dog(int age); private void Apply(Found e) { }", "ESG0047", "[Event(\"Found\")]")]
    [InlineData("public partial Dog(int age);", "ESG0047", "[Event(\"…\")]")]
    [InlineData("static partial void Help(); private void Apply(Walked e) { }", "ESG0013")]
    [InlineData("public partial int Count(); private void Apply(Walked e) { }", "ESG0013")]
    [InlineData("[Obsolete] public partial void Walk(int steps); private void Apply(Walked e) { }", "ESG0013")]
    [InlineData("public partial void Walk<T>(T steps); private void Apply(Walked e) { }", "ESG0013")]
    [InlineData("public partial void Walk(int steps);", "ESG0047", "[Event(\"…\")]")]
    [InlineData("partial void Walk(int steps);", "")]
    // Members that can raise an event.
    [InlineData("[Event(\"Sold\")] public partial record struct Sold(string Owner);", "ESG0005", "is a record struct, but an event must be a partial record class; remove 'struct'")]
    [InlineData("[Event(\"Sold\")] public partial class Sold;", "ESG0005", "isn't a record; declare the event as a partial record class")]
    [InlineData("[Event(\"Sold\")] public sealed partial record Sold<T>(T Owner);", "ESG0005", "is generic")]
    [InlineData("[Event(\"Sold\")] public partial ValueTask Sell(string owner);", "ESG0005", "is asynchronous")]
    [InlineData("[Event(\"Sold\")] public async void Sell(string owner) => await Task.Yield();", "ESG0005", "is asynchronous")]
    [InlineData("[Event(\"Sold\")] public static partial Task Sell(string owner);", "ESG0005", "is static, but isn't a factory, which must return Dog")]
    [InlineData("[Event(\"Sold\")] public partial ref int Sell(string owner);", "ESG0005", "returns by reference")]
    [InlineData("[Event(\"Sold\")] public partial ref readonly int Sell(string owner);", "ESG0005", "returns by reference")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(__arglist);", "ESG0005", "has a variable number of arguments")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(params string[] owners);", "ESG0005", "with 'params'")]
    [InlineData("[Event(\"Walked\"), Event(\"Ran\")] public partial void Walk(int steps); private void Apply(Walked e) { }", "ESG0005", "has two [Event]")]
    [InlineData("[Event(\"Walked\")] [Event(\"Ran\")] public sealed partial record Walked(int Steps); private void Apply(Walked e) { }", "ESG0005", "has two [Event]")]
    [InlineData("[Event(\"Walked\")] public partial DD(int steps); private void Apply(Walked e) { }", "ESG0005", "write 'Dog(…)', or 'void DD(…)'")]
    [InlineData("[Event(\"Walked\")] public partial Dog(int steps) : this(\"x\"); private void Apply(Walked e) { }", "ESG0005", "calls another constructor with ': this(\"x\")'")]
    [InlineData("[Event(\"Walked\")] public partial void Walk([StateConverter(null!)] int steps); private void Apply(Walked e) { }", "ESG0029", "'null' can't convert 'int'")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(List<> steps); private void Apply(Walked e) { }", "ESG0038", "The type 'List<>' of 'steps' of the event 'Walked' has no type arguments")]
    [InlineData("[Event(\"Walked\")] public partial void Walk(List<Dictionary<,>> steps); private void Apply(Walked e) { }", "ESG0038", "The type 'Dictionary<,>'")]
    [InlineData("[Event(\"Walked\", Accessibility = (EventAccessibility)9)] public partial void Walk(); private void Apply(Walked e) { }", "ESG0054", "its value isn't defined in EventAccessibility")]
    [InlineData("[Event(Kind)] public partial void Walk(); public static readonly string Kind = \"Walked\"; private void Apply(Walked e) { }", "")]
    [InlineData("[Event(5)] public partial void Walk();", "")]
    [InlineData("[Evnt(\"Walked\")] public partial void Walk(); private void Apply(Walked e) { }", "")]
    [InlineData("[Event(\"Sold\")] public volatile partial void Sell();", "ESG0005", "has the modifier 'volatile'")]
    [InlineData("[Event(\"Sold\")] public required partial void Sell();", "ESG0005", "has the modifier 'required'")]
    [InlineData("[Event(\"Sold\")] private protected internal partial void Sell();", "ESG0005", "which can't be combined; use only one of them")]
    // Names.
    [InlineData("[Event(\"Sold\", TypeName = \"was sold\")] public partial void Sell();", "ESG0009", "the syntax of C#")]
    [InlineData("[Event(\"Sold\", Topic = \"was\\ud800sold\")] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "half of a surrogate pair")]
    [InlineData("[Event(\"Sold\", Topic = \"was\\0sold\")] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "the character NUL")]
    [InlineData("[Event(\"Sold\", FormerTopics = [\"Dog.Gone\", \"was\\udc00\"])] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "half of a surrogate pair")]
    [InlineData("[Event(\"Sold\", Topic = \"was\\ud83d\\ude00sold\")] public partial void Sell(); private void Apply(Sold e) { }", "")]
    [InlineData("[Event(\"Sold\", Topic = \"\")] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "A topic of 'Sold' is empty")]
    [InlineData("[Event(\"Sold\", FormerTopics = [\"Dog.Gone\", null!])] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "is null in FormerTopics")]
    [InlineData("[Event(\"Sold\", FormerTopics = [\"Dog.Gone\", \"Dog.Gone\"])] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "is specified twice")]
    [InlineData("[Event(\"Sold\", Topic = \"Gone\", FormerTopics = [\"Gone\"])] public partial void Sell(); private void Apply(Sold e) { }", "ESG0055", "is specified twice")]
    [InlineData("public void set_Id(Guid id) { }", "ESG0028", "set_Id")]
    [InlineData("public void set_Version(int v) { }", "ESG0028", "set_Version")]
    [InlineData("public void set_CreatedOn(DateTimeOffset v) { }", "ESG0028", "set_CreatedOn")]
    [InlineData("[Event(\"Sold\")] public sealed partial record Sold(List<int> A) { public enum Equals { A } } private void Apply(Sold e) { }", "ESG0009", "'Equals', which every record has")]
    [InlineData("[Event(\"Sold\")] public sealed partial record Sold(List<int> A) { public enum var { A } } private void Apply(Sold e) { }", "")]
    [InlineData("public new int ToString => 1;", "")]
    [InlineData("public int Dog { get; set; }", "ESG0009", "'Dog' collides with its class")]
    [InlineData("public record Dog(int A);", "ESG0009", "'Dog' collides with its class")]
    [InlineData("[Event(\"Sold\")] public sealed partial record Dog(int A);", "ESG0009", "'Dog' collides with its class")]
    [InlineData("private enum Dog { A }", "ESG0009", "'Dog' collides with its class")]
    [InlineData("[Event(\"Equals\")] public partial void Sell();", "ESG0009", "'Equals', which every record has")]
    [InlineData("[Event(\"var\")] public partial void Sell();", "ESG0009", "the C# keyword 'var'")]
    [InlineData("[Event(\"EventJson\")] public partial void Sell();", "ESG0009", "a generated member")]
    [InlineData("[Event(\"Tricks\")] public partial void Sell();", "ESG0009", "the member 'Tricks'")]
    [InlineData("[Event(\"Item\")] public partial void Sell(); public string this[int i] => Tricks[i];", "ESG0009", "the indexer")]
    [InlineData("[Event(\"Cell\")] public partial void Sell(); [System.Runtime.CompilerServices.IndexerName(\"Cell\")] public string this[int i] => Tricks[i];", "ESG0009", "the indexer")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } [Event(\"Gone\", TypeName = \"Sold\")] public partial void Go();", "ESG0009", "another event of 'Dog'")]
    [InlineData("[Event(\"Kennel\")] public partial void Move(Kennel.Size to); ", "ESG0009", "the type 'Kennel' that a member of 'Dog' uses")]
    [InlineData("[Event(\"Size\")] public partial void Move(Kennel.Size to); private void Apply(Size e) { }", "")]
    [InlineData("[Event(\"Kennel\")] public sealed partial record Move(Kennel.Size To);", "")]
    [InlineData("[Event(\"EventHeader\")] public partial void Go(); [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e, EventHeader header) { }", "ESG0009", "the type 'EventHeader' that a member of 'Dog' uses")]
    [InlineData("[Event(\"Sold\")] public partial void Sell(string to, string To);", "ESG0009", "two fields with the same name")]
    [InlineData("[Event(\"Sold\", Creates = true)] public sealed partial record Sold; private void Apply(Sold e) { } public int Create { get; }", "ESG0009", "the member 'Create'")]
    [InlineData("[Event(\"Sold\", Creates = true)] public sealed partial record Sold; private void Apply(Sold e) { } [Event(\"Create\")] public partial void Make();", "ESG0009", "the member 'Create'")]
    [InlineData("[Event(\"Sold\", Creates = true)] public sealed partial record Sold; private void Apply(Sold e) { } private static Dog Create(Guid id, Sold e) => new(\"\");", "ESG0009", "the member 'Create'")]
    [InlineData("[Event(\"Sold\", Creates = true)] public sealed partial record Sold; private void Apply(Sold e) { } private static Dog Create(string name, Sold e) => new(name);", "")]
    // Types.
    [InlineData("internal enum Size { S } [Event(\"Sold\")] public partial void Sell(List<Size[]> sizes);", "ESG0010")]
    [InlineData("internal enum Size { S } [Event(\"Sold\")] internal partial void Sell(List<Size[]> sizes); private void Apply(Sold e) { }", "")]
    [InlineData("protected internal enum Size { S } [Event(\"Sold\")] public partial void Sell(Size size);", "ESG0010")]
    public void Mistakes_beside_correct_members(string members, string ids, string? message = null) => Said(
        ids, message, Programs.Dog(members), Fed, "public class Kennel { public enum Size { S } " + (members.Contains("Painted", StringComparison.Ordinal) ? "[Event(\"Painted\")] public partial record Painted(string Colour); " : "") + "}");

    [Theory]
    // Without a creation event.
    [InlineData("[EventSourced] public sealed class Dog { [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } }", "ESG0001")]
    [InlineData("[EventSourced] public sealed partial class Dog { public partial Dog(string name); private void Apply(Registered e) { } }", "ESG0047", "[Event(\"Registered\")]")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Walked\")] public partial void Walk(); private void Apply(Walked e) { } private static Dog Make() => Create(new Walked()); }", "ESG0024")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public sealed partial record Made; private void Apply(Made e) { } }", "ESG0024")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Made\")] public partial Animal(string name); }", "ESG0005", "creates an abstract aggregate")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Made\", Creates = true)] public sealed partial record Made; }", "ESG0005", "creates an abstract aggregate")]
    // The id.
    [InlineData("[EventSourced] public sealed partial class Dog { public static Guid CreateId(string nickname) => default; public static Guid CreateId() => default!; [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } }", "")]
    [InlineData("[EventSourced] public sealed partial class Dog { public static Guid CreateId(string nickname, int age) => default; [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } }", "ESG0015", "CreateId(string nickname, int age) takes its arguments from parameters with the same names and types; add them, or a parameter 'Guid id'")]
    [InlineData("[EventSourced(IdType = typeof(Guid))] public sealed partial class Dog { public static string CreateId(string name) => name; [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } }", "ESG0015", "CreateId returns string, but the ids of 'Dog' are Guid")]
    [InlineData("[EventSourced(IdType = typeof(string))] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } }", "ESG0015", "add a static method CreateId, or a parameter 'string id'")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Unknown id); private void Apply(Made e) { } }", "ESG0038", "the id of 'Dog'")]
    [InlineData("[EventSourced(IdType = typeof(DogId))] public partial class Dog { private protected readonly record struct DogId(Guid Value); [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0030", "because it is private")]
    // The base.
    [InlineData("public class Thing { public int Version { get; set; } } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "its member 'Thing.Version' has the same name as a generated member")]
    [InlineData("public class Thing { [Obsolete(\"no\", true)] public Thing() { } } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "no parameterless constructor")]
    [InlineData("public class Thing { private Thing() { } } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "no parameterless constructor")]
    [InlineData("public class Thing { public class Dog; } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "an event or a nested class that is also named 'Dog'")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Dog\")] public partial void Name(); private void Apply(Dog e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "an event or a nested class that is also named 'Dog'")]
    [InlineData("[EventSourced] public abstract class Animal { } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0001")]
    [InlineData("[EventSourced] public sealed partial class Dog : Missing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Renamed\")] public partial void Rename(); private void Apply(Renamed e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } private void Apply(Renamed e) { } }", "ESG0013")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Renamed\")] public partial void Rename(); private void Apply(Renamed e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } public void Renamed() { } }", "ESG0028", "Renamed")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Renamed\")] public partial void Rename(); private void Apply(Renamed e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Gone\")] public partial void Renamed(); private void Apply(Gone e) { } }", "ESG0028", "Renamed")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Renamed\")] public partial void Rename(); private void Apply(Renamed e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Renamed\")] public sealed partial record Renamed; }", "ESG0009", "an event of the base 'Animal'")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Renamed\", TypeName = \"NewName\")] public partial void Rename(); private void Apply(NewName e) { } } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"NewName\")] public partial void Call(); }", "ESG0009", "an event of the base 'Animal'")]
    [InlineData("public class Thing { public int Sold { get; set; } } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Sold\")] public partial void Sell(); }", "ESG0009", "the member 'Sold' of the base 'Thing'")]
    [InlineData("public class Thing { private int Sold { get; set; } } [EventSourced] public sealed partial class Dog : Thing { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } }", "")]
    // Ids.
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public static string? CreateId(string name) => throw new InvalidOperationException(); }", "ESG0015", "CreateId may return null, which isn't a valid id; make it return 'string'")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string? name); private void Apply(Made e) { } public static string CreateId(string name) => throw new InvalidOperationException(); }", "ESG0015", "'name' may be null, but the parameter of CreateId(string name) can't be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(List<string?> names); private void Apply(Made e) { } public static string CreateId(List<string> names) => throw new InvalidOperationException(); }", "ESG0015", "'names' may be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string[]? names); private void Apply(Made e) { } public static string CreateId(string[] names) => throw new InvalidOperationException(); }", "ESG0015", "'names' may be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string? name); private void Apply(Made e) { } public static string CreateId([System.Diagnostics.CodeAnalysis.DisallowNull] string? name) => throw new InvalidOperationException(); }", "ESG0015", "'name' may be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string? name); private void Apply(Made e) { } public static string CreateId(string? name) => throw new InvalidOperationException(); }", "")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public static string CreateId(string? name) => throw new InvalidOperationException(); }", "")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(List<string?> names); private void Apply(Made e) { } public static string CreateId(List<string?> names) => throw new InvalidOperationException(); }", "")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\", Creates = true)] public sealed partial record Made(string? Name); private void Apply(Made e) { } public static string CreateId(string name) => name; }", "ESG0015", "'name' may be null, but the parameter of CreateId(string name)")]
    [InlineData("public record struct DogId(string? Value); [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(DogId id); private void Apply(Made e) { } }", "ESG0030", "because its value may be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string? id); private void Apply(Made e) { } }", "ESG0015", "its parameter 'id' may be null: make it 'string id'; otherwise add a static method CreateId")]
    [InlineData("[EventSourced(\"\")] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Sold\")] public partial void Sell(); private void Apply(Sold e) { } }", "ESG0055", "A topic of 'Dog' is empty")]
    [InlineData("[StateConverter(null!)] public class Pair; [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Pair pair); private void Apply(Made e) { } }", "ESG0006", "the [StateConverter] of 'Pair' specifies no type")]
    [InlineData("[assembly: StateConverterFor(typeof(Uri), null!)]", "ESG0029", "'null' can't convert 'Uri'")]
    [InlineData("public record R(int A) : Missing; [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(R r); private void Apply(Made e) { } }", "ESG0006", "is unknown: correct its name, or give 'R' a converter")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } [Event(\"Sold\")] public sealed partial record Sold(string A) { public int B => A.Length; private int _c; public void Set(int c) => _c = c; } private void Apply(Sold e) { } }", "ESG0006", "The event 'Sold' can't be stored")]
    [InlineData("public sealed class Status { public static readonly Status Open = new(\"open\"); private Status(string code) => Code = code; public string Code { get; } } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Status status); private void Apply(Made e) { } }", "ESG0006", "'Status.Open' is an object that code compares by reference")]
    [InlineData("public sealed class Status(string code) { public static Status None { get; } = new(\"\"); public string Code => code; } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Dictionary<string, Status> all); private void Apply(Made e) { } }", "ESG0006", "'Status.None' is an object")]
    [InlineData("public sealed class Status { public static Status Instance { get; } = new(); private Status() { } } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(List<Status> all); private void Apply(Made e) { } }", "ESG0006", "'Status.Instance' is an object")]
    [InlineData("public sealed record Status(string Code) { public static readonly Status Open = new(\"open\"); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Status status); private void Apply(Made e) { } }", "")]
    [InlineData("public sealed class Status(string code) { public static Status None => new(\"\"); public string Code => code; } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Status status); private void Apply(Made e) { } }", "")]
    [InlineData("public sealed class Status(string code) { public static readonly Status None = new(\"\"); public string Code => code; public override bool Equals(object? o) => o is Status s && s.Code == Code; public override int GetHashCode() => Code.GetHashCode(); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Status status); private void Apply(Made e) { } }", "")]
    [InlineData("public sealed class W(int value) : IComparable<W> { public int Value => value; public int CompareTo(W? other) => Value.CompareTo(other?.Value); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(SortedSet<W> all); private void Apply(Made e) { } }", "")]
    [InlineData("public sealed class X { private X(string n, int i) { Name = n; Value = i; } public string Name { get; } public int Value { get; } public static X Of(string n) => new(n, 1); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(X x); private void Apply(Made e) { } }", "ESG0006", "matches the constructor's parameter 'n'")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public static Guid? CreateId(string name) => null; }", "ESG0030", "because it may be null")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public static Task<Guid> CreateId(string name) => Task.FromResult(Guid.Empty); }", "ESG0030", "because it is asynchronous")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Moved\")] public partial void Move(); private void Apply(Moved e) { } } public sealed class Cat : Animal { }", "ESG0023", "put [EventSourced] on it")]
    [InlineData("[EventSourced] public partial class Animal { [Event(\"Made\")] public partial Animal(); private void Apply(Made e) { } } public sealed class Cat : Animal { }", "ESG0023", "the base aggregate must be abstract")]
    [InlineData("[EventSourced(IdType = typeof(string))] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Guid id); private void Apply(Made e) { } }", "ESG0015", "its parameter 'id' isn't of the type 'string', which is the type of the aggregate's id; change the type of the parameter")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Evnt(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } }", "")]
    [InlineData("[EventSourced] public sealed partial class Shop { [Event(\"Opened\", Creates = true)] public sealed partial record Opened(string N); private void Apply(Opened e) { } public static Shop Open(string n) { var s = new Shop(); s.Raise(new Opened(n)); return s; } }", "ESG0044", "return 'Create(new Opened(…))' from a static method of 'Shop'")]
    [InlineData("[EventSourced] public abstract partial class Grand; public abstract class Animal : Grand; [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }", "ESG0023", "'Animal' can't derive from 'Grand'")]
    // Where [Event] is allowed.
    [InlineData("[Event(\"Sold\")] public sealed partial record Sold(string Owner);", "ESG0027", "move it into the aggregate's class")]
    [InlineData("public partial class Kennel { public void Open() { } [Event(\"Painted\")] public partial void Paint(); [Event(\"Closed\")] public partial void Close(); }", "ESG0027", "'Paint'")]
    [InlineData("public partial class Kennel { [Event(\"Opened\")] public partial Kennel(string name); }", "ESG0027", "'Kennel'")]
    // Applications.
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public required string Name; }", "ESG0026", "has the required member 'Name'")]
    [InlineData("public class Base(ApplicationContext context) : EventSourcedApplication<Guid>(context) { public required string Name { get; set; } } [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0026", "has the required member 'Name'")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public required string Name; [System.Diagnostics.CodeAnalysis.SetsRequiredMembers] public Shop(ApplicationContext context) : base(context) => Name = \"\"; }", "")]
    [InlineData("public class Base(ApplicationContext context, int size) : EventSourcedApplication<Guid>(context) { public int Size => size; } [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0026", "derives from 'Base', which has no constructor that takes only an ApplicationContext")]
    [InlineData("public class Base : EventSourcedApplication<Guid> { [Obsolete(\"no\", true)] public Base(ApplicationContext context) : base(context) { } } [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0026", "derives from 'Base', which has no constructor that takes only an ApplicationContext")]
    [InlineData("public class Base : EventSourcedApplication<Guid> { private Base(ApplicationContext context) : base(context) { } } [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0026", "derives from 'Base', which has no constructor that takes only an ApplicationContext")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } } [EventSourcedApplication(typeof(Dog))] public sealed partial class Shop : EventSourcedApplication<string>;", "ESG0026", "derives from EventSourcedApplication<string>, but the keys of 'Dog' are of the type Guid")]
    [InlineData("public class Base(ApplicationContext context) : EventSourcedApplication<string>(context); [EventSourcedApplication] public sealed partial class Shop : Base;", "")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void SaveAsync(IEnumerable<IAggregate<Guid>> all) { } }", "ESG0028", "SaveAsync")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void SaveAsync(object any, CancellationToken c) { } }", "ESG0028", "SaveAsync")]
    [InlineData("public class Base; [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0026", "derives from 'Base', which doesn't derive from EventSourcedApplication")]
    [InlineData("public class Base(ApplicationContext context) : EventSourcedApplication<Guid>(context); [EventSourcedApplication] public sealed partial class Shop : Base;", "")]
    [InlineData("public class Base(ApplicationContext context) : EventSourcedApplication<Guid>(context); [EventSourcedApplication] public sealed partial class Shop : Base { public Shop(ApplicationContext context) : base(context) { } }", "")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop : EventSourcedApplication<Guid>;", "")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop : IDisposable { public void Dispose() { } }", "")]
    [InlineData("public class Base(ApplicationContext context) : EventSourcedApplication<Guid>(context) { public int SchemaSql { get; set; } } [EventSourcedApplication] public sealed partial class Shop : Base;", "ESG0028", "Base.SchemaSql")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop; public static class ShopServiceCollectionExtensions;", "ESG0028", "ShopServiceCollectionExtensions")]
    [InlineData("public static partial class Mall { [EventSourcedApplication] public sealed partial class Shop; } public static class Mall_ShopServiceCollectionExtensions;", "ESG0028", "Mall_ShopServiceCollectionExtensions")]
    [InlineData("public static partial class Mall { [EventSourcedApplication] public sealed partial class Shop; } public static class ShopServiceCollectionExtensions;", "")]
    [InlineData("public class Registry; [EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context, List<Registry> all) : base(context) { } }", "ESG0026", "takes 'List<Registry> all', but the application contains a generated class with the name of this type")]
    [InlineData("namespace My; public class Registry; [EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context, My.Registry all) : base(context) { } }", "")]
    [InlineData("public class Registry; [EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context, global::Registry all) : base(context) { } }", "")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public Shop(ref ApplicationContext context) : base(context) { } }", "ESG0026", "takes a parameter by reference")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public Shop() { } }", "ESG0026", "must have a constructor whose first parameter is the ApplicationContext")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context) { } }", "ESG0026", "must pass its ApplicationContext to the base class: write ': base(context)'")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop(ApplicationContext c) { public ApplicationContext Context => c; }", "ESG0026", "': EventSourcedApplication<Guid>(c)' after the parameters of a primary constructor")]
    [InlineData("[EventSourcedApplication] public sealed partial class SaveAsync;", "ESG0003", "the generator adds a member 'SaveAsync' to it")]
    [InlineData("[EventSourcedApplication] public sealed partial class Registry;", "ESG0003", "the generator adds a member 'Registry' to it")]
    [InlineData("public class nint; [EventSourcedApplication] public sealed partial class Shop;", "ESG0003", "a type named 'nint' is visible in it")]
    [InlineData("[EventSourcedApplication(typeof(Animal))] public sealed partial class Shop; [EventSourced] public abstract partial class Animal;", "ESG0017", "it is abstract; list the classes that derive from it")]
    [InlineData("[EventSourcedApplication(typeof(Animal))] public sealed partial class Shop; public class Animal;", "ESG0017", "it has no [EventSourced]")]
    [InlineData("[EventSourcedApplication(typeof(Animal))] public sealed partial class Shop; public partial class Animal { [Event(\"Made\")] public partial Animal(); }", "ESG0027")]
    [InlineData("[EventSourcedApplication(typeof(Missing))] public sealed partial class Shop;", "")]
    [InlineData("[ScopedSession(typeof(Current))] public class Current; [EventSourcedApplication] public sealed partial class Shop;", "ESG0034", "it is on a class without [EventSourcedApplication]")]
    [InlineData("[ConnectionCreator(typeof(Current), \"Create\")] public struct Current; [EventSourcedApplication] public sealed partial class Shop;", "ESG0035", "it is on a class without [EventSourcedApplication]")]
    [InlineData("[EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"pg_a\")] public class Tables; [EventSourcedApplication] public sealed partial class Shop;", "ESG0060", "[PostgreSqlTables] has no effect on 'Tables', because only an application has tables: move it to the class with [EventSourcedApplication]")]
    [InlineData("[EventSourcing.PostgreSql.PostgreSqlTables] public partial class Tables; [ScopedSession(typeof(int))] partial class Tables;", "ESG0034,ESG0060")]
    [InlineData("[EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"a\")] public sealed partial class Shop; [EventSourcedApplication] partial class Shop;", "")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = \"pg_a\")] public sealed partial class Shop;", "ESG0033", "'pg_a' can't be the schema of the tables")]
    [InlineData("[EventSourcedApplication, ScopedSession(null!)] public sealed partial class Shop;", "ESG0034", "the attribute specifies no type")]
    [InlineData("[EventSourcedApplication, ScopedSession(typeof(Missing))] public sealed partial class Shop;", "")]
    [InlineData("[EventSourcedApplication, ScopedSession(typeof(int[]))] public sealed partial class Shop;", "ESG0034", "it isn't a class")]
    [InlineData("[EventSourcedApplication, ConnectionCreator(typeof(string), null!)] public sealed partial class Shop;", "ESG0035", "the attribute specifies no method")]
    [InlineData("[EventSourcedApplication, ConnectionCreator(null!, \"Create\")] public sealed partial class Shop;", "ESG0035", "the attribute specifies no type")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void set_Recorder(object r) { } }", "ESG0028", "set_Recorder")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop; public static class Program { public static Shop Open() => new Shop(); }", "ESG0044", "'new Shop()' can't create an application: its constructor is generated, and is called when the store is opened; write 'await Shop.OpenAsync(url)'")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop; public static class Program { public static void Open() { Shop shop = new(\"memory:\"); shop.ToString(); } }", "ESG0044", "'new(…)' can't create an application")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context) : base(context) { } } public static class Program { public static Shop Open(ApplicationContext c) => new Shop(c); }", "")]
    [InlineData("[EventSourcedApplication(null!)] public sealed partial class Shop;", "ESG0017", "'null' can't be saved by 'Shop'")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public int SaveAsync => 1; }", "ESG0028", "SaveAsync")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void SaveAsync(IAggregate<Guid> one, CancellationToken c) { } }", "ESG0028", "SaveAsync")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void SaveAsync(IReadOnlyCollection<IAggregate<Guid>> all, SaveOptions<Guid> o, CancellationToken c) { } }", "ESG0028", "SaveAsync")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void RetryOnConflictAsync<T>(Func<CancellationToken, ValueTask<T>> o, int n, CancellationToken c) { } }", "ESG0028", "RetryOnConflictAsync")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public void SaveAsync(string name, CancellationToken c) { } public void SaveAsync() { } public void RetryOnConflictAsync(int n, CancellationToken c) { } }", "")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public int Shop; }", "ESG0009", "'Shop' collides with its class")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public enum Shop { A } }", "ESG0009", "'Shop' collides with its class")]
    // Converters.
    [InlineData("[assembly: StateConverterFor(typeof(Pair<>), typeof(C))] public class Pair<T> { private T? _a; public void Set(T a) => _a = a; } public static class C; [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Pair<int> pair); private void Apply(Made e) { } }", "ESG0029")]
    [InlineData("[assembly: StateConverterFor(typeof(Uri), typeof(C)), StateConverterFor(typeof(Version), typeof(D))] public static class C; public static class D { public static void Write(System.Text.Json.Utf8JsonWriter w, Version v) { } public static Version Read(ref System.Text.Json.Utf8JsonReader r) => new(); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Uri uri, Version version); private void Apply(Made e) { } }", "ESG0029")]
    [InlineData("[assembly: StateConverterFor(typeof(Pair<int>), typeof(C))] public class Pair<T> { private T? _a; public void Set(T a) => _a = a; } public static class C { public static void Write(System.Text.Json.Utf8JsonWriter w, Pair<int> v) { } public static Pair<int> Read(ref System.Text.Json.Utf8JsonReader r) => new(); } [EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(Pair<int> pair, Pair<string> other); private void Apply(Made e) { } }", "ESG0006", "'Pair._a' would be lost")]
    [InlineData("[assembly: Other(typeof(Uri), typeof(C))] public class OtherAttribute(Type a, Type b) : Attribute { public Type A => a; public Type B => b; } public static class C;", "")]
    public void Mistakes_in_a_whole_program(string program, string ids, string? message = null) => Said(ids, message, program);

    /// <summary>A class that is declared in several files is checked once.</summary>
    [Fact]
    public void A_mistake_in_an_aggregate_of_several_parts_is_reported_once() => Said(
        "ESG0044", "an aggregate begins with a creation event", "public partial class Dog { public static Dog Make() => new Dog(); }", Programs.Dog());

    /// <summary>A mistake in a base is reported at the base. A derived class would only repeat it.</summary>
    [Fact]
    public void Nothing_is_generated_for_a_class_whose_base_is_refused() => Assert.DoesNotContain("Dog.Aggregate.g.cs", GeneratorRun.InBuild(
        "[EventSourced] public abstract class Animal { } [EventSourced] public sealed partial class Dog : Animal { [Event(\"Made\")] public partial Dog(); private void Apply(Made e) { } }").Files.Keys);

    /// <summary>A partial member gets its other part despite any mistake, so that the compiler adds no error.</summary>
    [Theory]
    [InlineData("public partial void Walk(int steps); private void Apply(Walked e) { }", "void Walk(int steps)")]
    [InlineData("public partial Dog(int age); private void Apply(Found e) { }", "Dog(int age)")]
    public void A_member_without_its_event_has_a_body(string members, string body)
    {
        var run = GeneratorRun.InBuild(Programs.Dog(members));
        Assert.Contains(body, run.Files["Dog.Refused.g.cs"], StringComparison.Ordinal);
        Assert.DoesNotContain(run.Errors, e => e.Id is "CS8795" or "CS9275");
    }

    /// <summary>In a static class, a member that isn't static would also be an error in the generated part.</summary>
    [Fact]
    public void A_static_class_gets_parts_of_its_static_members_only()
    {
        var run = GeneratorRun.InBuild("[EventSourced] public static partial class Dog { [Event(\"Sold\")] public partial void Sell(); [Event(\"Found\")] public static partial void Find(string place); }");
        Assert.Equal(["ESG0003"], run.Result.Diagnostics.Select(d => d.Id));
        Assert.DoesNotContain("Sell", run.Files["Dog.Refused.g.cs"], StringComparison.Ordinal);
        Assert.Contains("Find(string place)", run.Files["Dog.Refused.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>Code that is still being typed is no mistake.</summary>
    [Theory]
    [InlineData("public partial class { [Event(\"Sold\")] public partial void Sell(); }")]
    [InlineData("[Event(\"Sold\")] public partial record;")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string); private void Apply(Made e) { } }")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(List<> names); private void Apply(Made e) { } }", "ESG0038")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog((int A, ) pair); private void Apply(Made e) { } }")]
    [InlineData("[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } [Event(\"Sold\")] public sealed partial record Sold(string); private void Apply(Sold e) { } }")]
    [InlineData("[EventSourcedApplication] public sealed partial class Shop { public Shop(ApplicationContext context, ) { } }")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = )] public sealed partial class Shop;")]
    [InlineData("[EventSourcedApplication, EventSourcing.PostgreSql.PostgreSqlTables(Schema = 1, NotifyInTransaction = \"\")] public sealed partial class Shop;")]
    public void Half_typed_code_is_no_mistake(string program, string ids = "") => Said(ids, null, program);

    private static void Said(string ids, string? message, params string[] sources)
    {
        var said = GeneratorRun.InBuild(sources).Result.Diagnostics;
        Assert.Equal(ids, string.Join(',', said.Select(d => d.Id).Order(StringComparer.Ordinal)));
        if (message is not null)
        {
            Assert.All(said, d => Assert.Contains(message, d.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }
    }
}
