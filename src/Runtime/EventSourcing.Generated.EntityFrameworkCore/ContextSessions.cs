using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace EventSourcing.EntityFrameworkCore;

/// <summary>The sessions of a context, and the transaction that they go with. Its other half hears of what the context does.</summary>
internal sealed partial class ContextSessions(ICurrentDbContext current) : IResettableService, IDisposable, IAsyncDisposable
{
    // For several stores in one commit: all of them are written, or none is.
    private const string Savepoint = "eventsourcing_stores";

    private readonly List<Member> _members = [];
    private readonly List<Action> _resets = [];

    // A driver uses its object again for another transaction, so that the object doesn't tell which one it is.
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

    /// <summary>Those of a context; null where its options are without event sourcing.</summary>
    public static ContextSessions? Find(DbContext context) =>
        ((IInfrastructure<IServiceProvider>)context).Instance.GetService(typeof(ContextSessions)) as ContextSessions;

    /// <summary>Calls something when the context returns to its pool.</summary>
    public void OnReset(Action action) => _resets.Add(action);

    /// <summary>The session for a store.</summary>
    public StoreSession<TKey> Get<TKey>(IEventSourcedApplication<TKey> application)
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
        // The last one was disposed of, or a strategy tries again.
        if (_transaction is not null)
        {
            await EndedAsync().ConfigureAwait(false);
        }

        (_transaction, _kind) = (transaction, kind);
        // What a strategy runs again begins with its transaction; what was saved before isn't done again by it.
        var isRepeatable = ExecutionStrategy.Current is { RetriesOnFailure: true };
        foreach (var member in _members)
        {
            member.Outside = isRepeatable ? member.Session.SaveCount : 0;
        }
    }

    /// <summary>Writes what the sessions hold.</summary>
    private async Task FlushAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAllAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (TransientStoreException exception) when (
            exception.InnerException is DbException or TimeoutException && ExecutionStrategy.Current is { RetriesOnFailure: true })
        {
            // A strategy knows the driver's exceptions only, and looks for them inside of this one.
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
            // The transaction is lost, and everything with it.
        }

        foreach (var member in members)
        {
            await member.Session.RetractAsync(int.MaxValue).ConfigureAwait(false);
        }
    }

    /// <summary>After the real commit.</summary>
    private void Committed()
    {
        _transaction = null;
        foreach (var member in Writing)
        {
            member.Session.Committed();
        }
    }

    /// <summary>The transaction was ended without a commit.</summary>
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

    /// <summary>What a commit that failed has written may be undone: it will be written again.</summary>
    private async Task RetractAsync()
    {
        foreach (var member in _members)
        {
            await member.Session.RetractAsync(int.MaxValue).ConfigureAwait(false);
        }
    }

    /// <summary>To dispose of a transaction without a commit is no event of Entity Framework, so it is noticed afterwards.</summary>
    private void Look()
    {
        if (_transaction is not null && !_isSaving && current.Context.Database.CurrentTransaction?.TransactionId != _transaction)
        {
            Wait(EndedAsync());
        }
    }

    // The library awaits nothing on the caller's context, so that this blocks a thread, but can't come to a standstill.
    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private sealed class Member(object store, StoreSession session)
    {
        public object Store => store;

        public StoreSession Session => session;

        /// <summary>How many saves it held before the transaction.</summary>
        public int Outside { get; set; }
    }
}
