using EventSourcing.Testing;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The program without a server, started as its users start it. Each way to start it has the same tests.</summary>
public abstract class ConsoleTests : IDisposable
{
    private const string First = "150 of 200 orders were placed.\nBlack tea, 100 g: 140 in the house, 5 available.\n";
    private const string Second = "155 of 200 orders were placed.\nBlack tea, 100 g: 280 in the house, 5 available.\n";

    private readonly TemporaryFolder _folder = new();

    private protected abstract Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments);

    [Fact]
    public async Task Parallel_orders_of_one_item_succeed_as_long_as_there_are_pieces_in_a_file()
    {
        Assert.Equal(First, await RunAsync());
        Assert.Equal(Second, await RunAsync());
        Assert.True(File.Exists(_folder.PathOf("shop.db")));
    }

    [Fact]
    public async Task Parallel_orders_of_one_item_succeed_as_long_as_there_are_pieces_on_a_server()
    {
        using var database = new PostgreSqlDatabase();

        Assert.Equal(First, await RunAsync(database.Url));
        Assert.Equal(Second, await RunAsync(database.Url));
    }

    [Fact]
    public async Task Parallel_orders_of_one_item_succeed_as_long_as_there_are_pieces_in_memory() => Assert.Equal(First, await RunAsync("memory:"));

    [Fact]
    public async Task A_wrong_use_is_explained()
    {
        var wrong = await RunInAsync(_folder.Path, "--help");
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Output));
        Assert.StartsWith("Usage: Ordering.Console", wrong.Error, StringComparison.Ordinal);

        var refused = await RunInAsync(_folder.Path, "oracle://host");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Equal(refused.Error.Length - 1, refused.Error.IndexOf('\n', StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        var command = await RunInAsync(_folder.Path, arguments);
        Assert.Equal((0, ""), (command.ExitCode, command.Error));
        return command.Output;
    }
}

public sealed class JittedConsoleTests : ConsoleTests
{
    // Uses the frameworks of the tests, because assemblies of the web server's framework aren't copied for the console.
    private protected override Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments) => Command.RunAsync(
        folder, "dotnet",
        ["exec", "--runtimeconfig", Path.Combine(AppContext.BaseDirectory, "Ordering.Tests.runtimeconfig.json"), Path.Combine(AppContext.BaseDirectory, "Ordering.Console.dll"), .. arguments]);
}

/// <summary>As <c>dotnet publish</c> makes it, natively and without a warning.</summary>
public sealed class NativeConsoleTests(NativeConsole native) : ConsoleTests, IClassFixture<NativeConsole>
{
    private protected override Task<Command> RunInAsync(string folder, params IEnumerable<string> arguments) => native.RunAsync(folder, arguments);

    [Fact]
    public async Task Publishing_warns_of_nothing() => Assert.DoesNotContain("warning", await native.PublishAndReadOutputAsync(), StringComparison.OrdinalIgnoreCase);
}

/// <summary>The program, compiled natively.</summary>
public sealed class NativeConsole() : PublishedProgram("samples/Ordering/Console", "Ordering.Console");
