// Tests run one after the other, because examples write to the console and to the current directory, and programs are measured.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
