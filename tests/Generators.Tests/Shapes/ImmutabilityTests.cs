using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>Objects that the caller could change after their event was raised are copied; immutable objects aren't.</summary>
public class ImmutabilityTests
{
    [Theory]
    [InlineData("record T(int A);", true)]
    [InlineData("record T { public int A { get; init; } }", true)]
    [InlineData("readonly struct T(int a) { public int A => a; }", true)]
    [InlineData("struct T { public int A; }", true)]
    [InlineData("record B(int A); record T(int A, int C) : B(A);", true)]
    // Properties and fields.
    [InlineData("record T { public int A { get; set; } }", false)]
    [InlineData("class T(int a) { public int A { get; private set; } = a; public void Add() => A++; }", false)]
    [InlineData("class T(int a) { private int _a = a; public int A => _a; public void Add() => _a++; }", false)]
    [InlineData("class T(int a) { private readonly int _a = a; public int A => _a; }", true)]
    [InlineData("class T { public int A; }", false)]
    [InlineData("partial class T(int a) { public int A => _a; } partial class T { private int _a = a; public void Add() => _a++; }", false)]
    [InlineData("record B { public int A { get; set; } } record T(int C) : B;", false)]
    // Parameters that the object keeps.
    [InlineData("class T(int a) { public int A => a; public string Twice() => a + \"\" + a; }", true)]
    [InlineData("class T(int a) { public int A => a; public void Add() => a++; }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() { --a; } }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() => (a) += 2; }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() => (a, _) = (2, 3); }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() => int.TryParse(\"5\", out a); }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() { ref var r = ref a; r++; } }", false)]
    [InlineData("partial class T(int a) { public int A => a; } partial class T { public void Add() => a++; }", false)]
    [InlineData("class B(int a) { public int A => a; public void Add() => a++; } class T(int a, int c) : B(a) { public int C => c; }", false)]
    [InlineData("class T(int a) { public int A => a; public static void Other(int a) => a.ToString(); }", true)]
    [InlineData("class T(int a) { public int A => a; public void Add() => ++a; }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() => a--; }", false)]
    [InlineData("class T(int a) { public int A => a; public void Add() => Set(ref a); private static void Set(ref int a) => a = 3; }", false)]
    [InlineData("unsafe class T(int a) { public int A => a; public void Add() { fixed (int* p = &a) (*p)++; } }", false)]
    [InlineData("class T(int a) { public int A => a; public int Twice() { var b = 0; b = a; return b * -a; } }", true)]
    [InlineData("class T(string a) { public string A => a; public int Length() => a!.Length + string.Concat(a, a).Length; }", true)]
    [InlineData("class T(int a) { public int A => a; public static int Other() { int a = 1; a++; return a; } }", true)]
    [InlineData("class T(DayOfWeek a, Guid b, DateTime c) { public DayOfWeek A => a; public Guid B => b; public DateTime C => c; }", true)]
    [InlineData("class T(int a) { public int A => a; public static int Count { get; set; } private static int _n; public static int Next() => _n++; }", true)]
    [InlineData("struct S { public int X; } record T(S A);", true)]
    [InlineData("struct S { public int X; } class T(S a, int b) { public S A => a; public int B => b; }", false)]
    [InlineData("record T(int A) { [StateIgnore] public int B { get; init; } = 1; }", false)]
    [InlineData("record B(int A) { [StateIgnore] public int C { get; init; } = 1; } record T(int A, int D) : B(A);", false)]
    [InlineData("readonly struct T(int a) { public int A => a; [StateIgnore] public int B { get; init; } = 1; }", false)]
    [InlineData("struct S { public int X; public void Add() => X++; } class T(S a) { public S A => a; public void Add() => a.Add(); }", false)]
    public void A_type_is_immutable_if_and_only_if_nothing_in_it_is_assigned_later(string types, bool isImmutable) =>
        Assert.Equal(isImmutable, ShapeOf(types).IsImmutable);

