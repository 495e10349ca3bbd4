// No exception or activity of any of these tests may tell a secret.
[assembly: AssemblyFixture(typeof(SecretWatch))]
