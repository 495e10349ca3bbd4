// Examples write to the console and to the current directory, and programs are measured: one after the other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
