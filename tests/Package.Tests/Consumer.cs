using EventSourcing.Testing;

namespace EventSourcing.Package.Tests;

/// <summary>Projects outside the repository that know nothing of it but its packages.</summary>
internal sealed class Consumer : IDisposable
{
    /// <summary>The aggregate that all projects use.</summary>
    public const string Dog = """
        using EventSourcing;

        namespace School;

        [EventSourced]
        public sealed partial class Dog
        {
            public string Name { get; private set; }
            public List<string> Tricks { get; } = [];

            public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, $"/dogs/{name}");

            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;

            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
        }
        """;

    /// <summary>The application that all projects use.</summary>
    public const string TrainingSchool = """
        using EventSourcing;

        namespace School;

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool
        {
            public async Task TeachAsync(string name, string trick)
            {
                var dog = await Repository.TryGetAsync<Dog>(Dog.CreateId(name)) ?? new Dog(name);
                dog.AddTrick(trick);
                await SaveAsync(dog);
            }
        }
        """;

    /// <summary>Teaches a trick and prints all that the dog knows.</summary>
    public const string Program = """
        using School;

        await using var school = await TrainingSchool.OpenAsync(args[0]);
        await school.TeachAsync("Fido", args[1]);
        var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido"));
        Console.WriteLine($"{dog.Name} knows {string.Join(", ", dog.Tricks)}.");
        await foreach (var recording in school.NotificationLog.ReadAllAsync())
            Console.WriteLine($"{recording.Position}: {recording.Event}");
        """;

    private readonly TemporaryFolder _folder = new();

    private Consumer()
    {
    }

    public static async Task<Consumer> CreateAsync(Feed feed)
    {
        var consumer = new Consumer();
        await feed.ConfigureAsync(consumer._folder);
        return consumer;
    }

    /// <summary>Writes a project.</summary>
    /// <param name="name">Its name and folder.</param>
    /// <param name="properties">Properties beside those of a strict project.</param>
    /// <param name="references">Its references.</param>
    /// <param name="sources">Its files: name and text.</param>
    public void Write(string name, string properties, string references, params (string Name, string Text)[] sources)
    {
        // NU1603: some feeds serve a later patch of a package that the SQLite driver asks for.
        _folder.Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <AnalysisLevel>latest-recommended</AnalysisLevel>
                <NuGetAudit>false</NuGetAudit>
                <NoWarn>$(NoWarn);NU1603;CA2007</NoWarn>
                <TrimmerSingleWarn>false</TrimmerSingleWarn>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {references}
              </ItemGroup>
            </Project>
            """);
        foreach (var (file, text) in sources)
        {
            _folder.Write($"{name}/{file}", text);
        }
    }

    /// <summary>Writes a file of any kind.</summary>
    public void WriteFile(string relative, string text) => _folder.Write(relative, text);

    /// <summary>The files of a project with a name, as relative paths.</summary>
    public IEnumerable<string> Files(string project, string pattern) =>
        Directory.EnumerateFiles(_folder.PathOf(project), pattern, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.PathOf(project), f).Replace('\\', '/'));

    /// <summary>Evaluates a project with MSBuild, without building it.</summary>
    public async Task<string> EvaluateAsync(string project, params IEnumerable<string> arguments) =>
        (await Command.DotnetAsync(_folder.Path, ["msbuild", project, .. arguments])).Output;

    public static string Package(string name, string version) => $"""<PackageReference Include="{name}" Version="{version}" />""";

    /// <summary>Builds a project, warnings as errors.</summary>
    public Task BuildAsync(string project) => Command.DotnetAsync(_folder.Path, "build", project);

    /// <summary>Builds a project that is expected to fail.</summary>
    public Task<Command> TryBuildAsync(string project, params IEnumerable<string> arguments) => Command.RunAsync(_folder.Path, "dotnet", ["build", project, .. arguments]);

    /// <summary>The path of a file of a project.</summary>
    public string PathOf(string relative) => _folder.PathOf(relative);

    /// <summary>Runs a project that was built.</summary>
    public Task<Command> RunAsync(string project, params IEnumerable<string> arguments) =>
        Command.DotnetAsync(_folder.Path, [$"{project}/bin/Debug/net10.0/{project}.dll", .. arguments]);

    /// <summary>Runs a project under dotnet watch.</summary>
    public RunningCommand Watch(string project) => new(_folder.PathOf(project), "dotnet", "watch", "run", "--non-interactive");

    /// <summary>Publishes a project natively.</summary>
    /// <returns>What publishing wrote.</returns>
    public async Task<string> PublishAsync(string project) =>
        (await Command.DotnetAsync(_folder.Path, "publish", project, "-c", "Release", "-o", _folder.PathOf($"native/{project}"))).Output;

    /// <summary>Runs the native program of a project.</summary>
    public Task<Command> RunNativeAsync(string project, params IEnumerable<string> arguments) =>
        Command.RunAsync(_folder.Path, _folder.PathOf($"native/{project}/{project}"), arguments);

    public void Dispose() => _folder.Dispose();
}
