namespace EventSourcing.Testing;

/// <summary>A sample that is published with <c>dotnet publish</c>, once, when a test needs it.</summary>
public abstract class PublishedProgram : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<string>> _output;

    /// <param name="project">The folder of the project.</param>
    /// <param name="name">The name of the program.</param>
    protected PublishedProgram(string project, string name) => (Path, _output) = (_folder.PathOf(name), new(() => PublishAsync(project)));

    public string Path { get; }

    /// <summary>The output of publishing.</summary>
    public Task<string> PublishAndReadOutputAsync() => _output.Value;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs the program to its end.</summary>
    internal async Task<Command> RunAsync(string folder, IEnumerable<string> arguments)
    {
        await PublishAndReadOutputAsync();
        return await Command.RunAsync(folder, Path, arguments);
    }

    private async Task<string> PublishAsync(string project)
    {
        var published = await Command.DotnetAsync(Tree.Root, "publish", project, "-c", "Release", "-o", _folder.Path);
        return published.Output + published.Error;
    }
}
