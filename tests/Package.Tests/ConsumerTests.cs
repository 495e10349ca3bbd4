using Xunit;

namespace EventSourcing.Package.Tests;

/// <summary>Empty projects that reference the packages build without a warning, run, and publish natively.</summary>
public sealed class ConsumerTests(Feed feed)
{
    private const string Executable = "<OutputType>Exe</OutputType>";
    private const string Native = $"{Executable}<PublishAot>true</PublishAot><InvariantGlobalization>true</InvariantGlobalization>";

    // Compiling natively takes as long as all the rest, so reduced rounds compile two of the five programs.
    private static bool IsLong => new[] { "EVENTSOURCING_ALL", "EVENTSOURCING_LONG" }.Any(name => Environment.GetEnvironmentVariable(name) == "1");

    private string Core => Consumer.Package("EventSourcing.Generated", feed.Version);

    private string Sqlite => Consumer.Package("EventSourcing.Generated.Sqlite", feed.Version);

    private string PostgreSql => Consumer.Package("EventSourcing.Generated.PostgreSql", feed.Version);

    [Fact]
    public async Task The_provider_alone_is_enough()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Alone", Native, Sqlite,
            ("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool), ("Program.cs", Consumer.Program));

        await RunsJittedAndNativeAsync(consumer, "Alone");
    }

