using EventSourcing;
using EventSourcing.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Saves aggregates with the changes of a context.</summary>
public static class EventSourcingDbContextExtensions
{
    /// <summary>
    /// Lets <c>SaveChanges</c> of the context also write the aggregates that were handed to its sessions; see <see cref="GetEventSession"/>.
    /// </summary>
    /// <param name="builder">The options of the context. Its provider must be that of the store's database.</param>
    public static DbContextOptionsBuilder UseEventSourcing(this DbContextOptionsBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(new EventSourcingOptionsExtension());
        return builder;
    }

    /// <inheritdoc cref="UseEventSourcing(DbContextOptionsBuilder)"/>
    /// <typeparam name="TContext">The type of the context.</typeparam>
    public static DbContextOptionsBuilder<TContext> UseEventSourcing<TContext>(this DbContextOptionsBuilder<TContext> builder)
        where TContext : DbContext => (DbContextOptionsBuilder<TContext>)UseEventSourcing((DbContextOptionsBuilder)builder);

    /// <summary>
    /// Returns the session of this context for a store. Its saves are written by the context's <c>SaveChanges</c>, after the entities and in the
    /// same transaction.
    /// </summary>
    /// <param name="context">The context; its options have <see cref="UseEventSourcing(DbContextOptionsBuilder)"/>.</param>
    /// <param name="application">The application whose aggregates are saved. Its store is in the context's database.</param>
    /// <remarks>
    /// <para>
    /// Without a transaction, <c>SaveChanges</c> commits entities and events together; if it fails, both stay as they were, and it can be retried.
    /// In a transaction of the context (<c>Database.BeginTransaction</c>) the events are written when it is committed. When it is rolled back, they
    /// are pending and the session no longer holds them: hand the aggregates to it again. If an execution strategy began the transaction, the
    /// session keeps what it held before, so that the next attempt finds it. A rollback to a savepoint leaves the session as it is. In a
    /// transaction set by <c>Database.UseTransaction</c>, <c>SaveChanges</c> writes the events at once, and they count as saved, because the
    /// context doesn't control its end.
    /// </para>
    /// <para>
    /// A conflict throws <see cref="ConcurrencyException"/> and commits nothing: <see cref="StoreSession{TKey}.Discard"/> the aggregate and save
    /// again, or begin again with another context. A lost connection throws a <see cref="TransientStoreException"/>. With an execution strategy
    /// that retries, it throws a <see cref="DbUpdateException"/> around the driver's exception, so that the strategy retries. The session ends with
    /// the context, or when the context returns to its pool. The session's own <see cref="StoreSession.CommitAsync"/> would commit the events
    /// alone.
    /// </para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">The context's options are without event sourcing.</exception>
    public static StoreSession<TKey> GetEventSession<TKey>(this DbContext context, EventSourcedApplication<TKey> application)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(application);
        var sessions = ContextSessions.Find(context)
            ?? throw new InvalidOperationException($"The options of {context.GetType().Name} don't include event sourcing: call UseEventSourcing() where its provider is configured.");
        return sessions.Get(application);
    }
}
