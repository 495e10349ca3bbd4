using System.Reflection;
using EventSourcing.AspNetCore;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The tables of the documentation are complete.</summary>
public sealed class DocumentationTests
{
    private static readonly string Options = File.ReadAllText(Tree.PathOf("docs/options.md"));
    private static readonly string Guide = File.ReadAllText(Tree.PathOf("docs/guide.md"));

    public static TheoryData<string, string> Defaults => new()
    {
        { "MaxStateSize", $"{new EventStoreOptions().MaxStateSize >> 20} MiB" },
        { "MaxSaveSize", $"{new EventStoreOptions().MaxSaveSize >> 20} MiB" },
        { "MaxQueuedBytes", $"{new EventStoreOptions().MaxQueuedBytes >> 20} MiB" },
        { "WaitWhenQueueIsFull", new EventStoreOptions().WaitWhenQueueIsFull ? "true" : "false" },
        { "LockTimeout", $"{new EventStoreOptions().LockTimeout.TotalSeconds} s" },
        { "TransactionTimeout", new EventStoreOptions().TransactionTimeout == Timeout.InfiniteTimeSpan ? "none" : "" },
        { "SaveTimeout", $"{new EventStoreOptions().SaveTimeout.TotalSeconds} s" },
        { "ReadTimeout", $"{new EventStoreOptions().ReadTimeout.TotalSeconds} s" },
        { "PollingInterval", $"{new EventStoreOptions().PollingInterval.TotalSeconds} s" },
        { "ProjectionLease", $"{new EventStoreOptions().ProjectionLease.TotalSeconds} s" },
        { "Services", new EventStoreOptions().Services is null ? "none" : "" },
        { "AutoFlush", new EventStoreOptions().AutoFlush ? "true" : "false" },
        { "TimeProvider", "the system's" },
        { "RollBackFromStatus", $"{new CommitOnSuccessOptions().RollBackFromStatus}" },
        { "MaxAttempts", $"{new CommitOnSuccessOptions().MaxAttempts}" },
        { "BufferLimit", $"{new CommitOnSuccessOptions().BufferLimit >> 10} KiB" },
    };

    [Theory, MemberData(nameof(Defaults))]
    public void A_default_is_the_one_on_the_page(string option, string value) =>
        Assert.Contains($"| `{option}` | {value} |", Options, StringComparison.Ordinal);

    [Fact]
    public void Each_option_has_a_row_and_a_default_that_is_tested()
    {
        var options = new[] { typeof(EventStoreOptions), typeof(CommitOnSuccessOptions) }
            .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)).Select(p => p.Name);

        Assert.Equal(options.Order(StringComparer.Ordinal), Defaults.Select(d => d.Data.Item1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_exception_is_in_the_guide()
    {
        var table = Guide[Guide.IndexOf("### Exceptions", StringComparison.Ordinal)..Guide.IndexOf("### Tables", StringComparison.Ordinal)];
        var exceptions = typeof(EventSourcingException).Assembly.GetExportedTypes()
            .Where(t => t is { IsAbstract: false } && t.IsSubclassOf(typeof(Exception)) && t.Namespace == "EventSourcing")
            .Select(t => t.Name).ToList();

        Assert.True(exceptions.Count > 15, $"only {exceptions.Count} exceptions were found");
        Assert.All(exceptions, e => Assert.Contains($"`{e}`", table, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_status_code_of_the_handler_is_on_the_page()
    {
        var page = File.ReadAllText(Tree.PathOf("docs/transactions.md"));
        var handler = File.ReadAllText(Tree.PathOf("src/Runtime/EventSourcing.Generated.AspNetCore/EventStoreExceptionHandler.cs"))
            + File.ReadAllText(Tree.PathOf("src/Runtime/EventSourcing.Generated.AspNetCore/PreconditionException.cs"));
        var codes = System.Text.RegularExpressions.Regex.Matches(handler, @"StatusCodes\.Status(\d{3})").Select(m => m.Groups[1].Value).Distinct().ToList();

        Assert.True(codes.Count > 6);
        Assert.All(codes, code => Assert.Contains($"\n| {code} | ", page, StringComparison.Ordinal));
    }
}
