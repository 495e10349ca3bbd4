using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>A query with the same result on every machine is followed. One that depends on a culture, a static member or the user's code isn't.</summary>
public class FollowedQueryTests
{
    [Theory]
    // An order that is always the same.
    [InlineData("bool", "d.Order()")]
    [InlineData("char", "d.Order()")]
    [InlineData("int", "d.OrderDescending()")]
    [InlineData("decimal", "d.Order()")]
    [InlineData("double", "d.Order()")]
    [InlineData("DateTime", "d.Order()")]
    [InlineData("Guid", "d.Order()")]
    [InlineData("DateTimeOffset", "d.Order()")]
    [InlineData("DateOnly", "d.Order()")]
    [InlineData("TimeOnly", "d.Order()")]
    [InlineData("TimeSpan", "d.Order()")]
    [InlineData("DayOfWeek", "d.Order()")]
    [InlineData("string", "d.Order(StringComparer.Ordinal)")]
    [InlineData("string", "d.Order(StringComparer.OrdinalIgnoreCase)")]
    [InlineData("string", "d.OrderBy(x => x.Length)")]
    [InlineData("string", "d.OrderByDescending(x => x.Length)")]
    [InlineData("string", "d.OrderBy(x => x.Length).ThenBy(x => x[0])")]
    [InlineData("string", "d.OrderBy(x => x.Length).ThenByDescending(x => x, StringComparer.Ordinal)")]
    [InlineData("string", "d.OrderBy(x => x, StringComparer.OrdinalIgnoreCase)")]
    // A filter, or a change of each item.
    [InlineData("string", "d.Distinct()")]
    [InlineData("string", "d.Distinct(StringComparer.Ordinal)")]
    [InlineData("string", "d.Distinct(null)")]
    [InlineData("int", "d.Where(x => x > 0)")]
    [InlineData("int", "d.Where(x => { return x > 0; })")]
    [InlineData("char", "d.Where(char.IsDigit)")]
    [InlineData("string", "d.Where(string.IsNullOrEmpty)")]
    [InlineData("string", "d.Where(x => x.StartsWith('a') || x.IndexOf('a') > 0)")]
    [InlineData("string", "d.Where(x => x.StartsWith(\"a\", StringComparison.Ordinal))")]
    [InlineData("string", "d.Where(x => x.EndsWith(\"a\", StringComparison.OrdinalIgnoreCase))")]
    [InlineData("string", "d.Where(x => string.CompareOrdinal(x, \"a\") > 0)")]
    [InlineData("string", "d.Where(x => char.ToUpperInvariant(x[0]) == 'A')")]
    [InlineData("string", "d.Select(x => x)")]
    [InlineData("string", "d.Select(x => x.Trim())")]
    [InlineData("string", "d.Select(x => x.ToUpperInvariant()).Where(x => x.Length > Max)")]
    public void A_query_that_is_followed(string type, string query) => Assert.Null(Refusal(type, query));

    [Theory]
    [InlineData("string", "d.Order()")]
    [InlineData("string", "d.Order(null)")]
    [InlineData("string", "d.Order(StringComparer.CurrentCulture)")]
    [InlineData("string", "d.OrderBy(x => x)")]
    [InlineData("string", "d.OrderBy(x => x.Length).ThenBy(x => x)")]
    [InlineData("string", "d.OrderBy(x => Limit)")]
    [InlineData("Own", "d.Order()")]
    [InlineData("string", "d.Distinct(StringComparer.OrdinalIgnoreCase)")]
    [InlineData("int", "d.Where((x, i) => i > 0)")]
    [InlineData("int", "d.Where(x => { var y = x; return y > 0; })")]
    [InlineData("int", "d.Where(x => x > Limit)")]
    [InlineData("string", "d.Where(IsGood)")]
    [InlineData("string", "d.Where(x => IsGood(x))")]
    [InlineData("string", "d.Where(x => x.StartsWith(\"a\"))")]
    [InlineData("string", "d.Where(x => x.EndsWith(\"a\"))")]
    [InlineData("string", "d.Where(x => x.IndexOf(\"a\") > 0)")]
    [InlineData("string", "d.Where(x => x.LastIndexOf(\"a\") > 0)")]
    [InlineData("string", "d.Where(x => string.Compare(x, \"a\") > 0)")]
    [InlineData("string", "d.Where(x => x.CompareTo(\"a\") > 0)")]
    [InlineData("string", "d.Where(x => string.Format(\"{0}\", x) == \"a\")")]
    [InlineData("string", "d.Where(x => x.ToUpper() == \"A\")")]
    [InlineData("string", "d.Where(x => x.ToLower() == \"a\")")]
    [InlineData("string", "d.Where(x => char.ToUpper(x[0]) == 'A')")]
    [InlineData("string", "d.Where(x => char.ToLower(x[0]) == 'a')")]
    [InlineData("string", "d.Where(x => x.StartsWith(\"a\", StringComparison.CurrentCulture))")]
    [InlineData("string", "d.Where(x => x.StartsWith(\"a\", StringComparison.InvariantCulture))")]
    [InlineData("string", "d.Select(x => \"a\")")]
    [InlineData("string", "d.Select((x, i) => x)")]
    [InlineData("string", "d.Select(x => x + \"a\")")]
    [InlineData("string", "d.Select(Tidy)")]
    [InlineData("string", "d.Skip(1)")]
    [InlineData("string", "d.Concat(d)")]
    public void A_query_that_is_not_followed(string type, string query) => Assert.Contains("doesn't assign its parameter 'd'", Refusal(type, query), StringComparison.Ordinal);

    private static string? Refusal(string type, string query) => StateCoverageTests.Refusal($$"""
        public sealed record Own(int A) : IComparable<Own> { public int CompareTo(Own? other) => 0; }
        public sealed class T
        {
            public T(IEnumerable<{{type}}> d) => D = {{query}}.ToList();
            public IReadOnlyList<{{type}}> D { get; }
            public static int Limit = 3;
            private const int Max = 3;
            private static bool IsGood(string x) => x.Length > Limit;
            private static string Tidy(string x) => x + Limit;
        }
        """);
}
