using EventSourcing.Generators.Tests.Testing;
using EventSourcing.Generators.Tests.ValidPrograms;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Diagnostics;

/// <summary>
/// Declarations that the compiler itself refuses. A generated part that repeats them would repeat the error, in a file that the user
/// didn't write. So no code is generated that can't compile, and the generator also reports an error that explains the mistake.
/// </summary>
public sealed class RefusedDeclarationTests
{
    [Theory]
    [InlineData("a type that is less accessible", "ESG0010", "public partial void Walk(Size size);", "enum Size { Small }")]
    [InlineData("a private type", "ESG0010", "public partial void Walk(Size size); private enum Size { Small }")]
    [InlineData("a type that is local to its file", "ESG0006", "public partial void Walk(Size size);", "file record Size(int Feet);")]
    [InlineData("a list of a type that is local to its file", "ESG0006", "partial void Walk(List<Size> size);", "file record Size(int Feet);")]
    [InlineData("an unknown nested type", "ESG0038", "public partial void Walk(Foo.Bar bar);", "public class Foo;")]
    [InlineData("a nested type of an unknown one", "ESG0038", "public partial void Walk(List<Foo.Bar> bars);")]
    [InlineData("an unknown type of a namespace", "ESG0038", "public partial void Walk(System.Strng text);")]
    [InlineData("an unknown type of the global namespace", "ESG0038", "public partial void Walk(global::Strng text);")]
    [InlineData("an unknown type", "ESG0038", "public partial void Walk(Strng text, List<Strng<int>> texts);")]
    [InlineData("an inaccessible type", "ESG0038", "public partial void Walk(Foo.Bar bar);", "public class Foo { private enum Bar { A } }")]
    [InlineData("an ambiguous name", "ESG0038", "public partial void Walk(Bar bar);", "namespace A { public enum Bar { A } } namespace B { public enum Bar { A } }")]
    [InlineData("a type without its arguments", "ESG0038", "public partial void Walk(List list);")]
    [InlineData("a type with too many arguments", "ESG0038", "public partial void Walk(List<int, int> list);")]
    [InlineData("a type argument that isn't allowed", "ESG0006", "public partial void Walk(Box<string> box);", "public record Box<T>(T Value) where T : struct;")]
    [InlineData("a type argument without a parameterless constructor", "ESG0006", "public partial void Walk(Box<Uri> box);", "public record Box<T>(T Value) where T : new();")]
    [InlineData("a type argument without the interface", "ESG0006", "public partial void Walk(Box<int> box);", "public record Box<T>(T Value) where T : IDisposable;")]
    [InlineData("a nullable class", "ESG0006", "public partial void Walk(Nullable<string> text);")]
    [InlineData("a pointer", "ESG0006", "public partial void Walk(int* where);")]
    [InlineData("an array of pointers", "ESG0006", "public partial void Walk(int*[] where);")]
    [InlineData("a pointer to a function", "ESG0006", "public partial void Walk(delegate*<int> where);")]
    [InlineData("a static class", "ESG0006", "public partial void Walk(Console where);")]
    [InlineData("a key that may be null", "ESG0006", "public partial void Walk(Dictionary<string?, int> steps);")]
    [InlineData("a list with a key that may be null", "ESG0006", "public partial void Walk(List<Dictionary<string?, int>[]> steps);")]
    [InlineData("a name that isn't allowed for an element of a tuple", "ESG0006", "public partial void Walk((int Rest, int Steps) walk);")]
    [InlineData("the name of another element", "ESG0006", "public partial void Walk(List<(int Item2, int Steps)> walks);")]
    [InlineData("two elements of one name", "ESG0006", "public partial void Walk((int Steps, int Steps) walk);")]
    [InlineData("a tuple with a name that isn't allowed, in a record", "ESG0006", "public partial void Walk(Place place);", "public record Place((int ToString, int Steps) Way);")]
    [InlineData("two parameters of one name", "ESG0009", "public partial void Walk(int steps, int steps);")]
    [InlineData("a parameter with this", "ESG0005", "public partial void Walk(this int steps);")]
    [InlineData("an explicit implementation", "ESG0005", "partial void IDisposable.Dispose();")]
    [InlineData("an abstract member", "ESG0005", "public abstract partial void Walk(int steps);")]
    [InlineData("a virtual member of a sealed class", "ESG0005", "public virtual partial void Walk(int steps);")]
    [InlineData("a modifier that isn't allowed", "ESG0005", "public readonly partial void Walk(int steps);")]
    [InlineData("two accessibilities", "ESG0005", "public private partial void Walk(int steps);")]
    [InlineData("async", "ESG0005", "public async partial Task Walk(int steps);")]
    [InlineData("the parameters of another member", "ESG0005", "public partial void Walk(int steps); [Event(\"Run\")] public partial void Walk(int miles); private void Apply(Run e) { }")]
    [InlineData("the parameters of another constructor", "ESG0005", "public partial Dog(string? other);")]
    [InlineData("a constructor with this", "ESG0005", "public partial Dog(this int steps);")]
    [InlineData("a body in another part", "ESG0004", "public partial void Walk(int steps); public partial void Walk(int steps) { }")]
    [InlineData("a body of a constructor in another part", "ESG0004", "public partial Dog(int steps); public partial Dog(int steps) { }")]
    [InlineData("a body of a partial member", "ESG0004", "public partial void Walk(int steps) { }")]
    [InlineData("a body of a partial constructor", "ESG0004", "public partial Dog(int steps) { }")]
    [InlineData("extern", "ESG0004", "public extern partial void Walk(int steps);")]
    [InlineData("a type without its type arguments", "ESG0038", "public partial void Walk(List<> list);")]
    [InlineData("a constructor of another name", "ESG0005", "public partial Dgo(int steps);")]
    [InlineData("a constructor of another name with the parameters of an existing one", "ESG0005", "public partial Dgo(string name);")]
    [InlineData("a constructor that calls another", "ESG0005", "public partial Dog(int steps) : this(\"x\");")]
    [InlineData("a constructor that calls the base constructor", "ESG0005", "public partial Dog(int steps) : base();")]
    [InlineData("two events", "ESG0005", "[Event(\"Ran\")] public partial void Walk(int steps);")]
    [InlineData("a nested type named like the class", "ESG0009", "public partial void Walk(int steps); public enum Dog { A }")]
    [InlineData("a nested class named like the class", "ESG0009", "public partial void Walk(int steps); private class Dog { }")]
    [InlineData("a factory beside a nested type named like the class", "ESG0009", "public static partial Dog Walk(int steps); private class Dog { }")]
    [InlineData("a property named like the class", "ESG0009", "public partial void Walk(int steps); public int Dog { get; set; }")]
    [InlineData("a setter of the id", "ESG0028", "public partial void Walk(int steps); public void set_Id(Guid id) { }")]
    [InlineData("an id that is local to its file", "ESG0030", "public partial Dog(DogId id);", "file readonly record struct DogId(Guid Value);", true)]
    [InlineData("an unknown nested id", "ESG0038", "public partial Dog(Foo.Id id);", "public class Foo;", true)]
    public void A_mistake_of_the_user_causes_no_error_in_a_generated_file(string mistake, string id, string member, string other = "", bool isFirst = false)
    {
        // The two namespaces exist only in the case with an ambiguous name.
        var usings = other.StartsWith("namespace", StringComparison.Ordinal) ? "using A; using B;\n" : "";
        var good = isFirst ? "" : "[Event(\"Registered\")] public partial Dog(string name); private void Apply(Registered e) { }";
        var program = $$"""
            {{usings}}[EventSourced]
            public sealed partial class Dog
            {
                {{good}}

                [Event("Walked")]
                {{member}}
                private void Apply(Walked e) { }
            }

            {{other}}
            """;
        foreach (var options in new[] { ProjectOptions.Build, ProjectOptions.Editor })
        {
            var run = GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator()], options, program);
            var generated = run.Errors.Where(Verdict.IsGenerated).ToList();

