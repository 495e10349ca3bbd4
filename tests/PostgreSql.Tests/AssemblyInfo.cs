using Xunit;

// Each of these tests needs both processors, or a server of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
