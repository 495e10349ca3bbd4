using Recorders.Contract;
using Xunit;

// No exception or activity of any of these tests may show a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]

/// <summary>Tests that measure. They run alone, because other tests would use the threads of the pool.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
