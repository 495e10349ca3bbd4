using System.Reflection;
using System.Runtime.ExceptionServices;
using EventSourcing.CompilerServices;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>
/// If the user's code runs when an object is created or read, only the object itself shows whether it can be loaded unchanged. So it is
/// created again when its event is raised, and compared.
/// </summary>
public sealed class RaisedObjectTests
{
    [Theory]
    // A value that bypassed the checks of its type, which refuse it.
    [InlineData("public record T { public T(int a) { if (a < 0) throw new ArgumentOutOfRangeException(nameof(a)); A = a; } public int A { get; init; } }", "new T(3) with { A = -1 }")]
    [InlineData("public record T(int A) { public int A { get; init; } = A >= 0 ? A : throw new ArgumentOutOfRangeException(nameof(A)); }", "new T(3) with { A = -1 }")]
    [InlineData("public readonly record struct T { public T(Guid value) => Value = value == Guid.Empty ? throw new ArgumentException(\"\") : value; public Guid Value { get; } }", "default(T)")]
    [InlineData("public record T { public int A { get; init => field = value > 0 ? value : throw new ArgumentException(\"\"); } }", "new T()")]
    [InlineData("public record T { public T(string code) { if (code.Length != 3) throw new ArgumentException(\"\"); Code = code; } private T() => Code = \"\"; public static readonly T None = new(); public string Code { get; } }", "T.None")]
    [InlineData("public record B(int A) { protected static int Positive(int a) => a > 0 ? a : throw new ArgumentException(\"\"); } public record T(int A) : B(Positive(A));", "new T(1) with { A = -1 }")]
    [InlineData("public readonly record struct T { public T(int a) { _ = 100 / a; A = a; } public int A { get; } }", "default(T)")]
    // One constructor normalizes the value, other code doesn't.
    [InlineData("public record T { public T(string value) : this(value.Trim().ToLowerInvariant(), false) { } private T(string value, bool _) => Value = value; public string Value { get; } public static T Anonymous { get; } = new(\"N/A\", true); }", "T.Anonymous")]
    [InlineData("public class B { public B(string a) => A = a; public string A { get; } } public class T : B { public T(string a) : base(a.Trim()) { } public T() : base(\" x \") { } }", "new T()")]
    [InlineData("public record T { private readonly decimal _a; public T(decimal a) => _a = Math.Round(a, 2); public decimal A { get => _a; init => _a = value; } }", "new T(1) with { A = 1.23456m }")]
    [InlineData("public record T(decimal A) { public decimal A { get; init; } = Math.Round(A, 2); }", "new T(1) with { A = 1.234m }")]
    [InlineData("public record T(int A) { public int A { get; init; } = Math.Clamp(A, 0, 10); }", "new T(1) with { A = 11 }")]
    [InlineData("public class T { public T(string a) => A = a.Trim(); public string A { get; private set; } public T Set(string a) { A = a; return this; } }", "new T(\"a\").Set(\" b \")")]
    [InlineData("public class T { public T(int a) => A = Math.Clamp(a, 0, 10); public int A { get; private set; } public T Add() { A++; return this; } }", "new T(10).Add()")]
    [InlineData("public class T { public T(string? a) => A = a ?? \"none\"; public string? A { get; private set; } public T Clear() { A = null; return this; } }", "new T(\"a\").Clear()")]
    [InlineData("public class T { private string _a; public T(string a) => _a = a.ToUpperInvariant(); public string A => _a; public T Set(string a) { _a = a; return this; } }", "new T(\"a\").Set(\"b\")")]
    [InlineData("public class T { public T(string a) => A = a.Trim(); private T(int _) => A = \" x \"; public static T Make() => new(1); public string A { get; } }", "T.Make()")]
    [InlineData("public struct T { public T(int a) => A = Math.Max(a, 1); public int A { get; } }", "default(T)")]
    [InlineData("public class T { public string B { get; set => field = value.Trim(); } = \" x \"; }", "new T()")]
    [InlineData("public class T { private string _b = \"\"; public string B { get => _b; set => _b = value.Trim(); } public T Set() { _b = \" x \"; return this; } }", "new T().Set()")]
    [InlineData("public record T { public T(string isbn) => Isbn = isbn.Replace(\"-\", \"\").Replace(\" \", \"\"); public string Isbn { get; init; } }", "new T(\"1\") with { Isbn = \"1-2\" }")]
    [InlineData("public record T { public T(string code) { if (code.Trim() is not { Length: > 0 } trimmed) throw new ArgumentException(\"\"); Code = trimmed; } public string Code { get; init; } }", "new T(\"1\") with { Code = \" 1 \" }")]
    [InlineData("public record T { public T(int a) { if (a < 0) throw new ArgumentException(\"\"); else A = a; } public int A { get; init; } }", "new T(1) with { A = -1 }")]
    [InlineData("public record T { public T(string a) { try { _ = new Uri(a); } catch (UriFormatException e) { throw new ArgumentException(\"\", e); } A = a; } public string A { get; init; } }", "new T(\"http://a\") with { A = \"\" }")]
    [InlineData("public record T { public T(string a) { switch (a) { case \"\": throw new ArgumentException(\"\"); default: A = a; break; } } public string A { get; init; } }", "new T(\"a\") with { A = \"\" }")]
    [InlineData("public class T { public T(string a) => Rename(a); public string A { get; private set; } = \"\"; public T Clear() { A = \"\"; return this; } private void Rename(string a) { if (a.Length == 0) throw new ArgumentException(\"\"); A = a; } }", "new T(\"a\").Clear()")]
    [InlineData("public class T { public T(IEnumerable<int> a) => A = a.Order().ToList(); public List<int> A { get; private set; } public T Add(int i) { A.Add(i); return this; } }", "new T([2, 3]).Add(1)")]
    [InlineData("public class T { private readonly List<string> _a = []; public T(IEnumerable<string> a) { foreach (var i in a) _a.Add(i.Trim()); } public IReadOnlyList<string> A => _a; public T Add(string i) { _a.Add(i); return this; } }", "new T([\"a\"]).Add(\" b \")")]
    [InlineData("public class T { private readonly List<int> _a, _b; public T(IEnumerable<int> a, IEnumerable<int> b) { var list = new List<int>(); _a = list; _b = list; foreach (var i in a) _a.Add(i); foreach (var i in b) _b.Add(i); } public IReadOnlyList<int> A => _a; public IReadOnlyList<int> B => _b; }", "new T([1], [2])")]
    [InlineData("public class B { public B(int a) { A = a; Validate(); } protected virtual void Validate() { } public int A { get; private set; } public B Set(int a) { A = a; return this; } } public class T : B { public T(int a) : base(a) { } protected override void Validate() { if (A < 0) throw new ArgumentException(\"\"); } }", "(T)new T(1).Set(-1)")]
    // Null that the type replaces with another value.
    [InlineData("public readonly record struct T { public T(string? a) => A = a ?? \"none\"; public string A { get; } }", "default(T)")]
    [InlineData("public class T { public string Name { get => field ?? \"Unknown\"; set => field = value.Trim().ToLowerInvariant(); } }", "new T()")]
    [InlineData("public partial class T { public partial string A { get; set; } = \" x \"; } public partial class T { public partial string A { get => field; set => field = value.Trim(); } }", "new T()")]
    // Collections.
    [InlineData("public class T { private ImmutableList<int> _items = []; public T(IEnumerable<int> items) { _items.AddRange(items); } public IReadOnlyList<int> Items => _items; public T Put(int i) { _items = _items.Add(i); return this; } }", "new T([]).Put(4)")]
    [InlineData("public class Doubled : List<int> { public new void Add(int i) => base.Add(i * 2); } public class T { private readonly Doubled _items = []; public T(IEnumerable<int> items) { foreach (var i in items) _items.Add(i); } public IReadOnlyList<int> Items => _items; }", "new T([1, 2])")]
    [InlineData("public class T { public T(IReadOnlyList<Dictionary<string, decimal>> a) => A = [.. a.Where(d => d.Count > 0)]; public IReadOnlyList<Dictionary<string, decimal>> A { get; private set; } public T Set() { A = [new() { [\"a\"] = 1 }, new()]; return this; } }", "new T([]).Set()")]
    [InlineData("public class T { public T(IReadOnlyList<string> a) => A = [.. a.OrderBy(i => i, StringComparer.Ordinal)]; public IReadOnlyList<string> A { get; private set; } public T Set() { A = [\"b\", \"a\"]; return this; } }", "new T([]).Set()")]
    // An event that is a record of the user.
    [InlineData("public record T(int A);", "1", "[Event(\"Moved\")] public sealed partial record Moved(int A) { public int A { get; init; } = A >= 0 ? A : throw new ArgumentException(\"\"); } private void Apply(Moved e) { } public void Move() => Raise(new Moved(3) with { A = -1 });")]
    [InlineData("public record T(int A);", "1", "[Event(\"Moved\")] public sealed partial record Moved(string A, List<string> B) { public List<string> B { get; init; } = B.Count > 0 ? B : throw new ArgumentException(\"\"); } private void Apply(Moved e) { } public void Move() => Raise(new Moved(\"\", [\"a\"]) with { B = [] });")]
    public async Task An_object_that_would_not_be_loaded_unchanged_is_refused_when_raised(string type, string value, string? members = null)
    {
        var program = Build(type, value, members);
        var refused = await Assert.ThrowsAsync<EventValueException>(() => Go(program));
        Assert.Matches("whose constructor or setter changes the value that it receives|that throws .* when it is read or copied|null", refused.Message);
    }

