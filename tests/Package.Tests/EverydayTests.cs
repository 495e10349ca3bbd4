using Xunit;

namespace EventSourcing.Package.Tests;

/// <summary>The packages in everyday use: debugging, watching, keeping generated files, other languages.</summary>
public sealed class EverydayTests(Feed feed)
{
    private const string Executable = "<OutputType>Exe</OutputType>";

    private string Sqlite => Consumer.Package("EventSourcing.Generated.Sqlite", feed.Version);

    [Fact]
    public async Task A_stack_trace_has_line_numbers_of_the_library()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Lines", Executable, Sqlite, ("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool), ("Program.cs", """
            using School;

            await using var school = await TrainingSchool.OpenAsync("sqlite:///:memory:");
            try
            {
                await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
            }
            catch (EventSourcing.AggregateNotFoundException exception)
            {
                Console.WriteLine(exception.StackTrace);
            }
            """));
        await consumer.BuildAsync("Lines");

        var trace = (await consumer.RunAsync("Lines")).Output;

        Assert.Matches("EventStore.* in /_/src/Runtime/EventSourcing.Generated/Storing/EventStore.cs:line [0-9]+", trace);
        Assert.All(trace.Split('\n').Where(l => l.Contains("at EventSourcing.", StringComparison.Ordinal)), l => Assert.Contains(":line ", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Generated_files_that_are_kept_in_the_project_are_compiled_once()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Kept", "<EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles><CompilerGeneratedFilesOutputPath>Generated/Sources</CompilerGeneratedFilesOutputPath>", Sqlite,
            ("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool));
        await consumer.BuildAsync("Kept");
        Assert.Contains(consumer.Files("Kept", "*.g.cs"), f => f.StartsWith("Generated/Sources/EventSourcing.Generated.Generators/EventSourcing.Generators.EventSourcingGenerator/", StringComparison.Ordinal));

        consumer.WriteFile("Kept/Dog.cs", Consumer.Dog.Replace("string trick", "string trick, int times = 1", StringComparison.Ordinal));
        await consumer.BuildAsync("Kept");
    }

    [Fact]
    public async Task A_database_in_the_project_is_not_watched_and_stays_an_item()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Watched", Executable, Sqlite, ("Program.cs", ""), ("seed.db", ""));
        await consumer.EvaluateAsync("Watched", "-t:Restore");

        // dotnet watch asks for this property, and sets the other one when it does.
        var watched = await consumer.EvaluateAsync("Watched", "-p:DotNetWatchBuild=true", "-getProperty:DefaultItemExcludes");
        Assert.All(["**/*.db", "**/*.db-journal", "**/*.db-shm", "**/*.db-wal"], pattern => Assert.Contains(pattern, watched.Trim().Split(';')));
        Assert.Contains("seed.db", await consumer.EvaluateAsync("Watched", "-getItem:None"), StringComparison.Ordinal);
    }

    /// <summary>The compiler couldn't reload a nested positional record whose parameter got another name, and ended dotnet watch.</summary>
    [Fact]
    public async Task A_parameter_of_an_event_is_renamed_while_dotnet_watch_runs()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Reloaded", Executable, Sqlite, ("Dog.cs", Consumer.Dog), ("Program.cs", """
            using School;

            while (true)
            {
                try
                {
                    var dog = new Dog("Fido");
                    dog.AddTrick("sit");
                    Console.WriteLine(dog.PendingEvents[^1]);
                }
                catch (Exception exception) when (exception.GetType().Name == "HotReloadException")
                {
                    // The type is internal to .NET. The call was running when the code was replaced, and met a method that exists no more.
                }

                await Task.Delay(100);
            }
            """));
        await consumer.BuildAsync("Reloaded");

        await using var watch = consumer.Watch("Reloaded");
        await watch.WaitForAsync("TrickAdded { Trick = sit }");
        // The program may be running before its files are watched.
        await watch.WaitForAsync("Waiting for changes");
        consumer.WriteFile("Reloaded/Dog.cs", Consumer.Dog.Replace("AddTrick(string trick)", "AddTrick(string learned)", StringComparison.Ordinal).Replace("e.Trick", "e.Learned", StringComparison.Ordinal));
        await watch.WaitForAsync("TrickAdded { Learned = sit }");
        Assert.DoesNotContain("exception", watch.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_aggregate_in_FSharp_is_a_warning_and_a_caller_is_none()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        var project = $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit><SatelliteResourceLanguages>en</SatelliteResourceLanguages></PropertyGroup>
              <ItemGroup><Compile Include="*.fs" />{Sqlite}</ItemGroup>
            </Project>
            """;
        consumer.WriteFile("Caller/Caller.fsproj", project);
        consumer.WriteFile("Caller/Caller.fs", "module Caller\n\n// As [<EventSourced>] classes do.\nlet name = EventSourcing.UuidV5.Create(EventSourcing.UuidV5.Url, \"/dogs/Fido\")\n");
        consumer.WriteFile("Domain/Domain.fsproj", project);
        consumer.WriteFile("Domain/Dog.fs", "namespace School\n\nopen EventSourcing\n\n[<EventSourced>]\ntype Dog() =\n    member val Name = \"\" with get, set\n");

        var caller = await consumer.TryBuildAsync("Caller");
        var domain = await consumer.TryBuildAsync("Domain");

        Assert.True(caller.ExitCode == 0, caller.Output);
        Assert.DoesNotContain("ESG0056", caller.Output, StringComparison.Ordinal);
        Assert.True(domain.ExitCode == 0, domain.Output);
        Assert.Contains("Dog.fs : warning ESG0056: [EventSourced] has no effect here", domain.Output, StringComparison.Ordinal);
    }
}
