using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace EventSourcing.EntityFrameworkCore;

/// <remarks>
/// While SaveChanges runs, Entity Framework always uses a transaction of its own, even for a single statement: inside its execution strategy,
/// so that a retry writes the events again, too. Only if it had nothing to write, a transaction is begun for the events alone.
/// </remarks>
internal sealed partial class ContextSessions : ISaveChangesInterceptor, IDbTransactionInterceptor, IDbConnectionInterceptor
{
    private AutoTransactionBehavior? _behavior;
    private bool _isSaving;

    private TransactionKind Kind => _isSaving ? TransactionKind.Implicit : TransactionKind.Explicit;

    public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        BeginSaving();
        return result;
    }

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        BeginSaving();
        return new(result);
    }

    public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        Wait(SavedAsync(isAsync: false, CancellationToken.None));
        return result;
    }

    public async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        await SavedAsync(isAsync: true, cancellationToken).ConfigureAwait(false);
        return result;
    }

    public void SaveChangesFailed(DbContextErrorEventData eventData) => Wait(FailedAsync());

    public Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default) => FailedAsync();

    public void SaveChangesCanceled(DbContextEventData eventData) => Wait(FailedAsync());

    public Task SaveChangesCanceledAsync(DbContextEventData eventData, CancellationToken cancellationToken = default) => FailedAsync();

    public DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        Wait(BeganAsync(eventData.TransactionId, Kind));
        return result;
    }

    public async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        await BeganAsync(eventData.TransactionId, Kind).ConfigureAwait(false);
        return result;
    }

    public DbTransaction TransactionUsed(DbConnection connection, TransactionEventData eventData, DbTransaction result)
    {
        Wait(BeganAsync(eventData.TransactionId, TransactionKind.Used));
        return result;
    }

    public async ValueTask<DbTransaction> TransactionUsedAsync(
        DbConnection connection, TransactionEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        await BeganAsync(eventData.TransactionId, TransactionKind.Used).ConfigureAwait(false);
        return result;
    }

    public InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
    {
        Wait(FlushAsync(transaction, CancellationToken.None));
        return result;
    }

    public async ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        await FlushAsync(transaction, cancellationToken).ConfigureAwait(false);
        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Committed();

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Committed();
        return Task.CompletedTask;
    }

    public void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) => Wait(EndedAsync());

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        EndedAsync();

    public void RolledBackToSavepoint(DbTransaction transaction, TransactionEventData eventData) => Wait(RetractAsync());

    public Task RolledBackToSavepointAsync(DbTransaction transaction, TransactionEventData eventData, CancellationToken cancellationToken = default) =>
        RetractAsync();

    public void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) => Wait(ClosedAsync());

    public Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData) => ClosedAsync();

    private void BeginSaving()
    {
        // Left over when another interceptor threw before Entity Framework began: then the end isn't reported.
        _isSaving = false;
        Look();
        if (_members.Count == 0)
        {
            return;
        }

        if (_kind == TransactionKind.Implicit)
        {
            _kind = TransactionKind.Explicit;
        }

        var database = current.Context.Database;
        if (Writing.Any() && (System.Transactions.Transaction.Current ?? (database.GetService<IDbContextTransactionManager>() as ITransactionEnlistmentManager)?.EnlistedTransaction) is not null)
        {
            throw new TransactionException("A TransactionScope (System.Transactions) can't contain saves. Use Database.BeginTransactionAsync of the context.");
        }

        _isSaving = true;
        _behavior ??= database.AutoTransactionBehavior;
        database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
    }

    private void EndSaving()
    {
        _isSaving = false;
        if (_behavior is { } behavior)
        {
            current.Context.Database.AutoTransactionBehavior = behavior;
        }

        _behavior = null;
    }

    private async Task SavedAsync(bool isAsync, CancellationToken cancellationToken)
    {
        if (Writing.Any())
        {
            // In a transaction of the context, the events are written at its commit, which wasn't requested yet.
            if (_transaction is null)
            {
                await CommitAloneAsync(isAsync, cancellationToken).ConfigureAwait(false);
            }
            else if (_kind == TransactionKind.Used)
            {
                await WriteAsync(current.Context.Database.CurrentTransaction!.GetDbTransaction(), cancellationToken).ConfigureAwait(false);
            }
        }

        EndSaving();
    }

    /// <summary>Commits the events alone, because no entity was to be written.</summary>
    private async Task CommitAloneAsync(bool isAsync, CancellationToken cancellationToken)
    {
        var database = current.Context.Database;
        var strategy = database.CreateExecutionStrategy();
        if (!isAsync)
        {
            strategy.Execute(() =>
            {
                using var transaction = database.BeginTransaction();
                transaction.Commit();
            });
            return;
        }

        await strategy.ExecuteAsync(async token =>
        {
            var transaction = await database.BeginTransactionAsync(token).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await transaction.CommitAsync(token).ConfigureAwait(false);
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes into a transaction whose end will not be reported.</summary>
    private async Task WriteAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        await FlushAsync(transaction, cancellationToken).ConfigureAwait(false);
        foreach (var member in Writing)
        {
            member.Session.Committed();
        }
    }

    private async Task FailedAsync()
    {
        EndSaving();
        // Entity Framework raises no event when it disposes of its transaction.
        if (_transaction is not null && _kind == TransactionKind.Implicit)
        {
            await EndedAsync().ConfigureAwait(false);
        }
    }

    private Task ClosedAsync() => _transaction is not null && _kind == TransactionKind.Explicit ? EndedAsync() : Task.CompletedTask;
}