    [Theory]
    [InlineData("public record T { public T(string name) => Name = Guard.NotEmpty(name, nameof(name)); public string Name { get; } } public static class Guard { public static string NotEmpty(string value, string name) { if (value.Length == 0) throw new ArgumentException(name); return value; } }", "new T(\"a\")")]
    [InlineData("public record T { public T(string name) => Name = name.Max(9); public string Name { get; } } public static class Guard { public static string Max(this string value, int length) => value.Length > length ? throw new ArgumentException(\"\") : value; }", "new T(\"a\")")]
    [InlineData("public record T { public T(string name) => Name = Tidy(name); public string Name { get; } private static string Tidy(string name) { var tidy = name.Trim(); if (tidy.Length == 0) throw new ArgumentException(\"\"); return tidy; } }", "new T(\" a \")")]
    [InlineData("public record T { public T(string name) => Name = Tidy(name); public string Name { get; } private static string Tidy(string name) { name = name.Trim(); return name; } }", "new T(\" a \")")]
    [InlineData("public record T(string Name) { public string Name { get; init => field = value.Trim(); } = Name.Trim(); }", "new T(\" a \") with { Name = \" b \" }")]
    [InlineData("public partial record T { public partial T(int a); public int A { get; } } public partial record T { public partial T(int a) { if (a < 0) throw new ArgumentException(\"\"); A = a; } }", "new T(3)")]
    [InlineData("public record struct T(decimal Amount, DateTimeOffset At, double D) { public decimal Amount { get; init; } = Amount < 0 ? throw new ArgumentException(\"\") : Amount; }", "new T(1.50m, new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), -0.0)")]
    [InlineData("public record T(int A);", "1", "[Event(\"Moved\")] public sealed partial record Moved(int A, List<string>? B, decimal? C, byte[] D) { public int A { get; init; } = A >= 0 ? A : throw new ArgumentException(\"\"); } private void Apply(Moved e) { } public void Move() => Raise(new Moved(3, [\"a\"], 1.50m, [1]));")]
    public async Task An_object_that_is_loaded_unchanged_is_stored(string type, string value, string? members = null) => await Go(Build(type, value, members));

