using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0059: transactions and scopes that an async method begins and returns, so that they have no effect in the caller.</summary>
public sealed class BegunForCallerTests
{
    [Theory]
    [InlineData("public async Task<StoreTransaction<Guid>> BeginAsync() => await {|ESG0059:Recorder.BeginTransactionAsync()|};")]
    [InlineData("public async ValueTask<IAsyncDisposable> BeginAsync() { await Task.Yield(); return await {|ESG0059:Recorder.BeginTransactionAsync()|}.ConfigureAwait(false); }")]
    [InlineData("public async Task<StoreTransaction<Guid>> BeginAsync() { var t = await {|ESG0059:Recorder.BeginTransactionAsync()|}; t.AutoFlush = false; return t; }")]
    [InlineData("public async Task<StoreTransaction<Guid>?> BeginAsync(bool on) { StoreTransaction<Guid>? t = null; if (on) t = await {|ESG0059:Recorder.BeginTransactionAsync()|}; return t; }")]
    [InlineData("public async Task<StoreTransaction<Guid>> BeginAsync() { var t = {|ESG0059:Recorder.BeginTransactionAsync()|}; await Task.Yield(); return await t; }")]
    [InlineData("public Func<Task<StoreTransaction<Guid>>> Begin() => async () => await {|ESG0059:Recorder.BeginTransactionAsync()|};")]
    [InlineData("public void Do() { async Task<StoreTransaction<Guid>> Begin() => await {|ESG0059:Recorder.BeginTransactionAsync()|}; _ = Begin(); }")]
    [InlineData("public async Task<IDisposable> EnterAsync(StoreSession<Guid> session) { await Task.Yield(); return {|ESG0059:session.Use()|}; }")]
    [InlineData("public async Task<IDisposable> EnterAsync(StoreSession session) { await Task.Yield(); return {|ESG0059:session.Use()|}; }")]
    [InlineData("public async Task<IDisposable> EnterAsync() { await Task.Yield(); return {|ESG0059:EventMetadata.Use(new EventMetadata())|}; }")]
    [InlineData("public async Task<IDisposable> EnterAsync() { var clock = {|ESG0059:AggregateClock.Use(TimeProvider.System)|}; await Task.Yield(); return clock; }")]
    public Task Transactions_and_scopes_that_an_async_method_returns_are_reported(string member) => Analysis.Verify(Dog(), School(member));

    [Theory]
    [InlineData("public ValueTask<StoreTransaction<Guid>> BeginAsync() => Recorder.BeginTransactionAsync();")]
    [InlineData("public Task<StoreTransaction<Guid>> BeginAsync() { var t = Recorder.BeginTransactionAsync(); return t.AsTask(); }")]
    [InlineData("public IDisposable Enter(StoreSession<Guid> session) => session.Use();")]
    [InlineData("public async Task DoAsync() { await using var t = await Recorder.BeginTransactionAsync(); await t.CommitAsync(); }")]
    [InlineData("public async Task<int> CountAsync() { await using var t = await Recorder.BeginTransactionAsync(); return (await t.CommitAsync()).Count; }")]
    [InlineData("public async Task<bool> DoAsync(StoreSession<Guid> session) { using var use = session.Use(); await Task.Yield(); return session.HasSaves; }")]
    [InlineData("public async Task<Func<ValueTask<StoreTransaction<Guid>>>> GetAsync() { await Task.Yield(); return () => Recorder.BeginTransactionAsync(); }")]
    [InlineData("public async Task DoAsync() { await using var t = await Recorder.BeginTransactionAsync(); Func<StoreTransaction<Guid>> get = () => t; _ = get(); await t.CommitAsync(); }")]
    public Task Other_uses_of_transactions_and_scopes_are_not_reported(string member) => Analysis.Verify(Dog(), School(member));
}
