using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>The projection of a class with handlers: they process each event in a transaction, together with the position.</summary>
/// <typeparam name="THandler">The class.</typeparam>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HandlerProjection<THandler, TKey> : HandlerDefinition<TKey>
    where THandler : class, IProjectionHandler<THandler, TKey>
    where TKey : notnull
{
    /// <summary>Creates the projection.</summary>
    public HandlerProjection()
        : base(THandler.Table, THandler.Topics, THandler.OnError)
    {
    }

    internal override bool IsKeyedByAggregate(string topic) => Topics.Contains(topic);

    /// <summary>Finds the events that wait behind one that has failed. The handlers of the others are called when the step is written.</summary>
    internal override ValueTask<FoldResult> FoldAsync(ReadViewRows read, FoldRequest<TKey> request, CancellationToken cancellationToken)
    {
        var failed = new FailedUses<TKey>(Table.Projection, request);
        for (var i = 0; i < request.Events.Count; i++)
        {
            var recorded = request.Events[i];
            if (!Topics.Contains(recorded.Topic))
            {
                continue;
            }

            var key = recorded.AggregateId.ToString()!;
            if (request.Rejection is { } error)
            {
                if (request.OnError == ProjectionErrorPolicy.Stop || failed.IsFull)
                {
                    var reason = (failed.IsFull ? FailedUses<TKey>.Full(error) : error).Reason + FailedUses<TKey>.Of(recorded);
                    return new(new FoldResult(null, new(Table.Projection, reason, recorded.Position, error.Exception)));
                }

                failed.Add(recorded, key, i, error);
            }
            else if (failed.IsParked(key))
            {
                failed.AddWaiting(recorded, key);
            }
        }

        return new(new FoldResult(null, null, failed.Events));
    }

    internal override async ValueTask<ProjectionHandler> CreateHandlerAsync(StoreTransaction<TKey> transaction, IServiceProvider? services, CancellationToken cancellationToken)
    {
        var (handler, scope) = await THandler.CreateAsync(transaction, services, cancellationToken).ConfigureAwait(false);
        return new Handler(handler, scope);
    }

    private sealed class Handler(THandler handler, IAsyncDisposable? scope) : ProjectionHandler
    {
        private bool _hasEnded;

        public override ValueTask ResetAsync(CancellationToken cancellationToken) => THandler.ResetAsync(handler, cancellationToken);

        public override ValueTask HandleAsync(IEvent @event, EventHeader header, CancellationToken cancellationToken) =>
            THandler.HandleAsync(handler, @event, header, cancellationToken);

        public override async ValueTask EndAsync()
        {
            _hasEnded = true;
            switch (handler)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync().ConfigureAwait(false);
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            try
            {
                if (!_hasEnded)
                {
                    await EndAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                if (scope is not null)
                {
                    await scope.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }
}
