using EventSourcing.CompilerServices;
using EventSourcing.Serialization;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>Transactions and sessions over recorders that fail, or record their calls.</summary>
public sealed class UnitOfWorkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_commit_in_doubt_a_transaction_can_only_be_rolled_back()
    {
        var recorder = new HookedRecorder { Inserting = () => throw new InDoubtException(Guid.NewGuid()) };
        await using var yard = HookedYard.Over(recorder);
        var dog = new Dog("Fido");
        await using (var transaction = await yard.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token))
        {
            await yard.SaveAsync(dog, Token);
            await Assert.ThrowsAsync<InDoubtException>(async () => await transaction.CommitAsync(Token));
            recorder.Inserting = null;
            var refused = await Assert.ThrowsAsync<TransactionException>(async () => await transaction.CommitAsync(Token));
            Assert.IsType<InDoubtException>(refused.InnerException);
        }

        Assert.Single(dog.PendingEvents);
        Assert.Null(await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task After_another_failure_the_commit_can_be_retried()
    {
        var recorder = new HookedRecorder { Inserting = () => throw new StorageFullException("full") };
        await using var yard = HookedYard.Over(recorder);
        await using var transaction = await yard.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token);
        await yard.SaveAsync(new Dog("Fido"), Token);
        await Assert.ThrowsAsync<StorageFullException>(async () => await transaction.CommitAsync(Token));
        recorder.Inserting = null;
        Assert.Single(await transaction.CommitAsync(Token));
    }

    [Fact]
    public async Task A_transaction_that_is_disposed_of_before_its_commit_writes_is_not_committed()
    {
        await using var yard = HookedYard.Over(new HookedRecorder());
        var part = new SlowPart();
        var transaction = await yard.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token);
        transaction.Enlist(part);
        await yard.SaveAsync(new Dog("Fido"), Token);
        var commit = transaction.CommitAsync(Token).AsTask();
        await transaction.DisposeAsync();
        part.GoOn.SetResult();
        await Assert.ThrowsAsync<TransactionException>(() => commit);
        Assert.Null(await yard.Recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task A_session_tells_the_transaction_of_its_owner_of_the_commit_and_releases_it()
    {
        var recorder = new HookedRecorder();
        await using var yard = HookedYard.Over(recorder);
        await using var session = yard.CreateSession();
        await session.SaveAsync(new Dog("Fido"), Token);
        await using var transaction = new FakeTransaction();
        await session.FlushAsync(transaction, Token);
        await session.FlushAsync(transaction, Token);
        var theirs = Assert.Single(recorder.Sessions);
        Assert.Equal((1, 0, 0), (theirs.Written.Count, theirs.Commits, theirs.Disposals));
        session.Committed();
        Assert.Equal((1, 1, 1), (theirs.Written.Count, theirs.Commits, theirs.Disposals));
        Assert.False(session.HasSaves);
    }

    [Fact]
    public async Task A_session_is_written_again_as_a_whole_into_the_next_transaction_of_its_owner()
    {
        var recorder = new HookedRecorder();
        await using var yard = HookedYard.Over(recorder);
        await using var session = yard.CreateSession();
        await session.SaveAsync(new Dog("Fido"), Token);
        await using FakeTransaction first = new(), second = new(), third = new();
        await session.FlushAsync(first, Token);
        await session.SaveAsync(new Dog("Rex"), Token);
        await session.FlushAsync(second, Token);
        Assert.Equal([(1, 1), (2, 0)], recorder.Sessions.Select(s => (s.Written.Count, s.Disposals)));
        await session.RetractAsync(1);
        Assert.Equal([(1, 1), (2, 1)], recorder.Sessions.Select(s => (s.Written.Count, s.Disposals)));
        await session.FlushAsync(second, Token);
        Assert.Equal([(1, 1), (2, 1), (1, 0)], recorder.Sessions.Select(s => (s.Written.Count, s.Disposals)));
        session.Committed();
        Assert.Equal((1, 1), (recorder.Sessions[2].Commits, recorder.Sessions[2].Disposals));
    }

    // In memory all of it happens on one thread, whose next save takes the buffer that was returned.
    [Fact]
    public async Task The_buffer_of_a_save_is_returned_once_its_outcome_is_known()
    {
        await using var yard = HookedYard.Over(new HookedRecorder());
        await yard.SaveAsync(new Dog("Fido"), Token);
        await ReturnsAsync(async () => await yard.SaveAsync(new Dog("Rex"), Token));
        await ReturnsAsync(async () => await Assert.ThrowsAsync<ConcurrencyException>(async () => await yard.SaveAsync(new Dog("Fido"), Token)));
        await ReturnsAsync(async () => await Assert.ThrowsAsync<StoreConfigurationException>(async () => await yard.SaveAnyAsync(new Stranger(), Token)));
        await ReturnsAsync(async () => await yard.Recorder.InTransactionAsync(async _ => await yard.SaveAsync(new Dog("Ace"), Token), eventsOnly: true, cancellationToken: Token));
        await ReturnsAsync(async () =>
        {
            await using (await yard.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token))
            {
                await yard.SaveAsync(new Dog("Lost"), Token);
            }
        });
        await using var session = yard.CreateSession();
        await session.SaveAsync(new Dog("Bo"), Token);
        await ReturnsAsync(async () =>
        {
            await session.SaveAsync(new Dog("Cleo"), Token);
            await session.RetractAsync(1);
        });

        static async Task ReturnsAsync(Func<Task> action)
        {
            var idle = StateEncoder.Rent();
            idle.Dispose();
            var working = action();
            Assert.True(working.IsCompleted);
            using var next = StateEncoder.Rent();
            await working;
            Assert.Same(idle, next);
        }
    }

    /// <summary>Writes only when the test lets it go on.</summary>
    private sealed class SlowPart : ITransactionParticipant
    {
        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool CanRepeat => true;

        public async ValueTask FlushAsync(CancellationToken cancellationToken) => await GoOn.Task;

        public void Forget()
        {
        }

        public void Committed()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
