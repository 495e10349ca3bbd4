#pragma warning disable RS0026 // The overloads differ in a parameter that is required, so that none can become ambiguous.

using System.Data.Common;
using EventSourcing.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace EventSourcing;

/// <summary>Puts Entity Framework contexts on a transaction of a store.</summary>
/// <remarks>
/// Pending changes of such a context are written before the transaction is committed and, with <see cref="StoreTransaction{TKey}.AutoFlush"/>,
/// before a read of the store inside it. If the transaction has ended without a commit, the changes of a context that is yours are pending as
/// before. Execution strategies that retry (<c>EnableRetryOnFailure</c>) refuse transactions that they haven't begun: don't use them in these
/// contexts, or run all of it inside one.
/// </remarks>
public static class StoreTransactionDbContextExtensions
{
    /// <summary>Creates a context on the connection and transaction, which is disposed of with the transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="create">
    /// Creates a context that uses the connection and doesn't own it: <c>connection => new SchoolContext(connection)</c>.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The context isn't on the transaction then.</param>
    /// <returns>The context. A further call for its type returns the same one.</returns>
    /// <exception cref="TransactionException">The transaction has ended or failed, or has no connection.</exception>
    public static ValueTask<TContext> UseDbContextAsync<TKey, TContext>(
        this StoreTransaction<TKey> transaction, Func<DbConnection, TContext> create, CancellationToken cancellationToken = default)
        where TKey : notnull
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(create);
        return UseOwnAsync<TKey, TContext>(transaction, () => new(create(transaction.Connection)), cancellationToken);
    }

    /// <inheritdoc cref="UseDbContextAsync{TKey, TContext}(StoreTransaction{TKey}, Func{DbConnection, TContext}, CancellationToken)"/>
    /// <param name="transaction">The transaction.</param>
    /// <param name="configure">
    /// Chooses the provider: <c>(DbContextOptionsBuilder&lt;SchoolContext> options, DbConnection connection) => options.UseSqlite(connection)</c>.
    /// The context has a constructor that takes the options.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The context isn't on the transaction then.</param>
    public static ValueTask<TContext> UseDbContextAsync<TKey, TContext>(
        this StoreTransaction<TKey> transaction, Action<DbContextOptionsBuilder<TContext>, DbConnection> configure,
        CancellationToken cancellationToken = default)
        where TKey : notnull
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(configure);
        return UseOwnAsync<TKey, TContext>(transaction, () =>
        {
            var builder = new DbContextOptionsBuilder<TContext>();
            configure(builder, transaction.Connection);
            return new((TContext)Activator.CreateInstance(typeof(TContext), builder.Options)!);
        }, cancellationToken);
    }

    /// <inheritdoc cref="UseDbContextAsync{TKey, TContext}(StoreTransaction{TKey}, Func{DbConnection, TContext}, CancellationToken)"/>
    /// <param name="transaction">The transaction.</param>
    /// <param name="factory">Creates a context of the same provider; its connection is replaced.</param>
    /// <param name="cancellationToken">Cancels the call. The context isn't on the transaction then.</param>
    public static ValueTask<TContext> UseDbContextAsync<TKey, TContext>(
        this StoreTransaction<TKey> transaction, IDbContextFactory<TContext> factory, CancellationToken cancellationToken = default)
        where TKey : notnull
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(factory);
        return UseOwnAsync<TKey, TContext>(transaction, () => new(factory.CreateDbContextAsync(cancellationToken)), cancellationToken);
    }

    /// <summary>Puts a context of yours on the connection and transaction, until the transaction has ended.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="context">A context of the same provider, without a transaction; it stays yours. It then has its own connection again.</param>
    /// <param name="cancellationToken">Cancels the call. The context isn't on the transaction then.</param>
    /// <returns>The context.</returns>
    /// <exception cref="TransactionException">The transaction has ended or failed, or has no connection; or the context has a transaction.</exception>
    public static async ValueTask<TContext> UseDbContextAsync<TKey, TContext>(
        this StoreTransaction<TKey> transaction, TContext context, CancellationToken cancellationToken = default)
        where TKey : notnull
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(context);
        if (transaction.FindParticipant<DbContextParticipant>(p => p.Is(context)) is null)
        {
            transaction.Enlist(await DbContextParticipant.AttachAsync(context, isOwned: false, transaction.DbTransaction, cancellationToken).ConfigureAwait(false));
        }

        return context;
    }

    private static async ValueTask<TContext> UseOwnAsync<TKey, TContext>(
        StoreTransaction<TKey> transaction, Func<ValueTask<TContext>> create, CancellationToken cancellationToken)
        where TKey : notnull
        where TContext : DbContext
    {
        var present = transaction.FindParticipant<DbContextParticipant>(p => p.IsOwned && p.Context.GetType() == typeof(TContext) && p.Is(p.Context));
        if (present is not null)
        {
            return (TContext)present.Context;
        }

        var dbTransaction = transaction.DbTransaction;
        var context = await create().ConfigureAwait(false);
        try
        {
            transaction.Enlist(await DbContextParticipant.AttachAsync(context, isOwned: true, dbTransaction, cancellationToken).ConfigureAwait(false));
            return context;
        }
        catch
        {
            await context.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
