using System.Data;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Hands inline views over from a runner to the savers: a save can write a view only if no event is missing in it, so the runner's last step keeps
/// savers waiting.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="log">The log of the store.</param>
internal sealed class InlineCatchUp<TKey>(StoreContext<TKey> store, NotificationLog<TKey> log)
    where TKey : notnull
{
    // Savers wait as long as this takes.
    private const int MostEvents = 1000;

    private IProjectionRecorder Recorder => store.Provider.Projections;

    /// <summary>Whether savers write a view, so that it needs no runner.</summary>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<bool> IsCurrentAsync(ViewTable table, CancellationToken cancellationToken)
    {
        var end = await FindEndAsync(cancellationToken).ConfigureAwait(false);
        var rows = await Recorder.GetRowsAsync(cancellationToken).ConfigureAwait(false);
        if (rows.FirstOrDefault(row => row.Projection == table.Projection) is not { } row || row.Version != table.Version || row.Position < end)
        {
            return false;
        }

        var failed = await Recorder.CountFailedEventsAsync(cancellationToken).ConfigureAwait(false);
        return !failed.Any(count => count.Projection == table.Projection && !count.AreSkipped);
    }

    /// <summary>Returns the greatest position of the log; 0 for none.</summary>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<long> FindEndAsync(CancellationToken cancellationToken) =>
        await store.Provider.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) ?? 0;

    /// <summary>Processes the last events while no others can be appended.</summary>
    /// <returns>False if there is more to do at once: too many events have come, or one can't be processed, which the usual step has to report.</returns>
    public async Task<bool> TryFinishAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        try
        {
            return await FinishAsync(member, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!ProjectionStepper<TKey>.EndsRun(exception, cancellationToken))
        {
            // The database is busy, or the like. The projection is claimed again after a while, if it isn't current.
            return true;
        }
    }

    /// <summary>Processes the last events while no others can be appended, and puts the rows that were built into the place of those in use.</summary>
    /// <returns>False if there is more to do first: too many events have come, or one can't be processed, which the usual step has to report.</returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public Task<bool> TrySwapAsync(ProjectionMember<TKey> member, ViewSwap swap, CancellationToken cancellationToken) => FinishAsync(member, swap, cancellationToken);

    private async Task<bool> FinishAsync(ProjectionMember<TKey> member, ViewSwap? swap, CancellationToken cancellationToken)
    {
        if (await FindEndAsync(cancellationToken).ConfigureAwait(false) - member.Position > MostEvents)
        {
            return false;
        }

        var transaction = await store.Provider.BeginAsync(readOnly: false, IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await transaction.LockAsync(cancellationToken).ConfigureAwait(false);
            var end = await transaction.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) ?? 0;
            if (end <= member.Position && swap is null)
            {
                return true;
            }

            var page = log.NewPage(isBounded: false);
            var query = new LogQuery(MostEvents, member.Position, topics: store.Registry.Filter(member.Definition.Topics), inclusiveOfStart: false);
            await transaction.ReadLogAsync(query, page, cancellationToken).ConfigureAwait(false);
            var result = page.Count == 0 ? default
                : await member.Definition.FoldAsync(transaction.ReadRowsAsync, new(page.Events, ProjectionErrorPolicy.Stop), cancellationToken).ConfigureAwait(false);
            if (page.Count == MostEvents || result.Failure is not null)
            {
                return false;
            }

            // In memory there is no lock, so a save may have come between: then the rows in use are ahead, and aren't replaced.
            var position = Math.Max(end, member.Position);
            ProjectionStep step = new()
            {
                Lease = member.Lease,
                After = member.Position,
                Position = position,
                Changes = result.Changes,
                Swap = swap is null ? null : swap with { Last = Math.Max(swap.Last, position) },
            };
            await transaction.CommitAsync(new([step]), cancellationToken).ConfigureAwait(false);
            member.Advance(step.Position);
            return true;
        }
    }
}
