using System.Text;
using Xunit;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>
/// Compares generated files with the accepted ones. These are beside the test in <c>Snapshots/{Class}.{Test}/</c>, under the
/// names that Verify would give them. A missing file is a failure, and so is a file that is no longer generated.
/// </summary>
internal static class Snapshot
{
    private static bool Accepting =>
        Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") is "1" && Environment.GetEnvironmentVariable("CI") is null or "";

    public static void Match(IReadOnlyDictionary<string, string> generated, string testFile, string testName)
    {
        var folder = Directory.CreateDirectory(Path.Combine(
            Path.GetDirectoryName(testFile)!, "Snapshots", $"{Path.GetFileNameWithoutExtension(testFile)}.{testName}"));
        foreach (var received in folder.GetFiles("*.received.*"))
        {
            received.Delete();
        }

        var expected = folder.GetFiles("*.verified.*").ToDictionary(f => f.Name, f => Lines(File.ReadAllText(f.FullName)));
        var actual = generated.ToDictionary(g => Named(g.Key), g => Lines(g.Value));
        var report = new StringBuilder();
        foreach (var name in expected.Keys.Union(actual.Keys).Order(StringComparer.Ordinal))
        {
            var (was, now) = (expected.GetValueOrDefault(name), actual.GetValueOrDefault(name));
            if (was is not null && now is not null && was.SequenceEqual(now))
            {
                continue;
            }

            var path = Path.Combine(folder.FullName, name);
            if (Accepting && now is null)
            {
                File.Delete(path);
            }
            else if (Accepting)
            {
                File.WriteAllText(path, string.Join('\n', now!));
            }
            else
            {
                report.Append(Report(path, was, now));
            }
        }

        if (report.Length > 0)
        {
            Assert.Fail($"The generated files differ from the accepted ones in {folder.Name}:\n{report}Check them, then accept them: UPDATE_SNAPSHOTS=1 dotnet test --filter {testName}");
        }
    }

    private static string Report(string path, string[]? was, string[]? now)
    {
        var name = Path.GetFileName(path);
        if (now is null)
        {
            return $"{name}: no longer generated\n";
        }

        File.WriteAllText(path.Replace(".verified.", ".received.", StringComparison.Ordinal), string.Join('\n', now));
        return $"{name}:{(was is null ? " new" : "")}\n{Diff(was ?? [], now)}\n";
    }

    // The lines between the common start and the common end, with two lines of context on each side.
    private static string Diff(string[] was, string[] now)
    {
        var head = Same(was, now);
        var tail = Same(was.Skip(head).Reverse(), now.Skip(head).Reverse());
        return string.Join('\n',
        [
            $"@@ line {head + 1} @@",
            .. was[Math.Max(0, head - 2)..head].Select(l => $"  {l}"),
            .. was[head..^tail].Select(l => $"- {l}"),
            .. now[head..^tail].Select(l => $"+ {l}"),
            .. was[^tail..].Take(2).Select(l => $"  {l}"),
        ]);

        static int Same(IEnumerable<string> a, IEnumerable<string> b) => a.Zip(b).TakeWhile(p => p.First == p.Second).Count();
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static string Named(string hint) => $"{Path.GetFileNameWithoutExtension(hint)}.verified{Path.GetExtension(hint)}";
}
