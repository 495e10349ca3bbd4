using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Package.Tests;

/// <summary>The file <c>projections.lock</c> of a project that uses the packages.</summary>
public sealed class LockTests(Feed feed)
{
    // Tests may run on a server, where CI is set.
    private const string OnDesk = "-p:CI=";
    private const string OnServer = "-p:CI=true";

    private const string View = """
        using EventSourcing;

        namespace School;

        [Projection("tricks_per_dog", Version = 1)]
        public sealed partial record TricksPerDog([property: Key] Guid DogId, int Tricks)
        {
            private static TricksPerDog When(Dog.Registered e, EventHeader header) => new(header.AggregateId, 0);

            private TricksPerDog When(Dog.TrickAdded e) => this with { Tricks = Tricks + 1 };
        }
        """;

    private static readonly string Changed = View.Replace("Tricks + 1", "Tricks + 2", StringComparison.Ordinal);
    private static readonly string Raised = Changed.Replace("Version = 1", "Version = 2", StringComparison.Ordinal);

    private string Core => Consumer.Package("EventSourcing.Generated", feed.Version);

    [Fact]
    public async Task A_build_writes_the_file_and_a_build_on_a_server_compares_it()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Locked", "", Core, ("Dog.cs", Consumer.Dog), ("TricksPerDog.cs", View));
        var (file, assembly) = (consumer.PathOf("Locked/projections.lock"), consumer.PathOf("Locked/obj/Debug/net10.0/Locked.dll"));

        // A server doesn't begin to keep the file.
        await Build(OnServer);
        Assert.False(File.Exists(file));

        consumer.WriteFile("Locked/Dog.cs", Consumer.Dog + "\n");
        Assert.Contains("lines were added; commit the file", await Build(OnDesk), StringComparison.Ordinal);
        var first = Lines();
        Assert.StartsWith("tricks_per_dog 1 | dog_id:Guid:key tricks:Int32 | Dog.Registered Dog.TrickAdded | ", Assert.Single(first), StringComparison.Ordinal);
        Assert.Equal(["projections.lock"], consumer.Files("Locked", "*.lock*").Where(f => !f.StartsWith("bin/", StringComparison.Ordinal)));
        Assert.EndsWith("\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Neither the file nor its absence before makes the next build compile.
        var compiled = File.GetLastWriteTimeUtc(assembly);
        await Build(OnDesk);
        Assert.Equal(compiled, File.GetLastWriteTimeUtc(assembly));
        Assert.InRange(File.GetLastWriteTimeUtc(file), compiled.AddMinutes(-2), compiled);

        consumer.WriteFile("Locked/TricksPerDog.cs", Changed);
        Assert.Contains("TricksPerDog.cs(5,2): error ESG0071: 'TricksPerDog' has changed since its Version 1 was recorded", await Fail(OnDesk), StringComparison.Ordinal);
        Assert.Contains("error ESG0071", await Fail(OnServer), StringComparison.Ordinal);
        Assert.Equal(first, Lines());

        consumer.WriteFile("Locked/TricksPerDog.cs", Raised);
        Assert.Contains("TricksPerDog.cs(5,2): error ESG0073: 'TricksPerDog' has no line for its Version 2", await Fail(OnServer), StringComparison.Ordinal);
        Assert.Contains("error ESG0073", await Fail(OnDesk, "-p:EventSourcingUpdateLocks=false"), StringComparison.Ordinal);
        Assert.Equal(first, Lines());
        await Build(OnDesk);
        var second = Lines();
        Assert.Equal(first[0], second[0]);
        Assert.StartsWith("tricks_per_dog 2 | ", second[1], StringComparison.Ordinal);

        consumer.WriteFile("Locked/Dog.cs", Consumer.Dog);
        await Build(OnServer);
        Assert.Equal(second, Lines());

        await File.AppendAllTextAsync(file, "<<<<<<< HEAD\n", TestContext.Current.CancellationToken);
        Assert.Contains("projections.lock(5,1): error ESG0072: Line 5 of projections.lock isn't valid", await Fail(OnDesk), StringComparison.Ordinal);

        string[] Lines() => [.. File.ReadLines(file).Where(l => !l.StartsWith('#'))];

        async Task<string> Build(params string[] arguments)
        {
            var command = await consumer.TryBuildAsync("Locked", arguments);
            Assert.True(command.ExitCode == 0, command.Output);
            return command.Output;
        }

        async Task<string> Fail(params string[] arguments)
        {
            var command = await consumer.TryBuildAsync("Locked", arguments);
            Assert.NotEqual(0, command.ExitCode);
            return command.Output;
        }
    }

    /// <summary>The builds of the frameworks run at the same time, and one of them writes. Generated files that the user keeps aren't more.</summary>
    [Fact]
    public async Task A_project_with_several_frameworks_has_one_file()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Several", """
            <TargetFramework></TargetFramework><TargetFrameworks>net10.0;net10.0-windows</TargetFrameworks><EnableWindowsTargeting>true</EnableWindowsTargeting>
            <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
            <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles><CompilerGeneratedFilesOutputPath>Generated/$(TargetFramework)</CompilerGeneratedFilesOutputPath>
            """, Core, ("Dog.cs", Consumer.Dog), ("TricksPerDog.cs", View));

        var first = await consumer.TryBuildAsync("Several", OnDesk);
        Assert.True(first.ExitCode == 0, first.Output);
        Assert.Single(File.ReadLines(consumer.PathOf("Several/projections.lock")), l => l.StartsWith("tricks_per_dog 1 | ", StringComparison.Ordinal));
        Assert.Equal(2, first.Output.Split("lines were added").Length);
        Assert.NotEmpty(consumer.Files("Several", "School.TricksPerDog.View.g.cs"));
        Assert.DoesNotContain(consumer.Files("Several", "projections.lock.g.cs"), f => f.StartsWith("Generated/net10.0/", StringComparison.Ordinal));

        consumer.WriteFile("Several/TricksPerDog.cs", Raised);
        var raised = await consumer.TryBuildAsync("Several", OnDesk);
        Assert.True(raised.ExitCode == 0, raised.Output);
        var server = await consumer.TryBuildAsync("Several", OnServer);
        Assert.True(server.ExitCode == 0, server.Output);
    }

    [Fact]
    public async Task The_file_is_no_change_for_dotnet_watch()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Watched", "<OutputType>Exe</OutputType><EventSourcingUpdateLocks>true</EventSourcingUpdateLocks>", Core,
            ("Dog.cs", Consumer.Dog), ("TricksPerDog.cs", View), ("Program.cs", "Console.WriteLine(\"The program has started.\"); await Task.Delay(-1);"));
        await consumer.EvaluateAsync("Watched", "-t:Restore");

        await using var watch = consumer.Watch("Watched");
        await watch.WaitForAsync("The program has started.");
        await watch.WaitForAsync("Waiting for changes");
        Assert.True(File.Exists(consumer.PathOf("Watched/projections.lock")));
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Equal(2, watch.Output.Split("The program has started.").Length);
    }

    /// <summary>The files of all generators may be many.</summary>
    [Fact]
    public async Task A_project_without_projections_keeps_no_generated_files()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Without", "", Core, ("Dog.cs", Consumer.Dog));

        var built = await consumer.TryBuildAsync("Without", OnDesk);

        Assert.True(built.ExitCode == 0, built.Output);
        Assert.DoesNotContain(consumer.Files("Without", "*.g.cs"), f => f.Contains("EventSourcing.Generators", StringComparison.Ordinal));
        Assert.Empty(consumer.Files("Without", "*.lock"));
    }
}
