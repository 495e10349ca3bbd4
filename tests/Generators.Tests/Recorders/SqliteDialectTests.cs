using EventSourcing.Generators.Recorders.Sql;
using Xunit;
using static EventSourcing.Generators.Tests.Recorders.RecorderModels;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>The SQL of SQLite recorders, and the names in it.</summary>
public class SqliteDialectTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("_")]
    [InlineData("trainingschool")]
    [InlineData("Select_9")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnop")]
    public void Identifiers_that_are_allowed(string name) => Assert.True(Identifier.IsAllowed(name));

    [Theory]
    [InlineData("")]
    [InlineData("9a")]
    [InlineData("a b")]
    [InlineData("a-b")]
    [InlineData("a.b")]
    [InlineData("a\"b")]
    [InlineData("a'b")]
    [InlineData("a;b")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    [InlineData("hündin")]
    [InlineData("犬")]
    [InlineData("a\u202Eb")]
    [InlineData("٣a")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq")]
    public void Identifiers_that_are_refused(string name)
    {
        Assert.False(Identifier.IsAllowed(name));
        Assert.Throws<ArgumentException>(() => new SqliteDialect().Events(Model(name)));
    }

    [Fact]
    public void Random_texts_are_refused_or_made_of_allowed_characters()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 10_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(50)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 128 : 65536))]);
            var isPlain = text.Length is > 0 and <= 42 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            Assert.True(isPlain == Identifier.IsAllowed(text), $"seed {seed}, text {i}");
        }
    }

    [Fact]
    public void Quotes_in_names_are_doubled() => Assert.Equal("\"a\"\"b\"", Identifier.Quote("a\"b"));

    [Fact]
    public void Keys_have_the_type_of_their_kind()
    {
        Assert.Contains("originator_id BLOB NOT NULL", Text(Model("school"), "CreateTable"), StringComparison.Ordinal);
        Assert.Contains("originator_id TEXT NOT NULL", Text(Model("school") with { HasTextKeys = true }, "CreateTable"), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_parameters_and_the_table_is_quoted()
    {
        foreach (var (_, sql) in new SqliteDialect().Events(Model("school")))
        {
            Assert.DoesNotContain("'", sql, StringComparison.Ordinal);
            Assert.Equal(sql.Split("school_events").Length, sql.Split("\"school_events").Length);
        }
    }

    private static string Text(TableNames model, string name) => new SqliteDialect().Events(model).Single(text => text.Name == name).Sql;
}
