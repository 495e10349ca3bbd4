using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0053: asynchronous code must not be passed to a method that doesn't wait for it.</summary>
public sealed class AsyncVoidTests
{
    [Theory]
    [InlineData("RetryOnConflictAsync<Dog>(id, {|ESG0053:dog => Two(dog)|})")]
    [InlineData("RetryOnConflictAsync<Dog>(id, {|ESG0053:Nothing|})")]
    [InlineData("RetryOnConflictAsync<Dog>(id, dog => One(dog))")]
    [InlineData("RetryOnConflictAsync<Dog>(id, One)")]
    [InlineData("RetryOnConflictAsync<Dog>(id, dog => dog.ToString())")]
    [InlineData("RetryOnConflictAsync<Dog>(id, async dog => { await Task.Yield(); await One(dog); })")]
    [InlineData("RetryOnConflictAsync<Dog>(id, async dog => await Two(dog))")]
    [InlineData("RetryOnConflictAsync<Dog>(id, dog => _ = Two(dog))")] // discarded on purpose
    [InlineData("RetryOnConflictAsync<Dog>(id, dog => { })")]
    [InlineData("Other.Run(dog => Two(dog))")]
    [InlineData("Recorder.InTransactionAsync(async transaction => { await Task.Yield(); })")]
    public Task Delegates_that_are_passed_to_the_library(string call) => Analysis.Verify(Dog(), School($$"""
        public object Run(Guid id) => {{call}};
        private static async Task<int> One(Dog dog) { await Task.Yield(); return 1; }
        private static ValueTask<int> Two(Dog dog) => new(2);
        private static async void Nothing(Dog dog) => await Task.Yield();
        """),
        "public static class Other { public static object Run(Action<Dog> action) => action; }");
}
