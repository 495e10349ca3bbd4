using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Shared;

/// <summary>Names and literals in generated code and in JSON.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("bornOn", "bornOn")]
    [InlineData("BornOn", "bornOn")]
    [InlineData("X", "x")]
    [InlineData("XY", "xy")]
    [InlineData("XYz", "xYz")]
    [InlineData("IPAddress", "ipAddress")]
    [InlineData("IP4", "iP4")]
    [InlineData("ABC", "abc")]
    [InlineData("_Name", "_Name")]
    [InlineData("Ärger", "ärger")]
    [InlineData("I", "i")]
    public void JSON_names_follow_the_framework(string name, string camel)
    {
        Assert.Equal(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name), camel);
        Assert.Equal(camel, Names.Camel(name));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("bornOn", "BornOn")]
    [InlineData("BornOn", "BornOn")]
    [InlineData("x", "X")]
    [InlineData("_name", "_name")]
    [InlineData("ärger", "Ärger")]
    [InlineData("犬", "犬")]
    [InlineData("ǅa", "ǅa")] // neither lower case nor upper case
    // Its upper case is two letters in some languages, and doesn't exist in the invariant culture.
    [InlineData("ßa", "ßa")]
    public void Properties_are_named_after_parameters(string name, string pascal) => Assert.Equal(pascal, Names.Pascal(name));

    [Theory]
    [InlineData("name", "name")]
    [InlineData("class", "@class")]
    [InlineData("record", "@record")]
    [InlineData("await", "@await")]
    public void Keywords_are_escaped(string name, string escaped) => Assert.Equal(escaped, Names.Escape(name));

    [Theory]
    [InlineData("string", "\"a\\\"\\n\"")]
    [InlineData("char", "'\\''")]
    [InlineData("bool", "true")]
    [InlineData("bool", "false")]
    [InlineData("float", "1.5f")]
    [InlineData("float", "float.NaN")]
    [InlineData("float", "float.PositiveInfinity")]
    [InlineData("float", "float.NegativeInfinity")]
    [InlineData("double", "0.1d")]
    [InlineData("double", "double.NaN")]
    [InlineData("double", "double.PositiveInfinity")]
    [InlineData("double", "double.NegativeInfinity")]
    [InlineData("decimal", "9.90m")]
    [InlineData("long", "-9223372036854775808L")]
    [InlineData("ulong", "18446744073709551615UL")]
    [InlineData("uint", "4294967295U")]
    [InlineData("int", "-5")]
    [InlineData("byte", "(byte)5")]
    [InlineData("short", "(short)-5")]
    [InlineData("sbyte", "(sbyte)-5")]
    [InlineData("ushort", "(ushort)5")]
    [InlineData("byte?", "(byte)5")]
    [InlineData("long?", "7L")]
    [InlineData("int?", "null")]
    [InlineData("string?", "null")]
    [InlineData("string", "null!")]
    [InlineData("System.DateOnly", "default")]
    [InlineData("System.DayOfWeek", "global::System.DayOfWeek.Monday")]
    [InlineData("System.DayOfWeek?", "global::System.DayOfWeek.Monday")]
    [InlineData("System.DayOfWeek", "(global::System.DayOfWeek)(77)")]
    [InlineData("System.DayOfWeek", "(global::System.DayOfWeek)(-1)")]
    public void A_default_is_written_as_in_the_source(string type, string constant)
    {
        var (value, symbol) = Default($"{type} p = {constant}");
        Assert.Equal(constant, Names.Constant(value, symbol));
    }

    /// <summary>A type is shown as the user wrote it, without namespaces. A name longer than a line would hide the message.</summary>
    [Theory]
    [InlineData("int[,]", "int[,]")]
    [InlineData("int[][,,]", "int[][,,]")]
    [InlineData("System.Collections.Generic.List<string?>", "List<string?>")]
    [InlineData("(int A, System.Guid B)", "(int A, Guid B)")]
    [InlineData("int?", "int?")]
    public void A_type_in_a_message(string type, string shown) => Assert.Equal(shown, Names.Show(Default($"{type} p = default").Type));

    [Theory]
    [InlineData(79)]
    [InlineData(80)]
    [InlineData(81)]
    [InlineData(200)]
    public void A_long_type_in_a_message_is_cut(int length)
    {
        var name = new string('N', length - "List<>".Length);
        var shown = Names.Show(Default($"System.Collections.Generic.List<{name}> p = default", $"class {name};").Type);

        Assert.Equal(length <= 80 ? $"List<{name}>" : $"List<{new string('N', 74)}…", shown);
        Assert.InRange(shown.Length, 1, 80);
    }

    private static (object? Value, ITypeSymbol Type) Default(string parameter, string more = "")
    {
        var compilation = CSharpCompilation.Create(
            "Sample", [CSharpSyntaxTree.ParseText($"#nullable enable\n{more} class C {{ public void M({parameter}) {{ }} }}", cancellationToken: TestContext.Current.CancellationToken)], GeneratorRun.CoreReferences,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
        var found = compilation.GetTypeByMetadataName("C")!.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters[0];
        return (found.ExplicitDefaultValue, found.Type);
    }
}
