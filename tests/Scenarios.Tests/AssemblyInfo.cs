using Xunit;

// They share the two processors of a build machine with a server.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
