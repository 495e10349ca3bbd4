using Recorders.Contract;
using Xunit;

// Each of these tests needs both processors, or a server of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// No exception or activity of any of these tests may show a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]