    [Theory]
    [InlineData("public record T(int A);", true)]
    [InlineData("public class T { public T(int a) => A = a; public int A { get; } }", true)]
    [InlineData("public record T { public T(int a) => A = a; public int A { get; private set; } public void Add() => A++; }", false)]
    [InlineData("public class T { public T(int a) => A = a; public int A { get; private set; } public void Add() => A++; }", false)]
    [InlineData("public record B { public int A { get; set; } } public record T(int C) : B;", false)]
    [InlineData("public class T { public T(int a, int b) { A = a; B = b; } public int A { get; } public int B { get; private set; } public void Add() => B++; }", false)]
    [InlineData("public class T { public T(int a) => A = a; public int A { get; } private static int _n; public static int Next() => _n++; public const int One = 1; }", true)]
    public void The_immutability_of_a_referenced_type_is_read_from_its_metadata(string types, bool isImmutable) =>
        Assert.Equal(isImmutable, ShapeOf("", StateCoverageTests.Reference(types)).IsImmutable);

    /// <summary>The members of a converted type aren't checked separately, so the check covers all of its fields.</summary>
    [Theory]
    [InlineData("record T(int A, string? B);", true)]
    [InlineData("readonly struct T(DateOnly day, Guid? id) { public DateOnly Day => day; public Guid? Id => id; }", true)]
    [InlineData("sealed class Link(int a) { public int A => a; } sealed class T(Link link) { public Link Link => link; }", true)]
    [InlineData("sealed class T { private readonly List<string> _items = []; public void Add(string s) => _items.Add(s); }", false)]
    [InlineData("readonly struct T { private readonly int[] _items; }", false)]
    [InlineData("struct Inner { public int[] Items; } readonly struct T { private readonly Inner _inner; }", false)]
    [InlineData("sealed class T(List<int> items) { public int Count => items.Count; }", false)]
    [InlineData("class Link { } sealed class T(Link link) { public string Text => link + \"\"; }", false)]
    [InlineData("sealed class T { private readonly object _other = new(); public override string ToString() => _other + \"\"; }", false)]
    [InlineData("sealed class T { private readonly T? _next; private int _a; public override string ToString() => _a++ + \"\" + _next; }", false)]
    [InlineData("readonly record struct T(DayOfWeek Day);", true)]
    [InlineData("record T(int A) { private static readonly List<int> All = []; public static int Count => All.Count; }", true)]
    [InlineData("sealed class T(Version version) { public Version Version => version; }", false)]
    [InlineData("sealed class T(Action a) { public Action A => a; }", false)]
    [InlineData("interface I; sealed class T(I i) { public I I => i; }", false)]
    public void A_converted_type_is_immutable_if_and_only_if_all_that_it_holds_is(string types, bool isImmutable)
    {
        Assert.Equal(isImmutable, ShapeOf($"[assembly: StateConverterFor(typeof(T), typeof(C))]\n{types}\n{Converter}").IsImmutable);
    }

    [Theory]
    [InlineData("object")]
    [InlineData("System.Array")]
    public void A_type_that_may_be_anything_is_not_immutable(string type) => Assert.False(ShapeOf($"using T = {type};\n[assembly: StateConverterFor(typeof(T), typeof(C))]\n{Converter}").IsImmutable);

    /// <summary>In an editor, the source of a referenced project is available.</summary>
    [Theory]
    [InlineData("public sealed class T(int a) { public int Next() => a++; }", false)]
    [InlineData("public sealed class T(int a) { public int Next() => a + 1; }", true)]
    public void The_immutability_of_a_type_of_another_project_in_an_editor_is_read_from_its_source(string types, bool isImmutable)
    {
        var other = GeneratorRun.With(GeneratorRun.CoreReferences, types).Input.WithAssemblyName("Other").ToMetadataReference();
        Assert.Equal(isImmutable, ShapeOf($"[assembly: StateConverterFor(typeof(T), typeof(C))]\n{Converter}", other).IsImmutable);
    }

    private const string Converter = "static class C { public static void Write(System.Text.Json.Utf8JsonWriter w, T t) { } public static T Read(ref System.Text.Json.Utf8JsonReader r) => default!; }";

    private static ShapeModel ShapeOf(string types, MetadataReference? reference = null) =>
        StateCoverageTests.Shape(types, reference is null ? GeneratorRun.CoreReferences : [.. GeneratorRun.CoreReferences, reference]);
}