            Assert.True(generated.Count == 0, $"{mistake}:\n{string.Join('\n', generated.Select(Verdict.Show))}");
            if (options == ProjectOptions.Build)
            {
                Assert.Equal([id], run.Result.Diagnostics.Select(d => d.Id).Distinct());
            }
        }
    }

    /// <summary>Declarations that can't be repeated: the generator reports the mistake and doesn't fail.</summary>
    [Theory]
    [InlineData("ESG0006", "[EventSourced] public sealed unsafe partial class Dog { [Event(\"Made\")] public partial Dog(int* where); private void Apply(Made e) { } }")]
    [InlineData("ESG0005", "[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public int P { [Event(\"Asked\")] get => 3; } }")]
    [InlineData("ESG0005", "[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public int P { get => 3; [Event(\"Told\")] set { } } }")]
    [InlineData("ESG0005", "[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public event System.Action P { [Event(\"Told\")] add { } remove { } } }")]
    [InlineData("ESG0005", "[EventSourced] public sealed partial class Dog { [Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } [Event(\"Added\")] public static Dog operator +(Dog a, Dog b) => a; [Event(\"Gone\")] ~Dog() { } }")]
    [InlineData("ESG0003", "[method: Event(\"Made\")] [EventSourced] public sealed partial class Dog(string name) { public string Name => name; }")]
    public void Declarations_that_can_not_be_repeated_are_still_reported(string id, string program)
    {
        foreach (var options in new[] { ProjectOptions.Build, ProjectOptions.Editor })
        {
            var run = GeneratorRun.Of(GeneratorRun.AllReferences, [new EventSourcingGenerator()], options, program);
            Assert.Equal("", string.Join('\n', run.Errors.Where(Verdict.IsGenerated).Select(Verdict.Show)));
            Assert.DoesNotContain(run.Result.Diagnostics, d => d.Id == "ESG0041");
            if (options == ProjectOptions.Build)
            {
                Assert.Contains(id, run.Result.Diagnostics.Select(d => d.Id));
            }
        }
    }

    /// <summary>The record of a refused event is still generated, so that its Apply is no second mistake.</summary>
    [Theory]
    [InlineData("public partial void Walk(System.Strng text);")]
    [InlineData("public partial void Walk((int Rest, int Steps) walk);")]
    [InlineData("public partial void Walk(int* where);")]
    public void An_Apply_of_a_refused_event_is_no_second_mistake(string member)
    {
        var run = GeneratorRun.InBuild($$"""
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e) { }

                [Event("Walked")]
                {{member}}
                private void Apply(Walked e) { }
            }
            """);

        Assert.DoesNotContain(run.Errors, e => e.Id == "CS0246");
        Assert.Contains("record Walked()", run.Files["Dog.Refused.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>For a class without partial, the compiler still reports the missing modifier, and nothing else.</summary>
    [Theory]
    [InlineData("public sealed class Dog", "")]
    [InlineData("public class Kennel { [EventSourced] public sealed partial class Dog", "}")]
    public void A_class_that_only_lacks_partial_is_generated(string heading, string end)
    {
        var run = GeneratorRun.InBuild($$"""
            {{(end == "" ? "[EventSourced]\n" : "")}}{{heading}}
            {
                [Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e) { }

                [Event("Walked")]
                public partial void Walk(int steps);
                private void Apply(Walked e) => _ = e.Steps;
            }{{end}}
            """);

        Assert.Equal(["ESG0001"], run.Result.Diagnostics.Select(d => d.Id));
        Assert.Equal(["CS0260"], run.Errors.Select(d => d.Id));
    }
}
