using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Shared;

/// <summary>The extension methods for symbols.</summary>
public sealed class SymbolTests
{
    [Theory]
    [InlineData("EventSourcing.EventAttribute", "EventSourcing.EventAttribute", true)]
    [InlineData("EventSourcing.EventAttribute", "EventAttribute", false)]
    [InlineData("EventAttribute", "EventSourcing.EventAttribute", false)]
    [InlineData("X.EventSourcing.EventAttribute", "EventSourcing.EventAttribute", false)]
    [InlineData("EventSourcing.EventAttribute", "X.EventSourcing.EventAttribute", false)]
    [InlineData("EventSourcing.X.EventAttribute", "EventSourcing.EventAttribute", false)]
    [InlineData("MyEventSourcing.EventAttribute", "EventSourcing.EventAttribute", false)]
    [InlineData("EventSourcing.EventAttribute", "MyEventSourcing.EventAttribute", false)]
    [InlineData("EventSourcing.MyEventAttribute", "EventSourcing.EventAttribute", false)]
    [InlineData("EventSourcing.EventAttribute", "EventSourcing.MyEventAttribute", false)]
    [InlineData("EventSourcing.EventAttributes", "EventSourcing.EventAttribute", false)]
    [InlineData("A.B.C", "A.B.C", true)]
    [InlineData("A.B.C", "A.X.C", false)]
    [InlineData("A.B.C", "X.B.C", false)]
    [InlineData("A.B.C", "A-B.C", false)]
    [InlineData("C", "C", true)]
    [InlineData("C", ".C", false)]
    [InlineData("C", "XC", false)]
    public void A_type_has_one_name(string declared, string asked, bool isNamed)
    {
        var dot = declared.LastIndexOf('.');
        var type = Type($"{(dot < 0 ? "" : $"namespace {declared[..dot]};")} public class {declared[(dot + 1)..]};", declared);
        Assert.Equal(isNamed, type.IsNamed(asked));
    }

    [Fact]
    public void A_nested_or_generic_type_has_another_name()
    {
        Assert.False(Type("namespace A; public class Outer { public class C; }", "A.Outer+C").IsNamed("A.C"));
        Assert.True(Type("namespace A; public class C<T>;", "A.C`1").IsNamed("A.C`1"));
        Assert.False(Type("namespace A; public class C<T>;", "A.C`1").IsNamed("A.C"));
    }

    [Theory]
    [InlineData("public class C;", 4)]
    [InlineData("internal class C;", 2)]
    [InlineData("public class O { public class C; }", 4)]
    [InlineData("public class O { protected internal class C; }", 3)]
    [InlineData("public class O { internal class C; }", 2)]
    [InlineData("public class O { protected class C; }", 2)]
    [InlineData("public class O { private protected class C; }", 1)]
    [InlineData("public class O { private class C; }", 0)]
    [InlineData("internal class O { public class C; }", 2)]
    [InlineData("public class O { private class P { public class C; } }", 0)]
    public void A_type_reaches_no_further_than_its_containing_types(string source, int reach)
    {
        var type = Type(source);
        Assert.Equal(reach, type.Reach());
        var list = Compilation(source).GetTypeByMetadataName("System.Collections.Generic.Dictionary`2")!;
        Assert.Equal(reach, list.Construct(list.TypeParameters[0], type).Reach());
        Assert.Equal(reach, list.Construct(type, list.TypeParameters[1]).Reach());
        Assert.Equal(reach, Compilation(source).CreateArrayTypeSymbol(Type(source)).Reach());
        Assert.Equal(4, list.TypeParameters[0].Reach());
    }

    [Fact]
    public void IsOrDerivesFrom_finds_a_class_and_its_bases()
    {
        var type = Type("namespace A; public class G; public class B : G; public class C : B;", "A.C");
        Assert.True(type.IsOrDerivesFrom("A.C"));
        Assert.True(type.IsOrDerivesFrom("A.B"));
        Assert.True(type.IsOrDerivesFrom("A.G"));
        Assert.True(type.IsOrDerivesFrom("System.Object"));
        Assert.False(type.IsOrDerivesFrom("A.D"));
    }

