using System.Collections.Concurrent;
using System.Globalization;
using EventSourcing.Mutation;

const string Core = "src/Runtime/EventSourcing.Generated", Generators = "src/Generators/EventSourcing.Generated.Generators";

// Folders that can be mutated, each with its project and its test projects, which run one after the other until one notices the
// mutant. The first folder that fits counts.
(string Folder, string Project, string[] Tests)[] known =
[
    ($"{Core}/Serialization", Core, ["tests/Serializers.Tests"]),
    ($"{Core}/Json", Core, ["tests/Serializers.Tests"]),
    (Generators, Generators, ["tests/Generators.Tests"]),
    ("src/Generators/EventSourcing.Generated.CodeFixes", "src/Generators/EventSourcing.Generated.CodeFixes", ["tests/Generators.Tests"]),
    ($"{Core}/Transactions", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    ($"{Core}/Saving", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    ($"{Core}/Subscriptions", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    ($"{Core}/Loading", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    ($"{Core}/Storing", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    ($"{Core}/Recording", Core, ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
    (Core, Core, ["tests/Runtime.Tests"]),
    ($"{Core}.Sqlite", $"{Core}.Sqlite", ["tests/Runtime.Tests", "tests/Recorders.Tests"]),
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
{
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Run this from a clone of the repository.");
}

if (folders.Count == 0)
{
    folders = [known[0].Folder, known[1].Folder, known[2].Folder];
}

var equivalents = Equivalents.Parse(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "equivalents.txt")));
// Left out: tests with other processes (no mutant is on there), tests that need a server, that measure, or that run long.
string[] leftOut =
[
    "EventSourcing.Generators.Tests.CommandLine.", "EventSourcing.Generators.Tests.Typing.", "EventSourcing.Generators.Tests.ValidPrograms.RandomProgramTests.",
    "EventSourcing.Generators.Tests.Shapes.RandomTypesTests.", "EventSourcing.Generators.Tests.Recorders.PostgreSqlServerTests.",
    "Recorders.Tests.ContractTests.PostgreSql", "Recorders.Tests.SqliteAllocationTests.", "Recorders.Tests.SqliteCrashTests.", "Recorders.Tests.SqlitePowerCutTests.",
    "Recorders.Tests.SqliteProcessesTests.",
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

    scores.Add(Mutate(folder, [.. tests.Select(t => new ProjectUnderTest(root, Named(project), Named(t)))]));
}

Console.WriteLine();
foreach (var score in scores)
{
    Console.WriteLine(score);
}

return 0;

string Named(string project) => Path.Combine(root, project, Path.GetFileName(project) + ".csproj");

string Mutate(string folder, ProjectUnderTest[] projects)
{
    Console.WriteLine($"== {folder}: building");
    foreach (var project in projects)
    {
        project.Build();
    }

    var compilation = projects[0].Compilation();
    var mutator = new Mutator(compilation);
    var inside = Path.Combine(root, folder) + Path.DirectorySeparatorChar;
    var all = mutator.Find(p => p.StartsWith(inside, StringComparison.Ordinal) && !p.Contains("/obj/", StringComparison.Ordinal), p => Path.GetRelativePath(root, p)).ToArray();
    if (lists)
    {
        foreach (var (_, mutant) in all)
        {
            Console.WriteLine($"{mutant.Line}: {mutant.Name}");
        }

        return $"{folder}: {all.Length} mutants";
    }

    new Random(seed).Shuffle(all);
    int refused = 0, equivalent = 0;
    var mutants = new List<(Microsoft.CodeAnalysis.SyntaxTree Tree, Mutant Mutant)>();
    foreach (var (tree, mutant) in all)
    {
        if (mutants.Count == count)
        {
            break;
        }

        if (equivalents.Contains(mutant))
        {
            equivalent++;
        }
        else if (!mutator.Compiles(tree, mutant))
        {
            refused++;
        }
        else
        {
            mutants.Add((tree, mutant));
        }
    }

    Console.WriteLine($"{mutants.Count} of {all.Length} mutants, seed {seed}; {refused} that don't compile and {equivalent} known as equivalent are left out");

    using var suites = new Suites(projects, compilation.AssemblyName!);
    mutator.Emit(mutants, suites.Assemblies);
    suites.Record([.. mutants.Select(m => m.Mutant)], leftOut);
    var numbers = new ConcurrentQueue<int>(Enumerable.Range(1, mutants.Count));
    int detected = 0, judged = 0;
    Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = jobs }, _ =>
    {
        using var judges = suites.Judges();
        while (numbers.TryDequeue(out var number))
        {
            var verdict = judges.Of(number);
            lock (numbers)
            {
                judged++;
                if (verdict == Verdict.Detected)
                {
                    detected++;
                }
                else
                {
                    Console.WriteLine($"{(verdict == Verdict.NotReached ? "not reached" : "survived")}: {mutants[number - 1].Mutant}\n    {mutants[number - 1].Mutant.Name}");
                }

                if (judged % 25 == 0)
                {
                    Console.WriteLine($"… {judged} of {mutants.Count}, {detected} detected");
                }
            }
        }
    });
    foreach (var project in projects)
    {
        Snapshots.Clean(project.TestsFolder);
    }

    return $"{folder}: {detected} of {mutants.Count} mutants detected, {(mutants.Count == 0 ? 100 : 100.0 * detected / mutants.Count):0.0} % (seed {seed})";
}
