using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>What gives another result each time, and what to do instead.</summary>
internal static class NondeterministicApis
{
    public const string Threading = "apply the event at once, and do the rest after the save";
    private const string Time = "take the time from the event: Apply may have a second parameter 'EventHeader header'";
    private const string Random = "make it a parameter of the event";
    private const string World = "read it before the event is raised, and make it a parameter of the event";

    // Members of types that are harmless otherwise.
    private static readonly Dictionary<string, string> Members = new(StringComparer.Ordinal)
    {
        ["System.DateTime.Now"] = Time,
        ["System.DateTime.UtcNow"] = Time,
        ["System.DateTime.Today"] = Time,
        ["System.DateTimeOffset.Now"] = Time,
        ["System.DateTimeOffset.UtcNow"] = Time,
        ["System.Guid.NewGuid"] = Random,
        ["System.Guid.CreateVersion7"] = Random,
        ["System.IO.Path.GetRandomFileName"] = Random,
        ["System.IO.Path.GetTempFileName"] = World,
        ["System.IO.Path.GetTempPath"] = World,
        ["System.IO.Path.GetFullPath"] = World,
        ["System.IO.Path.Exists"] = World,
    };

    // Types of which every member depends on the world, they or types derived from them.
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["System.TimeProvider"] = Time,
        ["System.Diagnostics.Stopwatch"] = Time,
        ["EventSourcing.AggregateClock"] = Time,
        ["System.Random"] = Random,
        ["System.Security.Cryptography.RandomNumberGenerator"] = Random,
        ["System.Environment"] = World,
        ["System.Console"] = World,
        ["System.Diagnostics.Process"] = World,
        ["System.IO.File"] = World,
        ["System.IO.Directory"] = World,
        ["System.IO.FileSystemInfo"] = World,
        ["System.IO.FileStream"] = World,
        ["System.IO.DriveInfo"] = World,
        ["System.IO.StreamReader"] = World,
        ["System.IO.StreamWriter"] = World,
        ["System.Net.Http.HttpMessageInvoker"] = World,
        ["System.Net.WebRequest"] = World,
        ["System.Net.WebClient"] = World,
        ["System.Net.Dns"] = World,
        ["System.Net.Sockets.Socket"] = World,
        ["System.Net.Sockets.TcpClient"] = World,
        ["System.Net.Sockets.UdpClient"] = World,
        ["System.Data.Common.DbConnection"] = World,
        ["System.Data.Common.DbCommand"] = World,
        ["System.Threading.Thread"] = Threading,
        ["System.Threading.ThreadPool"] = Threading,
        ["System.Threading.Timer"] = Threading,
        ["System.Threading.Tasks.Task"] = Threading,
        ["System.Threading.Tasks.Parallel"] = Threading,
    };

    /// <summary>What to do instead of using the member; null when it may be used.</summary>
    public static string? AdviceFor(ISymbol member)
    {
        if (member.ContainingType is not { } type || member is IPropertySymbol { ContainingType.Name: "Environment", Name: "NewLine" })
            return null;
        if (Members.TryGetValue($"{NameOf(type)}.{member.Name}", out var advice))
            return advice;
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (Types.TryGetValue(NameOf(current), out advice))
                return advice;
        }

        return null;
    }

    private static string NameOf(INamedTypeSymbol type) => type.ContainingType is null ? $"{type.ContainingNamespace?.ToDisplayString()}.{type.Name}" : "";
}
