using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The sample as <c>dotnet publish</c> makes it: published once, when a test asks for it.</summary>
public sealed class NativeProgram : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<string>> _output;

    public NativeProgram() => _output = new(PublishAsync);

    public string Path => _folder.PathOf("WebSchool");

    /// <summary>What publishing wrote.</summary>
    public Task<string> PublishAndReadOutputAsync() => _output.Value;

    public void Dispose() => _folder.Dispose();

    private async Task<string> PublishAsync()
    {
        var published = await Command.DotnetAsync(Tree.Root, "publish", "samples/WebSchool", "-c", "Release", "-o", _folder.Path);
        return published.Output + published.Error;
    }
}
