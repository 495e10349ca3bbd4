using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0049: a stored type must accept the same values now and when its event is loaded.</summary>
public sealed class StoredTypeCheckTests
{
    [Theory]
    [InlineData("public sealed record Day { public Day(DateTimeOffset value) { if (value < {|ESG0049:DateTimeOffset.UtcNow|}) throw new ArgumentOutOfRangeException(nameof(value)); Value = value; } public DateTimeOffset Value { get; } }")]
    [InlineData("public sealed record Day { public DateTimeOffset Value { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, {|ESG0049:DateTimeOffset.UtcNow|}); field = value; } } }")]
    [InlineData("public sealed record Day { public Day(string value) { if (!{|ESG0049:double.TryParse(value, out _)|}) throw new FormatException(); Value = value; } public string Value { get; } }")]
    [InlineData("public static class Limits { public static int Longest { get; set; } = 5; } public sealed record Day { public Day(string value) { if (value.Length > {|ESG0049:Limits.Longest|}) throw new FormatException(); Value = value; } public string Value { get; } }")]
    [InlineData("public sealed record Day { public Day(DateTimeOffset value) { Check(value); Value = value; } public DateTimeOffset Value { get; } private static void Check(DateTimeOffset value) { if (value < {|ESG0049:DateTimeOffset.UtcNow|}) throw new FormatException(); } }")]
    [InlineData("public sealed record Day { public Day(decimal value) { if (value < 0) throw new ArgumentException($\"{value} at {DateTimeOffset.UtcNow}\"); Value = value; } public decimal Value { get; } }")]
    [InlineData("public sealed record Day(DateTimeOffset Value) { public bool IsPast => Value < DateTimeOffset.UtcNow; public static Day Today() => new(DateTimeOffset.UtcNow); }")]
    [InlineData("public sealed record Day { private static readonly HashSet<string> Known = [\"a\"]; public Day(string value) { if (!Known.Contains(value)) throw new FormatException(); Value = value; } public string Value { get; } }")]
    public Task A_check_may_depend_on_values_only(string type) => Analysis.Verify(
        type, Dog("[Event(\"Planned\")] public partial void Plan(Day day); private void Apply(Planned e) { } [Event(\"Moved\")] public partial void Move(List<Day> days); private void Apply(Moved e) { }"), Other);

    [Fact]
    public Task A_check_in_an_event_of_the_user_may_depend_on_values_only() => Analysis.Verify(Dog(
        "[Event(\"Planned\")] public sealed partial record Planned { public Planned(DateTimeOffset day) { if (day < {|ESG0049:DateTimeOffset.UtcNow|}) throw new FormatException(); Day = day; } public DateTimeOffset Day { get; } } private void Apply(Planned e) { }"));

    // A second aggregate that stores the type causes no further diagnostic.
    private const string Other = "[EventSourced] public sealed partial class Other { [Event(\"Begun\")] public partial Other(Day day); private void Apply(Begun e) { } }";
}
