using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Reads the views of a store, and waits for their projections.</summary>
internal interface IViewSource
{
    /// <summary>As <see cref="IProjectionRecorder.ReadRowsAsync"/>, in the transaction of the async flow, if it has one.</summary>
    ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken);

    /// <summary>Returns the version of the stored rows of a view; null if it isn't known.</summary>
    ValueTask<int?> FindVersionAsync(ViewTable table, CancellationToken cancellationToken);

    /// <summary>Waits until the projection, in the version of this program, has processed the events up to a position.</summary>
    /// <exception cref="TrackingTimeoutException">It hasn't within the time.</exception>
    ValueTask WaitForAsync(ViewTable table, long position, TimeSpan timeout, CancellationToken cancellationToken);
}