    [Fact]
    public void A_location_is_the_first_one_that_the_user_wrote()
    {
        static SyntaxTree File(string path, string text) => CSharpSyntaxTree.ParseText(text, path: path, cancellationToken: TestContext.Current.CancellationToken);
        var compilation = CSharpCompilation.Create("Sample",
        [
            File("/obj/EventSourcingGenerator/C.g.cs", "public partial class C { public void Generated() { } }"), File("/First.cs", "public partial class C { public int Field; }"),
            File("/Second.cs", "public partial class C;"), File("/Other.g.cs", "public partial class D;"), File("/EventSourcingGenerator.cs", "public partial class E;"),
        ]);
        var type = compilation.GetTypeByMetadataName("C")!;
        Assert.Equal("/First.cs", type.UserLocation().SourceTree!.FilePath);
        Assert.Equal(2, type.UserDeclarations(TestContext.Current.CancellationToken).Count());
        Assert.True(type.GetMembers("Field").Single().IsUserWritten());
        Assert.False(type.GetMembers("Generated").Single().IsUserWritten());
        Assert.False(type.InstanceConstructors.Single().IsUserWritten());
        Assert.Equal("/obj/EventSourcingGenerator/C.g.cs", type.GetMembers("Generated").Single().UserLocation().SourceTree!.FilePath);
        Assert.True(compilation.GetTypeByMetadataName("D")!.IsUserWritten());
        Assert.True(compilation.GetTypeByMetadataName("E")!.IsUserWritten());
    }

    [Theory]
    [InlineData("public class C { public void M(int a, List<int>[] b, (int, string) c, Unknown<int> d) { } }", false)]
    [InlineData("public class C { public void M(int) { } }", true)]
    [InlineData("public class C { public void M(int a, ) { } }", true)]
    [InlineData("public class C { public void M(Dictionary<int, > a) { } }", true)]
    [InlineData("public class C { public void M(Dictionary<int, >[] a) { } }", true)]
    [InlineData("public class C { public void M(List<Dictionary<int, >> a) { } }", true)]
    [InlineData("public class C { public void M((int, ) a) { } }", true)]
    [InlineData("public class C { public Dictionary<int, > M(int a) => null!; }", true)]
    public void A_member_is_half_typed_while_a_name_is_missing(string source, bool isHalfTyped) => Assert.Equal(
        isHalfTyped, Type("using System.Collections.Generic; " + source).GetMembers().OfType<IMethodSymbol>().First(m => m.MethodKind == MethodKind.Ordinary).IsHalfTyped());

    [Theory]
    [InlineData("public record C(int A);", false)]
    [InlineData("public record C(int);", true)]
    [InlineData("public record C(int A, Dictionary<int, > B);", true)]
    [InlineData("public class C(int);", false)]
    public void A_record_is_half_typed_while_a_name_is_missing(string source, bool isHalfTyped) =>
        Assert.Equal(isHalfTyped, Type("using System.Collections.Generic; " + source).IsHalfTyped());

    [Theory]
    [InlineData("public class B { private int A; }", "", null)]
    [InlineData("public class B { protected int A; }", "", "B")]
    [InlineData("public class B { internal int A; }", "", "B")]
    [InlineData("public class B { private protected int A; }", "", "B")]
    [InlineData("public class G { public int A; } public class B : G { private int A; }", "", "G")]
    [InlineData("public class G { public int A; } public class B : G { public new int A; }", "", "B")]
    [InlineData("public class B { public int Other; }", "", null)]
    [InlineData("", "public class B { internal int A; }", null)]
    [InlineData("", "public class B { private protected int A; }", null)]
    [InlineData("", "public class B { protected internal int A; }", "B")]
    [InlineData("", "public class B { public int A; }", "B")]
    [InlineData("", "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Sample\")] public class B { internal int A; }", "B")]
    [InlineData("", "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Sample\")] public class B { private int A; }", null)]
    public void A_member_is_inherited_if_it_is_accessible(string source, string reference, string? from)
    {
        var other = CSharpCompilation.Create("Other", [CSharpSyntaxTree.ParseText(reference, cancellationToken: TestContext.Current.CancellationToken)], GeneratorRun.CoreReferences, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var compilation = Compilation(source + " public class C : B { public int A; }").AddReferences(other.ToMetadataReference());
        Assert.Equal(from, compilation.GetTypeByMetadataName("C")!.InheritedMember("A")?.ContainingType.Name);
    }

    [Theory]
    [InlineData("[System.Obsolete(\"a\", true)]", true)]
    [InlineData("[System.Obsolete(\"a\", false)]", false)]
    [InlineData("[System.Obsolete(\"a\")]", false)]
    [InlineData("[System.Obsolete]", false)]
    [InlineData("[X.Obsolete(\"a\", true)]", false)]
    public void Only_a_type_that_is_obsolete_as_an_error_can_not_be_used(string attribute, bool isError) =>
        Assert.Equal(isError, Type($"namespace X {{ public class ObsoleteAttribute(string a, bool b) : System.Attribute; }} {attribute} public class C;").IsObsoleteError());

    private static ITypeSymbol Type(string source, string? name = null)
    {
        var compilation = Compilation(source);
        return name is null ? (ITypeSymbol)compilation.GetSymbolsWithName("C", SymbolFilter.Type).Single() : compilation.GetTypeByMetadataName(name)!;
    }

    private static CSharpCompilation Compilation(string source) => CSharpCompilation.Create(
        "Sample", [CSharpSyntaxTree.ParseText(source)], GeneratorRun.CoreReferences, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
}
