using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using EventSourcing.Mutation;
using Xunit;
using Xunit.Runner.Common;
using Xunit.Sdk;
using Xunit.v3;

/// <summary>
/// Takes over a test program before its Main, by DOTNET_STARTUP_HOOKS, and runs its tests once for each line on the standard
/// input. One process for many runs: the tests compile at run time, and a warm compiler is many times faster.
/// </summary>
#pragma warning disable CA1050 // The runtime requires this name.
internal static class StartupHook
{
    public static void Initialize()
    {
        // The programs that the tests start are left alone.
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        var mutated = Environment.GetEnvironmentVariable("MUTATED_ASSEMBLY")!;
        var tests = AssemblyLoadContext.Default.LoadFromAssemblyPath(Environment.GetEnvironmentVariable("MUTATION_TESTS")!);
        var isOn = AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName(mutated)).GetType(MutantSwitch.Class, throwOnError: true)!;
        var answers = Console.Out;
        Console.SetOut(TextWriter.Null);
        answers.WriteLine("ready");
        answers.Flush();
        while (Console.In.ReadLine() is { } line)
        {
            var outcome = new TestRun(tests, isOn).RunAsync(JsonSerializer.Deserialize<TestRequest>(line)!).GetAwaiter().GetResult();
            answers.WriteLine(JsonSerializer.Serialize(outcome));
            answers.Flush();
        }

        Environment.Exit(0);
    }
}
#pragma warning restore CA1050

namespace EventSourcing.Mutation
{
    /// <summary>One run of some tests.</summary>
    /// <param name="Mutant">The mutant that is on, 0 for none.</param>
    /// <param name="Tests">The tests to run, <c>Class.Method</c>, each row of data by itself; all when null.</param>
    /// <param name="Without">Beginnings of the names of tests that are left out.</param>
    /// <param name="Record">Whether to record which mutants each test reaches. Then a failure doesn't end the run.</param>
    /// <param name="Longest">How many seconds each test may take, an hour without a value; a test that takes longer ends the process.</param>
    internal sealed record TestRequest(int Mutant, string[]? Tests, bool Record = false, string[]? Without = null, Dictionary<string, double>? Longest = null);

    /// <summary>The outcome of a run.</summary>
    /// <param name="Failed">The tests that failed: the first, or all while recording.</param>
    /// <param name="Message">The message of the first failure.</param>
    /// <param name="Met">Whether the mutant was reached at all.</param>
    /// <param name="Reached">The mutants that each test reached, while recording; under "" those that were reached between tests.</param>
    /// <param name="Seconds">How long each test took, while recording.</param>
    internal sealed record TestOutcome(string[] Failed, string Message, bool Met, Dictionary<string, int[]>? Reached, Dictionary<string, double>? Seconds);

    internal sealed class TestRun(Assembly tests, Type isOn) : IMessageSink
    {
        private readonly ConcurrentDictionary<string, ConcurrentDictionary<int, bool>> _reached = new();
        private readonly ConcurrentDictionary<string, string> _names = new();
        private readonly Dictionary<string, double> _seconds = [];
        private readonly HashSet<string> _failed = [];
        private readonly CancellationTokenSource _cancellation = new();
        private string _message = "";
        private bool _records;

        // The tested code's own threads have no test context. Their mutants count for the running test, because one test runs at a time.
        private volatile string _running = "";
        private Timer? _hangs;
        private Dictionary<string, double> _longest = [];

        public async Task<TestOutcome> RunAsync(TestRequest request)
        {
            _records = request.Record;
            _longest = request.Longest ?? [];
            await using var hangs = _hangs = new Timer(_ => Process.GetCurrentProcess().Kill());
            Field("Met").SetValue(null, false);
            Field("Active").SetValue(null, request.Mutant);
            Field("Reached").SetValue(null, request.Record ? (Action<int>)Reached : null);
            var configuration = new TestAssemblyConfiguration { ParallelizeTestCollections = false, PreEnumerateTheories = true, SynchronousMessageReporting = true };
            TestContext.SetForInitialization(null, false, false);
            var asked = request.Tests?.ToHashSet();
            await using (var framework = (IAsyncDisposable)ExtensibilityPointFactory.GetTestFramework(tests))
            {
                await new InProcessFrontController((ITestFramework)framework, tests, null).FindAndRun(
                    this, TestFrameworkOptions.ForDiscovery(configuration), TestFrameworkOptions.ForExecution(configuration),
                    test => asked?.Contains(test.TestCaseDisplayName) != false && request.Without?.Any(w => test.TestCaseDisplayName.StartsWith(w, StringComparison.Ordinal)) != true, _cancellation);
            }

            Field("Active").SetValue(null, 0);
            return new TestOutcome(
                [.. _failed], _message, (bool)Field("Met").GetValue(null)!,
                request.Record ? _reached.GroupBy(r => _names.GetValueOrDefault(r.Key, "")).ToDictionary(r => r.Key, r => r.SelectMany(m => m.Value.Keys).Distinct().ToArray()) : null,
                request.Record ? _seconds : null);
        }

        public bool OnMessage(IMessageSinkMessage message)
        {
            lock (_failed)
            {
                switch (message)
                {
                    case ITestCaseStarting test:
                        _hangs?.Change(TimeSpan.FromSeconds(_longest.GetValueOrDefault(test.TestCaseDisplayName, 3600)), Timeout.InfiniteTimeSpan);
                        _names[_running = test.TestCaseUniqueID] = test.TestCaseDisplayName;
                        break;
                    case ITestFinished finished:
                        var name = _names.GetValueOrDefault(finished.TestCaseUniqueID, "");
                        _seconds[name] = _seconds.GetValueOrDefault(name) + (double)finished.ExecutionTime;
                        break;
                    // A test, its class, its fixture or its disposal.
                    case IErrorMetadata error:
                        if (_failed.Count == 0)
                        {
                            _message = error.Messages.FirstOrDefault() ?? "";
                        }

                        _failed.Add(message is ITestCaseMessage failing ? _names.GetValueOrDefault(failing.TestCaseUniqueID, "") : "");
                        if (!_records)
                        {
                            _cancellation.Cancel();
                        }

                        break;
                }
            }

            return true;
        }

        // Allocates nothing for a mutant that the test has reached before, because some tests measure allocations.
        private void Reached(int mutant)
        {
            var test = TestContext.Current.TestCase?.UniqueID ?? _running;
            if (!_reached.TryGetValue(test, out var mutants))
            {
                mutants = _reached.GetOrAdd(test, _ => new());
            }

            if (!mutants.ContainsKey(mutant))
            {
                mutants[mutant] = true;
            }
        }

        private FieldInfo Field(string name) => isOn.GetField(name)!;
    }
}