    /// <summary>Uses every member that the provider adds once. Only the schema is printed, because the rest would need a server.</summary>
    [Fact]
    public async Task The_provider_for_PostgreSQL_alone_is_enough_too()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Server", Native, PostgreSql,
            ("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool), ("Program.cs", """
                using Microsoft.Extensions.DependencyInjection;
                using Npgsql;
                using School;

                if (args is [])
                {
                    Console.WriteLine(TrainingSchool.SchemaSql.PostgreSql);
                    return;
                }

                await TrainingSchool.EnsureSchemaAsync(args[0]);
                foreach (var difference in await TrainingSchool.VerifySchemaAsync(args[0]))
                    Console.WriteLine(difference);
                await using var dataSource = NpgsqlDataSource.Create(args[0]);
                await using (var school = await TrainingSchool.OpenAsync(dataSource))
                    await school.TeachAsync("Fido", "sit");
                IServiceCollection services = null!;
                services.AddTrainingSchool(args[0]).AddTrainingSchool(_ => dataSource).AddTrainingSchool(provider => provider.GetRequiredService<NpgsqlDataSource>());
                """));

        await consumer.BuildAsync("Server");
        var jitted = await consumer.RunAsync("Server");
        Assert.StartsWith("CREATE TABLE \"public\".\"trainingschool_events\" (\n    id bigint", jitted.Output, StringComparison.Ordinal);
        if (!IsLong)
        {
            return;
        }

        var publishing = await consumer.PublishAsync("Server");
        var native = await consumer.RunNativeAsync("Server");
        Assert.Equal(jitted.Output, native.Output);
        Assert.DoesNotContain("warning", publishing, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Aggregates_can_have_a_library_of_their_own()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Kennel", "<IsAotCompatible>true</IsAotCompatible>", Core, ("Dog.cs", Consumer.Dog));
        consumer.Write("Program", Native, $"""{Sqlite}<ProjectReference Include="../Kennel/Kennel.csproj" />""",
            ("TrainingSchool.cs", Consumer.TrainingSchool), ("Program.cs", Consumer.Program));

        await RunsJittedAndNativeAsync(consumer, "Program");
    }

    [Fact]
    public async Task The_core_alone_warns_that_it_only_has_a_store_in_memory()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        (string, string)[] sources = [("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool), ("Program.cs", Consumer.Program)];
        consumer.Write("Strict", Executable, Core, sources);
        consumer.Write("Lenient", $"{Executable}<WarningsNotAsErrors>ESG0019</WarningsNotAsErrors>", Core, sources);

        var strict = await consumer.TryBuildAsync("Strict");
        await consumer.BuildAsync("Lenient");
        var run = await consumer.RunAsync("Lenient", "memory:", "sit");

        Assert.NotEqual(0, strict.ExitCode);
        Assert.Contains("error ESG0019", strict.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error CS", strict.Output, StringComparison.Ordinal);
        Assert.StartsWith("Fido knows sit.\n1: Registered", run.Output, StringComparison.Ordinal);
    }

    /// <summary>In a build the generator reports one error for each mistake; a class that only lacks [EventSourced] has one error.</summary>
    [Fact]
    public async Task A_wrong_program_gets_one_error_for_each_mistake_and_no_other()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Wrong", Executable, Sqlite, ("Program.cs", """
            using EventSourcing;

            await using var school = await TrainingSchool.OpenAsync("memory:");

            [EventSourced]
            public sealed partial class Dog
            {
                public string Name { get; private set; } = "";

                [Event("Registered")]
                public partial Dog(string name, Func<int> age);
                private void Apply(Registered e) => Name = e.Name;

                [Event("Renamed")]
                public partial bool Rename(string name);
                private void Apply(Renamed e) => Name = e.Name;
            }

            public sealed partial class Cat
            {
                [Event("Found")]
                public partial Cat(string place);
            }

            public sealed class Kennel;

            [EventSourcedApplication(typeof(Dog), typeof(Cat), typeof(Kennel))]
            public sealed partial class TrainingSchool;
            """));

        var build = await consumer.TryBuildAsync("Wrong");

        Assert.NotEqual(0, build.ExitCode);
        foreach (var id in new[] { "ESG0005", "ESG0006", "ESG0017", "ESG0027" })
        {
            Assert.Contains($"error {id}", build.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("'Cat' can't be saved", build.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("error CS", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dependency_injection_is_generated_where_it_is_referenced()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Injected", Native, Sqlite + Consumer.Package("Microsoft.Extensions.DependencyInjection", "10.0.0"),
            ("Dog.cs", Consumer.Dog), ("TrainingSchool.cs", Consumer.TrainingSchool),
            ("Program.cs", """
                using Microsoft.Extensions.DependencyInjection;
                using School;

                await using var services = new ServiceCollection().AddTrainingSchool(args[0]).BuildServiceProvider();
                var school = services.GetRequiredService<TrainingSchool>();
                await school.TeachAsync("Fido", args[1]);
                var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
                Console.WriteLine($"{dog.Name} knows {string.Join(", ", dog.Tricks)}.");
                await foreach (var recording in school.NotificationLog.ReadAllAsync())
                    Console.WriteLine($"{recording.Position}: {recording.Event}");
                """));

        await RunsJittedAndNativeAsync(consumer, "Injected", native: IsLong);
    }

    /// <summary>The package for hosts and a provider are enough for a worker; neither ASP.NET Core nor a reference to the core is needed.</summary>
    [Fact]
    public async Task A_worker_hosts_a_store_and_its_projections()
    {
        using var consumer = await Consumer.CreateAsync(feed);
        consumer.Write("Worker", Native,
            Sqlite + Consumer.Package("EventSourcing.Generated.Hosting", feed.Version) + Consumer.Package("Microsoft.Extensions.Hosting", "10.0.0"),
            ("Dog.cs", Consumer.Dog),
            ("TrainingSchool.cs", """
                using EventSourcing;

                namespace School;

                [Projection("tricks_per_dog")]
                public sealed partial record TricksPerDog([property: Key] Guid DogId, int Tricks)
                {
                    private static TricksPerDog When(TricksPerDog? row, Dog.TrickAdded e, EventHeader header) => new(header.AggregateId, (row?.Tricks ?? 0) + 1);
                }

                [EventSourcedApplication(typeof(Dog), typeof(TricksPerDog))]
                public sealed partial class TrainingSchool;
                """),
            ("Program.cs", """
                using Microsoft.Extensions.DependencyInjection;
                using Microsoft.Extensions.Diagnostics.HealthChecks;
                using Microsoft.Extensions.Hosting;
                using Microsoft.Extensions.Logging;
                using School;

                var builder = Host.CreateApplicationBuilder();
                builder.Logging.ClearProviders();
                builder.Services.AddTrainingSchool(args[0]).AddHostedEventStore<TrainingSchool>().AddHostedProjections<TrainingSchool>()
                    .AddHealthChecks().AddEventStore<TrainingSchool>();
                using var host = builder.Build();
                await host.StartAsync();
                var school = host.Services.GetRequiredService<TrainingSchool>();
                var dog = await school.Repository.TryGetAsync<Dog>(Dog.CreateId("Fido")) ?? new Dog("Fido");
                dog.AddTrick(args[1]);
                var recorded = await school.SaveAsync(dog);
                var row = await school.Views.TricksPerDog.GetAsync(dog.Id, atLeast: recorded[^1].Position);
                var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
                await host.StopAsync();
                Console.WriteLine($"{row?.Tricks} tricks, {health.Status}");
                """));

        await consumer.BuildAsync("Worker");
        Assert.Equal("1 tricks, Healthy\n", (await consumer.RunAsync("Worker", "sqlite:///school.db", "sit")).Output);
        if (!IsLong)
        {
            return;
        }

        var publishing = await consumer.PublishAsync("Worker");
        Assert.DoesNotContain("warning", publishing, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("2 tricks, Healthy\n", (await consumer.RunNativeAsync("Worker", "sqlite:///school.db", "roll over")).Output);
    }

    // Both programs use one file in turn: the native program reads what the jitted program wrote.
    private static async Task RunsJittedAndNativeAsync(Consumer consumer, string project, bool native = true)
    {
        await consumer.BuildAsync(project);
        var jitted = await consumer.RunAsync(project, "sqlite:///school.db", "sit");
        Assert.Equal("Fido knows sit.\n1: Registered { Name = Fido }\n2: TrickAdded { Trick = sit }\n", jitted.Output);
        if (!native)
        {
            return;
        }

        var publishing = await consumer.PublishAsync(project);
        var program = await consumer.RunNativeAsync(project, "sqlite:///school.db", "roll over");
        Assert.DoesNotContain("warning", publishing, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(
            "Fido knows sit, roll over.\n1: Registered { Name = Fido }\n2: TrickAdded { Trick = sit }\n3: TrickAdded { Trick = roll over }\n",
            program.Output);
    }
}
