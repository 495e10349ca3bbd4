using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Micro;

/// <summary>
/// The time that the generator adds to real builds: the large project is built by turns with the generator, and without it but with
/// its output as source. Both compile the same code. Each is also built without analyzers, to separate generator and analyzers.
/// </summary>
internal static class BuildTimes
{
    public static int Run(int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("large-");
        try
        {
            var with = Write(folder, "With", isGenerated: true);
            Build(with, "-p:EmitCompilerGeneratedFiles=true", "-p:CompilerGeneratedFilesOutputPath=../Generated", "-restore");
            var without = Write(folder, "Without", isGenerated: false);
            Build(without, "-restore");

            // The compiler keeps running, as between the builds of a user; these two builds have warmed it up.
            Console.WriteLine($"{LargeProject.Aggregates} aggregates of 10 events, {Directory.GetFiles(Path.Combine(folder.FullName, "Generated"), "*.cs", SearchOption.AllDirectories).Length} generated files, {rounds} rounds, s: median (min–max)");
            Print("without analyzers", Compare(with, without, rounds, "-p:RunAnalyzers=false"));
            Print("with analyzers", Compare(with, without, rounds));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (double[] With, double[] Without) Compare(string with, string without, int rounds, params string[] options)
    {
        options = [.. options, "--no-restore", "--no-incremental"];
        double[] first = new double[rounds], second = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            if (i % 2 == 0)
            {
                first[i] = Build(with, options);
            }

            second[i] = Build(without, options);
            if (i % 2 != 0)
            {
                first[i] = Build(with, options);
            }
        }

        return (first, second);
    }

    private static void Print(string what, (double[] With, double[] Without) times)
    {
        var added = times.With.Zip(times.Without, (a, b) => a - b).ToArray();
        Console.WriteLine($"{what,-18} with {Show(times.With)}   without {Show(times.Without)}   added {Show(added)}");
    }

    private static string Show(double[] values)
    {
        Array.Sort(values);
        return string.Create(CultureInfo.InvariantCulture, $"{values[values.Length / 2],5:0.00} ({values[0]:0.00}–{values[^1]:0.00})");
    }

    private static string Write(DirectoryInfo folder, string name, bool isGenerated)
    {
        var project = folder.CreateSubdirectory(name);
        var libraries = new[] { "EventSourcing.Generated", "EventSourcing.Generated.Sqlite", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core" }
            .Select(n => $"<Reference Include=\"{Path.Combine(AppContext.BaseDirectory, n)}.dll\" />");
        var generator = Path.Combine(AppContext.BaseDirectory, "EventSourcing.Generated.Generators.dll");
        File.WriteAllText(Path.Combine(folder.FullName, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder.FullName, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(project.FullName, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <AssemblyName>Large</AssemblyName>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", libraries)}
                <Compile Include="../Sources/*.cs" />
                {(isGenerated ? $"<Analyzer Include=\"{generator}\" />" : "<Compile Include=\"../Generated/**/*.cs\" />")}
              </ItemGroup>
            </Project>
            """);
        var sources = folder.CreateSubdirectory("Sources").FullName;
        for (var i = 0; i < LargeProject.Aggregates; i++)
        {
            File.WriteAllText(Path.Combine(sources, $"Aggregate{i}.cs"), LargeProject.Aggregate(i));
        }

        File.WriteAllText(Path.Combine(sources, "Shared.cs"), LargeProject.Shared);
        File.WriteAllText(Path.Combine(sources, "Application.cs"), LargeProject.Application);
        File.WriteAllText(Path.Combine(sources, "Usings.cs"), LargeProject.Usings);
        return project.FullName;
    }

    private static double Build(string project, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = project, RedirectStandardOutput = true };
        foreach (var argument in (string[])["build", "-v:q", "-nologo", "-nodeReuse:false", .. options])
        {
            start.ArgumentList.Add(argument);
        }
        // Variables that dotnet sets for its children would affect this build.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException(output);
    }
}
