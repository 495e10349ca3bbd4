using EventSourcing.Generators.CodeFixes;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.CodeFixes;

/// <summary>ESG0036: the fix adds <c>await using</c>, if that is allowed.</summary>
public sealed class DisposeCodeFixTests
{
    [Theory]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync();", "await using var transaction = await Recorder.BeginTransactionAsync();")]
    [InlineData("var session = CreateSession();", "await using var session = CreateSession();")]
    [InlineData("await Recorder.BeginTransactionAsync(eventsOnly: true);", "await using var transaction = await Recorder.BeginTransactionAsync(eventsOnly: true);")]
    public Task The_fix_disposes_at_the_end_of_the_block(string wrong, string right) =>
        Fixing.Verify<DisposeCodeFix>("ESG0036", Program("async ", wrong), Program("async ", right));

    [Theory]
    [InlineData("", "var session = CreateSession();")]
    [InlineData("async ", "if (Recorder.Provider is not null) await Recorder.BeginTransactionAsync();")]
    [InlineData("async ", "var session = CreateSession(); session = null;")]
    [InlineData("async ", "await (await Recorder.BeginTransactionAsync()).CommitAsync();")]
    public async Task The_fix_is_not_offered_where_it_would_not_compile(string modifiers, string statement) =>
        Assert.Empty(await Fixing.Offers<DisposeCodeFix>("ESG0036", Program(modifiers, statement)));

    private static string Program(string modifiers, string statement) => Dog() + "\n" + School($$"""
        public {{modifiers}}Task DoAsync()
            {
                // Begins.
                {{statement}}
                {{(modifiers.Length > 0 ? "await " : "return ")}}Task.CompletedTask;
            }
        """);
}
