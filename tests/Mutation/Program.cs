using System.Collections.Concurrent;
using System.Globalization;
using EventSourcing.Mutation;

// Folders that can be mutated, with the project that they belong to and the tests that try them; the first that fits.
(string Folder, string Project, string Tests)[] known =
[
    ("src/Runtime/EventSourcing.Generated/Serialization", "src/Runtime/EventSourcing.Generated/EventSourcing.Generated.csproj", "tests/Serializers.Tests/Serializers.Tests.csproj"),
    ("src/Generators/EventSourcing.Generated.Generators", "src/Generators/EventSourcing.Generated.Generators/EventSourcing.Generated.Generators.csproj", "tests/Generators.Tests/Generators.Tests.csproj"),
    ("src/Generators/EventSourcing.Generated.CodeFixes", "src/Generators/EventSourcing.Generated.CodeFixes/EventSourcing.Generated.CodeFixes.csproj", "tests/Generators.Tests/Generators.Tests.csproj"),
    ("src/Runtime/EventSourcing.Generated", "src/Runtime/EventSourcing.Generated/EventSourcing.Generated.csproj", "tests/Runtime.Tests/Runtime.Tests.csproj"),
];

const string Usage = """
    Usage: ./test.sh --mutate [FOLDER...] [--count N | --all | --list] [--seed N] [--jobs N]

    FOLDER   a folder of the sources, such as src/Generators/EventSourcing.Generated.Generators/Shared;
             the serialization and the generator when none is given
    --count  mutants of each folder, drawn at random (150)
    --all    all mutants
    --list   names all mutants and runs none
    --seed   draws the same mutants again
    --jobs   processes that run tests at the same time (one for each processor)
    """;

var folders = new List<string>();
var lists = false;
int count = 150, seed = Random.Shared.Next(1, 1_000_000), jobs = Environment.ProcessorCount;
try
{
    for (var i = 0; i < args.Length; i++)
    {
        switch (args[i])
        {
            case "--count":
                count = int.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--seed":
                seed = int.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--jobs":
                jobs = int.Parse(args[++i], CultureInfo.InvariantCulture);
                break;
            case "--list":
                lists = true;
                break;
            case "--all":
                count = int.MaxValue;
                break;
            case var folder when !folder.StartsWith('-'):
                folders.Add(folder.TrimEnd('/'));
                break;
            default:
                throw new FormatException();
        }
    }
}
catch (Exception e) when (e is FormatException or IndexOutOfRangeException)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

var root = Directory.GetCurrentDirectory();
while (!File.Exists(Path.Combine(root, "EventSourcing.Generated.sln")))
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Run this from a clone of the repository.");
if (folders.Count == 0)
    folders = [known[0].Folder, known[1].Folder];
var equivalents = Equivalents.Parse(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "equivalents.txt")));
// Tests that compile in processes of their own, where no mutant is on, that need a server, and random ones that take minutes.
string[] leftOut =
[
    "EventSourcing.Generators.Tests.CommandLine.", "EventSourcing.Generators.Tests.Typing.", "EventSourcing.Generators.Tests.ValidPrograms.RandomProgramTests.",
    "EventSourcing.Generators.Tests.Serializers.RandomTypesTests.", "EventSourcing.Generators.Tests.Recorders.PostgreSqlServerTests.",
];
var scores = new List<string>();
foreach (var folder in folders)
{
    var (_, project, tests) = known.FirstOrDefault(k => folder == k.Folder || folder.StartsWith(k.Folder + "/", StringComparison.Ordinal));
    if (project is null || !Directory.Exists(Path.Combine(root, folder)))
    {
        Console.Error.WriteLine($"{folder} is no folder of the sources whose tests are known.\n\n{Usage}");
        return 2;
    }

    scores.Add(Mutate(folder, new ProjectUnderTest(root, Path.Combine(root, project), Path.Combine(root, tests))));
}

Console.WriteLine();
foreach (var score in scores)
    Console.WriteLine(score);
return 0;

string Mutate(string folder, ProjectUnderTest project)
{
    Console.WriteLine($"== {folder}: building");
    project.Build();
    var compilation = project.Compilation();
    var mutator = new Mutator(compilation);
    var inside = Path.Combine(root, folder) + Path.DirectorySeparatorChar;
    var all = mutator.Find(p => p.StartsWith(inside, StringComparison.Ordinal) && !p.Contains("/obj/", StringComparison.Ordinal), p => Path.GetRelativePath(root, p)).ToArray();
    if (lists)
    {
        foreach (var (_, mutant) in all)
            Console.WriteLine($"{mutant.Line}: {mutant.Name}");
        return $"{folder}: {all.Length} mutants";
    }

    new Random(seed).Shuffle(all);
    int refused = 0, equivalent = 0;
    var mutants = new List<(Microsoft.CodeAnalysis.SyntaxTree Tree, Mutant Mutant)>();
    foreach (var (tree, mutant) in all)
    {
        if (mutants.Count == count)
            break;
        if (equivalents.Contains(mutant))
            equivalent++;
        else if (!mutator.Compiles(tree, mutant))
            refused++;
        else
            mutants.Add((tree, mutant));
    }

    Console.WriteLine($"{mutants.Count} of {all.Length} mutants, seed {seed}; {refused} that don't compile and {equivalent} known as equivalent are left out");

    using var copy = new TemporaryTests(project.BuiltTests());
    mutator.Emit(mutants, Path.Combine(copy.Folder, compilation.AssemblyName + ".dll"));
    using var first = new TestProcess(copy.Program, compilation.AssemblyName!);
    var recorded = first.Run(new TestRequest(0, null, Record: true, Without: leftOut), TimeSpan.FromHours(1))
        ?? throw new InvalidOperationException("The tests ended without an answer, before any mutant was on.");
    if (recorded.Failed.Length > 0)
        Console.WriteLine($"Not used, as they fail without a mutant: {string.Join(", ", recorded.Failed)} ({recorded.Message})");
    Console.WriteLine($"{recorded.Seconds!.Count} tests, {recorded.Seconds.Values.Sum():0} s");
    first.Dispose();

    var judge = new Judge([.. mutants.Select(m => m.Mutant)], recorded);
    var numbers = new ConcurrentQueue<int>(Enumerable.Range(1, mutants.Count));
    int detected = 0, judged = 0;
    Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = jobs }, _ =>
    {
        using var process = new TestProcess(copy.Program, compilation.AssemblyName!);
        while (numbers.TryDequeue(out var number))
        {
            var verdict = judge.Of(number, process);
            lock (numbers)
            {
                judged++;
                if (verdict == Verdict.Detected)
                    detected++;
                else
                    Console.WriteLine($"{(verdict == Verdict.NotReached ? "not reached" : "survived")}: {mutants[number - 1].Mutant}\n    {mutants[number - 1].Mutant.Name}");
                if (judged % 25 == 0)
                    Console.WriteLine($"… {judged} of {mutants.Count}, {detected} detected");
            }
        }
    });
    Snapshots.Clean(project.TestsFolder);
    return $"{folder}: {detected} of {mutants.Count} mutants detected, {(mutants.Count == 0 ? 100 : 100.0 * detected / mutants.Count):0.0} % (seed {seed})";
}
