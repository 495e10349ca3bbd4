using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0057: a save that is not awaited fails silently.</summary>
public sealed class NotAwaitedTests
{
    [Theory]
    [InlineData("public void Run(Dog dog) { {|ESG0057:SaveAsync(dog)|}; }")]
    [InlineData("public void Run(Dog dog) => {|ESG0057:SaveAsync(dog)|};")]
    [InlineData("public Task Run(Dog dog) { {|ESG0057:this.SaveAsync(dog)|}; return Task.CompletedTask; }")]
    [InlineData("public void Run(Dog dog) { Action later = () => {|ESG0057:SaveAsync(dog)|}; later(); }")]
    [InlineData("public void Run(Dog dog) { void Later() => {|ESG0057:SaveAsync(dog)|}; Later(); }")]
    [InlineData("public void Run(StoreTransaction<Guid> transaction) { {|ESG0057:transaction.CommitAsync()|}; {|ESG0057:transaction.FlushAsync()|}; }")]
    [InlineData("public void Run(Guid id) { {|ESG0057:RetryOnConflictAsync<Dog>(id, dog => dog.ToString())|}; }")]
    [InlineData("public static void Run(TrainingSchool school) { school.OwnAsync(); } private Task OwnAsync() => Task.CompletedTask;")] // a method of the user
    [InlineData("public ValueTask<IReadOnlyList<RecordedEvent<Guid>>> Run(Dog dog) => SaveAsync(dog);")]
    [InlineData("public void Run(Dog dog) { _ = SaveAsync(dog); }")] // discarded on purpose
    [InlineData("public void Run(Dog dog) { SaveAsync(dog).AsTask().Wait(); var later = SaveAsync(dog); later.AsTask().Wait(); }")]
    [InlineData("public object Run(Guid id, Dog other) => RetryOnConflictAsync<Dog>(id, {|ESG0053:dog => SaveAsync(other)|});")]
    [InlineData("public void Run(StoreTransaction<Guid> transaction) { transaction.DisposeAsync(); }")]
    [InlineData("public void Run() { Other.RunAsync(); }")]
    public Task Calls_that_are_not_awaited(string member) => Analysis.Verify(Dog(), School(member), "public static class Other { public static Task RunAsync() => Task.CompletedTask; }");
}
