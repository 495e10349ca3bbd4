using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Benchmarks.Micro;

// Micro [--filter *Serializer* …]   BenchmarkDotNet, in this process: what is measured is small, and built as it is
// Micro build [rounds]              what the generator adds to real builds of a large project
// Micro phases [rounds]             the phases of a build of it in memory, the generator, and each analyzer
// Micro generate [rounds]           the same up to the generator
// Micro compile [rounds]            the same up to the compiler's output
// Micro turns [rounds]              the serializer benchmarks by turns, for machines on which others work, too
if (args is ["build", ..])
{
    return BuildTimes.Run(Rounds(5));
}

if (args is ["phases" or "generate" or "compile", ..])
{
    return Phases.Run(Rounds(3), last: args[0]);
}

if (args is ["turns", ..])
{
    return Turns.Run(Rounds(50));
}

var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).AsDefault());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;

int Rounds(int otherwise) => args is [_, var rounds] ? int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
