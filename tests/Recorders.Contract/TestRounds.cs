using System.Globalization;

namespace Recorders.Contract;

/// <summary>The number of rounds, and their random numbers.</summary>
public static class TestRounds
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1";

    /// <summary>Set by EVENTSOURCING_SEED, to reproduce a failure.</summary>
    public static int Seed { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("EVENTSOURCING_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : System.Random.Shared.Next(1_000_000);

    public static int Of(int reduced, int full) => IsLong ? full : reduced;

    /// <summary>Numbers of one part of a test: the same for the same seed, whatever the other parts do.</summary>
    public static Random Random(int part) => new(unchecked((Seed * 7919) + part));
}
