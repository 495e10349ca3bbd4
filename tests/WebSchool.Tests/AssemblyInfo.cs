// Programs are measured, and each has the processors for itself: one after the other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
[assembly: Xunit.AssemblyFixture(typeof(EventSourcing.WebSchool.Tests.NativeProgram))]