    /// <summary>The order of a dictionary's entries is ignored; every other difference counts.</summary>
    [Theory]
    [InlineData("""{"a":1,"b":[1,2]}""", """{"b":[1,2],"a":1}""", true)]
    [InlineData("""[{"a":"x","b":null}]""", """[{"b":null,"a":"x"}]""", true)]
    [InlineData("""{"a":1.0,"b":1}""", """{"b":1.0,"a":1}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"b":1,"a":2}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1,"c":2}""", false)]
    [InlineData("""{"a":1,"b":2}""", """{"a":1234567}""", false)]
    [InlineData("""[1,2]""", """[2,1]""", false)]
    [InlineData("""[1,2]""", """[123]""", false)]
    [InlineData("""[1]""", """"1"""", false)]
    public void Two_objects_are_the_same_if_their_JSON_is_the_same(string first, string second, bool isSame) =>
        Assert.Equal(isSame, RaisedValues.IsSame(first, second, (writer, value, _) => writer.WriteRawValue(value), "field"));

    private static Assembly Build(string type, string value, string? members) => GeneratorRun.With(GeneratorRun.CoreReferences, "using System.Linq; using System.Collections.Immutable; " + type, $$"""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(Guid id);
            private void Apply(Registered e) { }

            {{members ?? """
                [Event("Kept")]
                public partial void Keep(T what);
                private void Apply(Kept e) => Kept1 = e.What;
                public T? Kept1 { get; private set; }
                """}}
        }

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class School;

        public static class Program
        {
            public static async Task Go()
            {
                await using var school = await School.OpenAsync("memory:");
                var dog = new Dog(Guid.NewGuid());
                {{(members is null ? $"var kept = {value}; dog.Keep(kept);" : "dog.Move();")}}
                await school.SaveAsync(dog);
                var loaded = await school.Repository.GetAsync<Dog>(dog.Id);
                {{(members is null ? "if (!kept.Equals(loaded.Kept1)) throw new InvalidOperationException($\"{kept} became {loaded.Kept1}\");" : "_ = loaded;")}}
            }
        }
        """).CompileWith("");

    private static async Task Go(Assembly program)
    {
        try
        {
            await (Task)program.GetType("Program")!.GetMethod("Go")!.Invoke(null, null)!;
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
        }
    }
}
