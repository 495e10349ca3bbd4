using System.Data.Common;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Calls the handlers of a projection for a batch of events, in one transaction with the step. The position is written last, by the fence of the
/// lease, so that a runner that has lost the projection stores nothing. Thread safe.
/// </summary>
internal sealed class HandlerBatch<TKey>(StoreContext<TKey> store, TransactionManager<TKey> transactions)
    where TKey : notnull
{
    /// <summary>Calls the handlers, writes the step and commits.</summary>
    /// <param name="definition">The projection.</param>
    /// <param name="step">The step.</param>
    /// <param name="events">The events whose handlers are called, in their order.</param>
    /// <param name="isFirst">Whether the tables are emptied first.</param>
    /// <param name="cancellationToken">Cancels the handlers.</param>
    /// <exception cref="HandlerFaultException">A handler failed, or what it wrote can't be committed.</exception>
    /// <exception cref="ProjectionFencedException">Another runner has taken the projection.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask WriteAsync(
        HandlerDefinition<TKey> definition, ProjectionStep step, IReadOnlyList<RecordedEvent<TKey>> events, bool isFirst, CancellationToken cancellationToken)
    {
        // Not awaited in another method: the transaction is that of this flow, so that code of the program sees it.
        var transaction = await transactions.BeginForProjectionAsync(cancellationToken).ConfigureAwait(false);
        var at = new Progress();
        try
        {
            await RunAsync(transaction, definition, step, events, isFirst, at, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!IsOfRun(exception, cancellationToken))
        {
            throw transaction.Work.IsStoreClosed ? ClosedStore.Exception(exception)
                : IsTransient(exception) ? new TransientStoreException($"A handler of the projection '{definition.Table.Projection}' met a database that is busy or unavailable.", exception)
                : at.Describe(exception, transaction.Work.Transaction);
        }
    }

    private async ValueTask RunAsync(
        StoreTransaction<TKey> transaction, HandlerDefinition<TKey> definition, ProjectionStep step, IReadOnlyList<RecordedEvent<TKey>> events, bool isFirst, Progress at,
        CancellationToken cancellationToken)
    {
        ProjectionHandler? handler = null;
        try
        {
            await using (transaction.ConfigureAwait(false))
            {
                handler = await definition.CreateHandlerAsync(transaction.WithoutEnd(), store.Options.Services, cancellationToken).ConfigureAwait(false);
                if (isFirst)
                {
                    at.Begin("Reset");
                    await handler.ResetAsync(cancellationToken).ConfigureAwait(false);
                }

                foreach (var recorded in events)
                {
                    at.Begin(recorded.Event);
                    await handler.HandleAsync(recorded.Event, recorded.Header, cancellationToken).ConfigureAwait(false);
                }

                at.Begin("Dispose");
                await handler.EndAsync().ConfigureAwait(false);
                at.Commit();
                await transaction.Work.CommitAsync(cancellationToken, step).ConfigureAwait(false);
            }
        }
        catch
        {
            if (handler is not null)
            {
                // The first failure is the one that counts.
                await handler.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            throw;
        }

        // After the transaction, which has contexts of the scope.
        await handler.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether a failure isn't one of the handlers.</summary>
    private static bool IsOfRun(Exception exception, CancellationToken cancellationToken) =>
        exception is ProjectionFencedException or InDoubtException or OutOfMemoryException || ProjectionStepper<TKey>.IsTransient(exception)
        || cancellationToken.IsCancellationRequested;

    private static bool IsTransient(Exception exception) =>
        Causes.Of(exception).Any(static cause => cause is DbException { IsTransient: true } || ProjectionStepper<TKey>.IsTransient(cause));

    /// <summary>How far a batch has come, for the reason of a failure.</summary>
    private sealed class Progress
    {
        private string? _code;
        private bool _isOfEvent;
        private bool _isCommit;

        /// <summary>Begins a method of the class.</summary>
        public void Begin(string method) => _code = method;

        /// <summary>Begins the handler of an event.</summary>
        public void Begin(IEvent @event) => (_code, _isOfEvent) = ($"the code for {@event.GetType().Name}", true);

        public void Commit() => _isCommit = true;

        public HandlerFaultException Describe(Exception exception, RecorderTransaction<TKey> transaction)
        {
            // Without a failed statement, the code has committed or rolled back itself. It would do so again.
            var failure = Causes.Of(exception).OfType<DbException>().FirstOrDefault();
            var isFinal = _isCommit && exception is TransactionException && failure is null;
            var reason = exception is EventSourcingException ? $"{exception.GetType().Name}: {exception.Message}" : exception.GetType().Name;
            return new(
                _isCommit ? $"what its handlers wrote can't be committed: {reason}" : _code is null ? $"its object can't be created: {reason}" : $"{_code} threw {reason}", exception)
            {
                IsOfEvent = _isOfEvent,
                CanBeParked = _isOfEvent && !isFinal && (failure is null || transaction.IsOfValues(failure)),
                IsFinal = isFinal,
            };
        }
    }
}
