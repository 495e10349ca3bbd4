using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace EventSourcing.EntityFrameworkCore;

/// <summary>The sessions of a context, and their transaction. The other part of the class handles the events of the context.</summary>
internal sealed partial class ContextSessions(ICurrentDbContext current) : IResettableService, IDisposable, IAsyncDisposable
{
    // For several stores in one commit: all of them are written, or none is.
    private const string Savepoint = "eventsourcing_stores";

    private readonly List<Member> _members = [];
    private readonly List<Action> _resets = [];

    // A driver reuses its object for another transaction, so that the object doesn't identify a transaction.
    private Guid? _transaction;
    private TransactionKind _kind;

    private enum TransactionKind
    {
        /// <summary>Begun by the user, on the context.</summary>
        Explicit,

        /// <summary>Begun and ended inside SaveChanges.</summary>
        Implicit,

        /// <summary>Begun elsewhere, and perhaps ended there.</summary>
        Used,
    }

    private IEnumerable<Member> Writing => _members.Where(m => m.Session.HasSaves);

    /// <summary>Finds the sessions of a context; null if its options are without event sourcing.</summary>
    public static ContextSessions? Find(DbContext context) =>
        ((IInfrastructure<IServiceProvider>)context).Instance.GetService(typeof(ContextSessions)) as ContextSessions;

    /// <summary>Calls an action when the context returns to its pool.</summary>
    public void OnReset(Action action) => _resets.Add(action);

    /// <summary>Returns the session for a store.</summary>
    public StoreSession<TKey> Get<TKey>(EventSourcedApplication<TKey> application)
        where TKey : notnull
    {
        // It may have been disposed of.
        _members.RemoveAll(m => m.Session.IsDisposed);
        if (_members.Find(m => m.Store == application.Recorder) is { } member)
        {
            return (StoreSession<TKey>)member.Session;
        }

        var session = application.CreateSession();
        session.Using = Look;
        _members.Add(new Member(application.Recorder, session));
        return session;
    }

    public void ResetState() => Wait(ResetStateAsync());

    public Task ResetStateAsync(CancellationToken cancellationToken = default)
    {
        foreach (var reset in _resets)
        {
            reset();
        }

        _resets.Clear();
        return EndSessionsAsync();
    }

    public void Dispose() => Wait(EndSessionsAsync());

    public ValueTask DisposeAsync() => new(EndSessionsAsync());

    private async Task EndSessionsAsync()
    {
        foreach (var member in _members)
        {
            await member.Session.DisposeAsync().ConfigureAwait(false);
        }

        _members.Clear();
        (_transaction, _behavior, _isSaving) = (null, null, false);
    }

    private async Task BeganAsync(Guid transaction, TransactionKind kind)
    {
        // The last one was disposed of, or a strategy retries.
        if (_transaction is not null)
        {
            await EndedAsync().ConfigureAwait(false);
        }

        (_transaction, _kind) = (transaction, kind);
        // A retry of a strategy begins with its transaction; it doesn't repeat what was saved before.
        var isRepeatable = ExecutionStrategy.Current is { RetriesOnFailure: true };
        foreach (var member in _members)
        {
            member.Outside = isRepeatable ? member.Session.SaveCount : 0;
        }
    }

    /// <summary>Writes the saves that the sessions hold.</summary>
    private async Task FlushAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAllAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (TransientStoreException exception) when (
            exception.InnerException is DbException or TimeoutException && ExecutionStrategy.Current is { RetriesOnFailure: true })
        {
            // A strategy knows only the driver's exceptions, and looks for them inside this one.
            throw new DbUpdateException(exception.Message, exception.InnerException);
        }
    }

    private async Task WriteAllAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var writing = Writing.ToList();
        if (writing.Count < 2)
        {
            if (writing.Count == 1)
            {
                await writing[0].Session.FlushAsync(transaction, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var member in writing)
            {
                await member.Session.FlushAsync(transaction, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is EventSourcingException)
        {
            await UndoAsync(transaction, writing).ConfigureAwait(false);
            throw;
        }

        await transaction.ReleaseAsync(Savepoint, cancellationToken).ConfigureAwait(false);
    }

    private static async Task UndoAsync(DbTransaction transaction, List<Member> members)
    {
        try
        {
            await transaction.RollbackAsync(Savepoint, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException)
        {
            // The transaction is lost, with all of its work.
        }

        foreach (var member in members)
        {
            await member.Session.RetractAsync(int.MaxValue).ConfigureAwait(false);
        }
    }

    /// <summary>Completes the sessions after the real commit.</summary>
    private void Committed()
    {
        _transaction = null;
        foreach (var member in Writing)
        {
            member.Session.Committed();
        }
    }

    /// <summary>Handles a transaction that ended without a commit.</summary>
    private async Task EndedAsync()
    {
        var kind = _kind;
        _transaction = null;
        if (kind == TransactionKind.Used)
        {
            return;
        }

        foreach (var member in _members)
        {
            await member.Session.RetractAsync(kind == TransactionKind.Implicit ? int.MaxValue : member.Outside).ConfigureAwait(false);
        }
    }

    /// <summary>Takes back what a failed commit has written, because it may be undone. It will be written again.</summary>
    private async Task RetractAsync()
    {
        foreach (var member in _members)
        {
            await member.Session.RetractAsync(int.MaxValue).ConfigureAwait(false);
        }
    }

    /// <summary>Checks whether the transaction was disposed of without a commit. Entity Framework raises no event for that.</summary>
    private void Look()
    {
        if (_transaction is not null && !_isSaving && current.Context.Database.CurrentTransaction?.TransactionId != _transaction)
        {
            Wait(EndedAsync());
        }
    }

    // The library awaits nothing on the caller's context, so this blocks a thread, but can't deadlock.
    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private sealed class Member(object store, StoreSession session)
    {
        public object Store => store;

        public StoreSession Session => session;

        /// <summary>How many saves it held before the transaction.</summary>
        public int Outside { get; set; }
    }
}
