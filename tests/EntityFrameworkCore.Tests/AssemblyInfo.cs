using Recorders.Contract;
using Xunit;

// No exception or activity of these tests may reveal a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]
