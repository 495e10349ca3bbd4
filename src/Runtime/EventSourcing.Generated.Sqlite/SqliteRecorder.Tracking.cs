using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

public partial class SqliteRecorder<TKey> : ITrackingRecorder
{
    private readonly TrackingTable _tracking;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ITrackingRecorder Tracking => this;

    ValueTask<long?> ITrackingRecorder.GetPositionAsync(string name, CancellationToken cancellationToken) => ReadAsync(
        static (recorder, session, name, _, _) => recorder._tracking.Find(session, name), name, null, cancellationToken);

    async ValueTask ITrackingRecorder.EnsureSchemaAsync(CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        await open.Writer.RunAsync(
            session =>
            {
                session.SetBusyTimeout(_address.LockTimeout);
                _tracking.Ensure(session);
            },
            LockTimeout).ConfigureAwait(false);
    }

    async ValueTask<bool> ITrackingRecorder.MigrateAsync(CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        var isChanged = false;
        await open.Writer.RunAsync(
            session =>
            {
                session.SetBusyTimeout(_address.LockTimeout);
                isChanged = _tracking.Migrate(session);
            },
            LockTimeout).ConfigureAwait(false);
        return isChanged;
    }

    AppendWatch ITrackingRecorder.Watch()
    {
        // Null also if the store is being closed.
        var open = _database;
        _opening.ThrowIfClosed();

        // In memory, reads would wait for the transaction of this flow; of a file, no other runner could write.
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open ?? Database);
        return (open ?? Database).Tracked.Watch();
    }
}
