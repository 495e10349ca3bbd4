using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Reads the views of a store.</summary>
internal sealed class ViewSource<TKey>(StoreContext<TKey> store, TransactionManager<TKey> transactions) : IViewSource
    where TKey : notnull
{
    private readonly HashSet<ViewTable> _tables = [.. store.Registry.GetProjections().Select(projection => projection.Table)];

    public ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        ThrowIfNotRegistered(query.Table);
        return transactions.FindWork() is { } work
            ? work.ReadRowsAsync(query, sink, cancellationToken)
            : store.Provider.Projections.ReadRowsAsync(query, sink, cancellationToken);
    }

    public async ValueTask<int?> FindVersionAsync(ViewTable table, CancellationToken cancellationToken)
    {
        // A transaction that has failed can't be asked.
        if (transactions.FindWork() is not null)
        {
            return null;
        }

        var rows = await store.Provider.Projections.GetRowsAsync(cancellationToken).ConfigureAwait(false);
        return rows.FirstOrDefault(row => row.Projection == table.Projection)?.Version;
    }

    public async ValueTask WaitForAsync(ViewTable table, long position, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ThrowIfNotRegistered(table);
        ArgumentOutOfRangeException.ThrowIfLessThan(position, 1);
        if (timeout != Timeout.InfiniteTimeSpan && (timeout < TimeSpan.Zero || timeout.TotalMilliseconds > int.MaxValue))
        {
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The timeout must be between zero and 24 days, or infinite.");
        }

        if (transactions.FindWork() is not null)
        {
            throw new TransactionException("A wait for a projection inside a transaction or session of the store could last until its end. Wait before the transaction, or after it.");
        }

        var recorder = store.Provider.Projections;
        await PositionWait.RunAsync(
            new(table.Projection, position), store.Provider.OpenAsync, recorder.Watch, token => FindAsync(recorder, table, token), timeout, store.Options.TimeProvider, cancellationToken)
            .ConfigureAwait(false);
    }

    private void ThrowIfNotRegistered(ViewTable table)
    {
        if (!_tables.Contains(table))
        {
            throw new StoreConfigurationException($"The view '{table.Projection}' isn't one of the application: add its record to the [EventSourcedApplication].");
        }
    }

    private static async ValueTask<long?> FindAsync(IProjectionRecorder recorder, ViewTable table, CancellationToken cancellationToken)
    {
        foreach (var row in await recorder.GetRowsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (row.Projection == table.Projection && row.Version == table.Version)
            {
                return row.Position;
            }
        }

        return null;
    }
}
