using Recorders.Contract;
using Xunit;

// They share the two processors of a build machine with a server.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// No exception or activity of any of these tests may show a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]
