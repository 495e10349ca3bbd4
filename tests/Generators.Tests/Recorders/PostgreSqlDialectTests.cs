using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;
using static EventSourcing.Generators.Tests.Recorders.RecorderModels;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>The SQL of PostgreSQL recorders, and the names in it.</summary>
public class PostgreSqlDialectTests
{
    private const string Longest = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop";

    [Theory]
    [InlineData("public")]
    [InlineData("_")]
    [InlineData("Select_9")]
    [InlineData("pgschool")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk")]
    public void Schemas_that_are_allowed(string name) => Assert.True(Identifier.IsAllowedSchema(name));

    [Theory]
    [InlineData("")]
    [InlineData("9a")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("a\"b")]
    [InlineData("a'b")]
    [InlineData("a;b")]
    [InlineData("a\0b")]
    [InlineData("hündin")]
    [InlineData("a\u202Eb")]
    [InlineData("pg_catalog")]
    [InlineData("PG_temp")]
    [InlineData("pg_")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl")]
    public void Schemas_that_are_refused(string name)
    {
        Assert.False(Identifier.IsAllowedSchema(name));
        Assert.Throws<ArgumentException>(() => new PostgreSqlDialect().Events(Model("school", name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\"b")]
    [InlineData("a'b")]
    [InlineData(Longest + "q")]
    public void Prefixes_that_are_refused(string prefix) =>
        Assert.Throws<ArgumentException>(() => new PostgreSqlDialect().Events(Model(prefix)));

    [Fact]
    public void Random_texts_are_refused_or_made_of_allowed_characters()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 10_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(70)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 128 : 65536))]);
            if (random.Next(4) == 0)
            {
                text = "pg_" + text;
            }

            var isPlain = text.Length is > 0 and <= 63 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            var isAllowed = isPlain && !text.StartsWith("pg_", StringComparison.OrdinalIgnoreCase);
            Assert.True(isAllowed == Identifier.IsAllowedSchema(text), $"seed {seed}, text {i}");
        }
    }

    /// <summary>PostgreSQL truncates names to 63 bytes, so two longer names could become the same.</summary>
    [Theory]
    [InlineData("_events_aggregate_idx")]
    [InlineData("_events_id_seq")]
    [InlineData("_events_pkey")]
    public void Names_that_begin_with_the_longest_prefix_fit(string rest) => Assert.InRange(Identifier.MaxLength + rest.Length, 0, 63);

    [Fact]
    public void Keys_have_the_type_of_their_kind()
    {
        Assert.Contains("originator_id uuid NOT NULL", Text(Model("school"), "CreateTable"), StringComparison.Ordinal);
        foreach (var name in new[] { "Insert", "InsertFitting", "InsertEach", "SelectStored" })
        {
            Assert.Contains("unnest($1::uuid[]", Text(Model("school"), name), StringComparison.Ordinal);
            Assert.Contains("unnest($1::text[]", Text(Model("school") with { HasTextKeys = true }, name), StringComparison.Ordinal);
        }

        Assert.Contains("originator_id text NOT NULL", Text(Model("school") with { HasTextKeys = true }, "CreateTable"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_are_quoted_and_named_with_their_schema()
    {
        foreach (var (name, sql) in new PostgreSqlDialect().Events(Model("School", "Teaching")).Where(t => t.Name is not ("CreateSchema" or "CreateIndex" or "Listen" or "Notify")))
        {
            Assert.Contains("\"Teaching\".\"School_events\"", sql, StringComparison.Ordinal);
            Assert.True(sql.Split("School_events").Length == sql.Split("\"Teaching\".\"School_events\"").Length, name);
        }

        Assert.Equal("LISTEN \"school_events\"", Text(Model("School", "Teaching"), "Listen"));
        Assert.Equal("SELECT pg_catalog.pg_notify('school_events', '')", Text(Model("School", "Teaching"), "Notify"));
    }

    [Fact]
    public void The_script_creates_a_schema_other_than_public()
    {
        Assert.Equal(["CreateSchema", "CreateTable", "CreateIndex"], new PostgreSqlDialect().Script(Model("school", "teaching")));
        Assert.Equal(["CreateTable", "CreateIndex"], new PostgreSqlDialect().Script(Model("school")));
    }

    /// <summary>No value or name can get into an SQL text at run time.</summary>
    [Theory]
    [InlineData("Sqlite")]
    [InlineData("PostgreSql")]
    public void Generated_SQL_texts_are_constants(string provider)
    {
        var source = GeneratorRun.Of(Sources.Dog, Sources.School).Files[$"School.TrainingSchool.{provider}.g.cs"];
        var root = CSharpSyntaxTree.ParseText(source, cancellationToken: TestContext.Current.CancellationToken).GetCompilationUnitRoot(TestContext.Current.CancellationToken);

        Assert.Empty(root.DescendantNodes().OfType<InterpolatedStringExpressionSyntax>());
        Assert.Empty(root.DescendantNodes().OfType<BinaryExpressionSyntax>());
        var texts = root.DescendantNodes().OfType<FieldDeclarationSyntax>()
            .Where(f => f.Declaration.Type.ToString() == "string")
            .SelectMany(f => f.Declaration.Variables.Select(v => (f.Modifiers, Name: v.Identifier.Text))).ToList();
        Assert.True(texts.Count > 10);
        Assert.All(texts, t => Assert.Contains(t.Modifiers, m => m.IsKind(SyntaxKind.ConstKeyword)));
        // Each value that is passed to the runtime is such a constant, or a literal.
        Assert.All(
            root.DescendantNodes().OfType<AssignmentExpressionSyntax>(),
            a => Assert.True(a.Right is LiteralExpressionSyntax || texts.Any(t => t.Name == a.Right.ToString()), a.ToString()));
    }

    private static string Text(TableNames model, string name) => new PostgreSqlDialect().Events(model).Single(text => text.Name == name).Sql;
}
