using Recorders.Contract;
using Xunit;

// No exception or activity of any of these tests may tell a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]

/// <summary>Tests that measure: others beside them would take the threads of the pool.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
