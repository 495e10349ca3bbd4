using System.Data;

namespace EventSourcing.Recording;

/// <summary>Appends in a transaction of its own, for requests that a group can't take: saves of a group can't be undone for a position.</summary>
internal static class OwnTransactionAppend
{
    /// <summary>Writes the request and commits.</summary>
    public static async ValueTask<IReadOnlyList<long>> RunAsync<TKey>(IApplicationRecorder<TKey> recorder, AppendRequest<TKey> request, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var transaction = await recorder.BeginAsync(readOnly: false, IsolationLevel.Unspecified, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            return await transaction.CommitAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }
}
