using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0036: transactions and sessions that are certainly never disposed of, but not those that other code may dispose of.</summary>
public sealed class NotDisposedTests
{
    [Theory]
    [InlineData("await {|ESG0036:Recorder.BeginTransactionAsync()|};")]
    [InlineData("await {|ESG0036:Recorder.BeginTransactionAsync()|}.ConfigureAwait(false);")]
    [InlineData("_ = await {|ESG0036:Recorder.BeginTransactionAsync()|};")]
    [InlineData("var transaction = await {|ESG0036:Recorder.BeginTransactionAsync(eventsOnly: true)|}; await transaction.CommitAsync();")]
    [InlineData("var transaction = {|ESG0036:Recorder.BeginTransactionAsync()|}.AsTask().Result; transaction.AutoFlush = false; await transaction.CommitAsync();")]
    [InlineData("StoreTransaction<Guid>? transaction = null; transaction = await {|ESG0036:Recorder.BeginTransactionAsync()|}; await transaction.CommitAsync();")]
    [InlineData("await (await {|ESG0036:Recorder.BeginTransactionAsync()|}).CommitAsync();")]
    [InlineData("var connection = (await {|ESG0036:Recorder.BeginTransactionAsync()|}).Connection; await connection.CloseAsync();")]
    [InlineData("{|ESG0036:CreateSession()|};")]
    [InlineData("var session = {|ESG0036:CreateSession()|}; using var use = session.Use(); await session.CommitAsync();")]
    [InlineData("using var use = {|ESG0036:CreateSession()|}.Use(); await Task.CompletedTask;")]
    [InlineData("var session = {|ESG0036:((EventSourcing.CompilerServices.IEventSourcedApplication)this).CreateSession()|}; await session.CommitAsync();")]
    [InlineData("var session = {|ESG0036:Recorder.CreateSession()|}; await session.CommitAsync();")]
    [InlineData("var other = new object(); _ = Equals(other, 1); var transaction = await {|ESG0036:Recorder.BeginTransactionAsync()|}; await transaction.CommitAsync();")]
    [InlineData("var transaction = {|ESG0036:Recorder.BeginTransactionAsync()|}.GetAwaiter().GetResult(); await transaction.CommitAsync();")]
    public Task Transactions_and_sessions_that_stay_in_the_method_must_be_disposed_of(string statements) => Verify(statements);

    [Theory]
    [InlineData("await using var transaction = await Recorder.BeginTransactionAsync(); await transaction.CommitAsync();")]
    [InlineData("await using (var transaction = await Recorder.BeginTransactionAsync()) { await transaction.CommitAsync(); }")]
    [InlineData("await using (await Recorder.BeginTransactionAsync()) { }")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); await using (transaction.ConfigureAwait(false)) { await transaction.CommitAsync(); }")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); await using (transaction) { await transaction.CommitAsync(); }")]
    [InlineData("await using var disposal = (await Recorder.BeginTransactionAsync()).ConfigureAwait(false);")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); try { await transaction.CommitAsync(); } finally { await transaction.DisposeAsync(); }")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); Action later = () => transaction.DisposeAsync(); later();")]
    [InlineData("await (await Recorder.BeginTransactionAsync()).DisposeAsync();")]
    [InlineData("_transaction = await Recorder.BeginTransactionAsync();")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); _transaction = transaction;")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); await Pass(transaction);")]
    [InlineData("await Pass(await Recorder.BeginTransactionAsync());")]
    [InlineData("var pending = Recorder.BeginTransactionAsync(); await using var transaction = await pending;")]
    [InlineData("var pending = Recorder.BeginTransactionAsync().AsTask(); await using var transaction = await pending;")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); var other = transaction; await using var last = other;")]
    [InlineData("List<StoreTransaction<Guid>> all = [await Recorder.BeginTransactionAsync()]; all.Clear();")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); if (transaction is { } some) await some.DisposeAsync();")]
    [InlineData("var transaction = await Recorder.BeginTransactionAsync(); await (transaction?.DisposeAsync() ?? default);")]
    [InlineData("Func<ValueTask<StoreTransaction<Guid>>> begin = () => Recorder.BeginTransactionAsync(); await using var transaction = await begin();")]
    [InlineData("await Recorder.InTransactionAsync(transaction => SaveAsync(new Dog(\"Fido\")).AsTask());")]
    [InlineData("await using var session = CreateSession(); using var use = session.Use(); await session.CommitAsync();")]
    [InlineData("var session = CreateSession(); await Pass(session);")]
    public Task Transactions_and_sessions_that_other_code_may_dispose_of_are_not_reported(string statements) => Verify(statements);

    [Fact]
    public Task The_caller_disposes_of_a_returned_transaction_or_session() => Analysis.Verify(Dog(), School("""
        public ValueTask<StoreTransaction<Guid>> BeginAsync() => Recorder.BeginTransactionAsync();
        public async Task<StoreTransaction<Guid>> BeginLaterAsync() => await {|ESG0059:Recorder.BeginTransactionAsync()|};
        public async Task<StoreTransaction<Guid>> BeginThenAsync() { var transaction = await {|ESG0059:Recorder.BeginTransactionAsync()|}; transaction.AutoFlush = false; return transaction; }
        public StoreSession<Guid> Make() { return CreateSession(); }
        public StoreSession<Guid> Kept { get; set; } = null!;
        public void Keep() => Kept = CreateSession();
        """));

    private static Task Verify(string statements) => Analysis.Verify(Dog(), School($$"""
        private IAsyncDisposable? _transaction;
        public Task Pass(IAsyncDisposable transaction) => Task.FromResult(_transaction = transaction);
        public async Task DoAsync() { {{statements}} await Task.CompletedTask; }
        """));
}
