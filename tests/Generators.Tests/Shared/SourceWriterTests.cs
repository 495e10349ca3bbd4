using System.Reflection;
using System.Text;
using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Shared;

/// <summary>How generated source is written.</summary>
public sealed class SourceWriterTests
{
    [Fact]
    public void Each_line_is_indented_and_has_the_same_ending()
    {
        var writer = new SourceWriter();
        Assert.True(writer.IsEmpty);
        using (writer.Open("class C"))
        {
            writer.Line("int a;\r\n\r\n#if X\nint b;\n\n  int c;");
            writer.Line();
            using (writer.Open("void F()", "};"))
            using (writer.Indent())
            {
                writer.Line("x();");
            }
        }

        writer.Line("end\n");
        Assert.False(writer.IsEmpty);
        Assert.Equal("class C\n{\n    int a;\n\n#if X\n    int b;\n\n      int c;\n\n    void F()\n    {\n            x();\n    };\n}\nend\n\n", writer.ToString());
        Assert.Equal(writer.ToString(), writer.ToSourceText().ToString());
        Assert.Empty(writer.ToSourceText().Encoding!.GetPreamble());
    }

    [Fact]
    public void The_most_frequent_namespaces_are_aliases()
    {
        var writer = new SourceWriter();
        writer.Aliases();
        writer.Line("global::EventSourcing.IEvent a; global::EventSourcing.CompilerServices.StateJson b;\nglobal::System.Guid c; global::Systems.D d; global::E e; global::");
        Assert.Equal(
            "using __gen = global::EventSourcing.CompilerServices;\nusing __es = global::EventSourcing;\nusing __sys = global::System;\n"
                + "__es::IEvent a; __gen::StateJson b;\n__sys::Guid c; global::Systems.D d; global::E e; global::\n",
            writer.ToString());

        // Text of the user's stays as it is.
        var literal = Names.Literal("global::System.Guid ::: \"global::EventSourcing.X\"");
        Assert.Equal("global::System.Guid ::: \"global::EventSourcing.X\"", CSharpSyntaxTree.ParseText($"_ = {literal};", cancellationToken: TestContext.Current.CancellationToken).GetRoot(TestContext.Current.CancellationToken)
            .DescendantTokens().Single(t => t.IsKind(SyntaxKind.StringLiteralToken)).ValueText);
        writer = new SourceWriter();
        Assert.Equal(literal + "\n", writer.Line(literal).ToString());
    }

    [Fact]
    public void Arrays_compare_by_their_items()
    {
        EquatableArray<string> ab = new[] { "a", "b" }.ToEquatableArray(), same = new[] { "a", "b" }.ToEquatableArray(), ba = new[] { "b", "a" }.ToEquatableArray();
        Assert.True(ab.Equals(same) && ab.Equals((object)same));
        Assert.Equal(ab.GetHashCode(), same.GetHashCode());
        Assert.False(ab.Equals(ba) || ab.Equals((object)ba) || ab.Equals((object)"a") || ab.Equals(null) || ab.Equals(EquatableArray<string>.Empty));
        Assert.NotEqual(ab.GetHashCode(), ba.GetHashCode());
        Assert.True(default(EquatableArray<string>).Equals(EquatableArray<string>.Empty));
        Assert.Equal(default(EquatableArray<string>).GetHashCode(), EquatableArray<string>.Empty.GetHashCode());
        Assert.Equal((2, "b"), (ab.Count, ab[1]));
        Assert.Equal(["a", "b"], ab);
        Assert.Empty(default(EquatableArray<string>));
    }

    [Theory]
    [InlineData(1, 8)] // compared one by one
    [InlineData(8, 8)]
    [InlineData(9, 8)] // by their length
    [InlineData(9, 1)] // all of one length: by a byte
    [InlineData(16, 2)] // few of each length
    [InlineData(40, 3)]
    [InlineData(300, 1)]
    public void Topics_are_distinguished(int count, int lengths)
    {
        // Includes topics that differ in a quote, a backslash, a control character or a letter of two bytes.
        string[] special = ["'", "\\", "\"", " ", "!", "~", "\u007f", "\u001f", "é", "è"];
        var topics = Enumerable.Range(0, count).Select(i => $"Dog.{new string('x', i % lengths)}{i:000}").Concat(special.Select(s => $"Cat{s}")).Take(count <= 8 ? count : Math.Max(count, special.Length)).ToList();
        var writer = new SourceWriter();
        writer.Aliases();
        using (writer.Open("public static class C"))
        using (writer.Open("public static int Find(byte[] bytes)"))
        {
            writer.Line("var topic = new System.ReadOnlySpan<byte>(bytes);");
            new TopicSwitch(writer, "topic").Write(topics.Select((t, i) => (t, $"return {i};")));
            writer.Line("return -1;");
        }

        var find = Compiled(writer.ToString());
        foreach (var (topic, i) in topics.Select((t, i) => (t, i)))
        {
            var bytes = Encoding.UTF8.GetBytes(topic);
            Assert.Equal(i, find(bytes));
            bytes[^1] ^= 0x80;
            Assert.Equal(topics.IndexOf(Encoding.UTF8.GetString(bytes)), find(bytes));
            Assert.Equal(-1, find(bytes[..^1]));
            Assert.Equal(-1, find([.. bytes, 0]));
        }

        Assert.Equal(-1, find([]));
        // Few topics are compared one by one, many topics are not.
        Assert.Equal(topics.Count > 8, writer.ToString().Contains("switch (topic.Length)", StringComparison.Ordinal));
        Assert.Equal(topics.GroupBy(t => Encoding.UTF8.GetByteCount(t)).Any(g => topics.Count > 8 && g.Count() > 8), writer.ToString().Contains("switch (topic[", StringComparison.Ordinal));
    }

    private static Func<byte[], int> Compiled(string source)
    {
        var compilation = CSharpCompilation.Create(
            "Sample", [CSharpSyntaxTree.ParseText(source)], GeneratorRun.CoreReferences, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return Assembly.Load(image.ToArray()).GetType("C")!.GetMethod("Find")!.CreateDelegate<Func<byte[], int>>();
    }
}
