using System.Diagnostics;
using BenchmarkDotNet.Attributes;

namespace Benchmarks.Micro;

/// <summary>
/// The serializer and dispatch benchmarks, by turns of some milliseconds, so that a disturbance affects all of them. The minimum is
/// the time of the undisturbed code.
/// </summary>
internal static class Turns
{
    private const int Calls = 20_000;

    public static int Run(int rounds)
    {
        var benchmarks = Of(new SerializerBenchmarks()).Concat(Of(new DispatchBenchmarks())).ToList();
        var times = benchmarks.ToDictionary(b => b.Name, _ => new List<double>());
        for (var round = -10; round < rounds; round++)
        {
            foreach (var (name, run, operations) in benchmarks)
            {
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < Calls; i++)
                {
                    run();
                }

                if (round >= 0)
                {
                    times[name].Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds / Calls / operations);
                }
            }

            if (round < 0)
            {
                Thread.Sleep(100); // while the runtime compiles methods that were called often
            }
        }

        foreach (var (name, _, _) in benchmarks)
        {
            var sorted = times[name].Order().ToList();
            Console.WriteLine($"{name,-30} {sorted[0],8:0.0} ns minimum {sorted[sorted.Count / 2],8:0.0} ns median");
        }

        return 0;
    }

    private static IEnumerable<(string Name, Action Run, int Operations)> Of(object benchmarks) =>
        benchmarks.GetType().GetMethods()
            .Select(m => (Method: m, Attribute: m.GetCustomAttributes(typeof(BenchmarkAttribute), false).FirstOrDefault() as BenchmarkAttribute))
            .Where(m => m.Attribute is not null)
            .Select(m => (m.Method.Name, Call(m.Method, benchmarks), m.Attribute!.OperationsPerInvoke));

    private static Action Call(System.Reflection.MethodInfo method, object target)
    {
        if (method.ReturnType == typeof(int))
        {
            var number = method.CreateDelegate<Func<int>>(target);
            return () => number();
        }

        if (method.ReturnType == typeof(long))
        {
            var number = method.CreateDelegate<Func<long>>(target);
            return () => number();
        }

        var run = method.CreateDelegate<Func<object>>(target);
        return () => run();
    }
}
