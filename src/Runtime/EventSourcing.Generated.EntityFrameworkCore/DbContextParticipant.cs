using System.Data.Common;
using EventSourcing.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace EventSourcing.EntityFrameworkCore;

/// <summary>A context on a transaction of the library.</summary>
internal sealed class DbContextParticipant : ITransactionParticipant
{
    private readonly DbContextId _id;
    private readonly IRelationalConnection _connection;
    private readonly ChangeJournal? _journal;
    private readonly ChangeTracker _tracker;
    private Action? _restoreConnection;
    private readonly bool _wasEmpty;
    private bool _forgets;
    private bool _hasEnded;
    private bool _hasLostChanges;

    private DbContextParticipant(DbContext context, bool isOwned)
    {
        (Context, IsOwned, _id) = (context, isOwned, context.ContextId);
        _connection = context.GetService<IRelationalConnection>();
        _tracker = context.ChangeTracker;
        _wasEmpty = !_tracker.Entries().Any();
        // The tracker of a context that ends with the transaction isn't used any more.
        if (!isOwned)
        {
            _journal = new ChangeJournal(context);
        }
    }

    public DbContext Context { get; }

    /// <summary>Whether it was created for the transaction.</summary>
    public bool IsOwned { get; }

    /// <summary>Puts the context on the transaction.</summary>
    public static async Task<DbContextParticipant> AttachAsync(DbContext context, bool isOwned, DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (context.Database.CurrentTransaction is not null)
        {
            throw new TransactionException($"The {context.GetType().Name} already has a transaction. Use a context without a transaction, or pass its transaction to the saves.");
        }

        var sessions = ContextSessions.Find(context);
        if (context.ContextId.Lease > 0 && sessions is null)
        {
            throw new TransactionException($"The {context.GetType().Name} comes from a pool, which could give it to another caller together with the transaction's connection: call UseEventSourcing() where its provider is configured.");
        }

        var connection = transaction.Connection ?? throw new TransactionException("The transaction has ended.");
        var participant = new DbContextParticipant(context, isOwned);
        try
        {
            participant.ReplaceConnection(connection);
            await context.Database.UseTransactionAsync(transaction, cancellationToken).ConfigureAwait(false);
            sessions?.OnReset(participant.Return);
            return participant;
        }
        catch
        {
            participant._restoreConnection?.Invoke();
            participant._journal?.Dispose();
            throw;
        }
    }

    /// <summary>Whether it is this context, and still used by the caller that put it on the transaction.</summary>
    public bool Is(DbContext context) => Context == context && !IsGone();

    /// <exception cref="TransactionException">The context was disposed of with changes that weren't saved.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!_hasEnded && IsGone())
        {
            _hasLostChanges = _tracker.HasChanges();
        }

        if (_hasLostChanges)
        {
            throw new TransactionException($"The {Context.GetType().Name} was disposed of inside the transaction with unsaved changes. Nothing was committed. Call SaveChangesAsync before you dispose of it, or dispose of it after the commit.");
        }

        if (!IsGone() && Context.ChangeTracker.HasChanges())
        {
            await Context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public bool CanRepeat => IsOwned || _wasEmpty || IsGone();

    public void Forget() => _forgets = true;

    public void Committed()
    {
        if (!IsGone())
        {
            LetGo();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsGone() && !_hasEnded)
        {
            LetGo();
            if (_forgets)
            {
                Context.ChangeTracker.Clear();
            }
            else
            {
                _journal?.Restore();
            }
        }

        if (IsOwned)
        {
            await Context.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Called when the context returns to its pool.</summary>
    private void Return()
    {
        _hasLostChanges = !_hasEnded && _tracker.HasChanges();
        LetGo();
    }

    /// <summary>Takes the context off the transaction.</summary>
    private void LetGo()
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        _journal?.Dispose();
        _connection.UseTransaction(null);
        _restoreConnection?.Invoke();
    }

    /// <summary>Whether it was disposed of, and may serve another caller by now.</summary>
    private bool IsGone()
    {
        if (!Context.ContextId.Equals(_id))
        {
            return true;
        }

        try
        {
            _ = Context.ChangeTracker;
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private void ReplaceConnection(DbConnection connection)
    {
        var options = RelationalOptionsExtension.Extract(Context.GetService<IDbContextOptions>());
        if (options.Connection is { } given)
        {
            if (ReferenceEquals(given, connection))
            {
                return;
            }

            _connection.SetDbConnection(connection, contextOwnsConnection: false);
            _restoreConnection = () => _connection.SetDbConnection(given, options.IsConnectionOwned);
            return;
        }

        var text = _connection.ConnectionString;
        _connection.SetDbConnection(connection, contextOwnsConnection: false);
        _restoreConnection = () =>
        {
            // Without a connection it creates a new one, by its connection string or data source.
            _connection.SetDbConnection(null, contextOwnsConnection: false);
            if (options.ConnectionString is not null)
            {
                _connection.ConnectionString = text;
            }
        };
    }
}
