using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>The arguments of this run, and its results so far.</summary>
internal sealed class Run
{
    private readonly List<string> _workloads = [];
    private readonly List<string> _engines = [];
    private readonly List<Result> _added = [];
    private readonly List<Result> _results = [];
    private int? _rounds;

    public Run(string[] args)
    {
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var argument))
        {
            switch (argument)
            {
                case "--engine":
                    _engines.Add(rest.Dequeue());
                    break;
                case "--quick":
                    IsQuick = true;
                    break;
                case "--rounds":
                    _rounds = int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);
                    break;
                case "--events":
                    Events = int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);
                    break;
                case "--folder":
                    Folder = rest.Dequeue();
                    break;
                case "--postgresql":
                    PostgreSql = rest.Dequeue();
                    break;
                case "--add":
                    _added.AddRange(JsonLines.Read(rest.Dequeue()));
                    break;
                case "--only-added":
                    IsOnlyAdded = true;
                    break;
                case "--notify":
                    IsAboutNotifying = true;
                    break;
                case "--json":
                    Json = rest.Dequeue();
                    break;
                case "--plot":
                    Plot = rest.Dequeue();
                    break;
                case ['W', ..]:
                    _workloads.Add(argument);
                    break;
                default:
                    throw new ArgumentException($"'{argument}' isn't known.");
            }
        }
    }

    /// <summary>Whether everything must end in less than two minutes.</summary>
    public bool IsQuick { get; }

    /// <summary>The number of stored events of W8; null for the number that belongs to it.</summary>
    public int? Events { get; }

    /// <summary>The folder for database files.</summary>
    public string Folder { get; } = Environment.CurrentDirectory;

    /// <summary>The connection string of a database whose tables may be deleted; null where PostgreSQL isn't measured.</summary>
    public string? PostgreSql { get; }

    /// <summary>Whether there is nothing to measure, only results to show.</summary>
    public bool IsOnlyAdded { get; }

    /// <summary>Whether only the two ways to tell other processes of an append are compared.</summary>
    public bool IsAboutNotifying { get; }

    /// <summary>The file that the lines of JSON go to.</summary>
    public string? Json { get; }

    /// <summary>The file that the plot goes to.</summary>
    public string? Plot { get; }

    /// <summary>All results, including those of other programs, in the order of the workloads.</summary>
    public List<Result> GetAll() => Workloads.Sort(_results.Concat(_added));

    /// <summary>Whether this workload on this engine is wanted: by its name, or by the part before a hyphen; all when none is named.</summary>
    public bool Wants(string workload, string engine) => Named(_workloads, workload) && Named(_engines, engine);

    /// <summary>The number of rounds: from the command line, or one of these.</summary>
    public int Rounds(int full, int quick) => _rounds ?? (IsQuick ? quick : full);

    /// <summary>The amount of work in each turn.</summary>
    public int Amount(int full, int quick) => IsQuick ? quick : full;

    /// <summary>Takes a result, and shows it at once.</summary>
    public void Report(Result result)
    {
        _results.Add(result);
        Console.Error.WriteLine(Table.Line(result));
    }

    private static bool Named(List<string> names, string name) =>
        names.Count == 0 || names.Exists(n => name == n || name.StartsWith(n + "-", StringComparison.Ordinal));
}
