// Tests run one after the other: programs are measured, and each has the processors for itself.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
[assembly: Xunit.AssemblyFixture(typeof(EventSourcing.WebSchool.Tests.NativeProgram))]
