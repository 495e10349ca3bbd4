using System.Globalization;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// One run of the projections of an application, under one name of an owner: it claims them, groups those that are near to each other, and
/// advances each group with one read of the log.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="log">The log of the store.</param>
/// <param name="stepper">Processes batches of events.</param>
/// <param name="until">The position at which a projection has reached its end; the greatest number for no end.</param>
/// <param name="stopped">Called for each projection that stops.</param>
/// <param name="building">Called when rows are built beside those in use.</param>
internal sealed partial class ProjectionRun<TKey>(
    StoreContext<TKey> store, NotificationLog<TKey> log, ProjectionStepper<TKey> stepper, long until, Action<ProjectionException> stopped,
    Action<RebuildProgress> building)
    where TKey : notnull
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRelease = TimeSpan.FromSeconds(5);

    private readonly string _owner = string.Create(
        CultureInfo.InvariantCulture, $"{MessageText.Show(Environment.MachineName)} {Environment.ProcessId} {Guid.NewGuid():N}");

    private readonly ParkedReplay<TKey> _replay = new(store, log, stepper);
    private readonly InlineCatchUp<TKey> _inline = new(store, log);
    private readonly Lock _sync = new();
    private readonly List<ProjectionGroup<TKey>> _groups = [];
    private readonly List<ProjectionMember<TKey>> _members = [];
    private readonly List<Task> _readers = [];

    private TimeProvider Time => store.Options.TimeProvider;

    private IProjectionRecorder Recorder => store.Provider.Projections;

    private TimeSpan Pause => store.Options.ProjectionLease / 5 < LongestPause ? store.Options.ProjectionLease / 5 : LongestPause;

    /// <summary>Runs projections until each has stopped or has reached the end, or until the cancellation.</summary>
    /// <returns>For each the failure at which it has stopped; null if it has reached the end.</returns>
    public async Task<ProjectionException?[]> RunAsync(IReadOnlyList<ProjectionDefinition<TKey>> definitions, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = RenewAsync(ending.Token);
        try
        {
            // The first claims come before the first reads, so that the log is read once for projections at the same position. But a claim may wait
            // for a lock of its table, and the other projections don't wait for it.
            var claims = definitions.Select(definition => ClaimAsync(definition, isFirst: true, ending.Token)).ToList();
            await ((Task)Task.WhenAll(claims)).WaitAsync(Pause, Time, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await Task.WhenAll(definitions.Zip(claims, (definition, claim) => OwnAsync(definition, claim, ending))).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(ending, renewing).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(CancellationTokenSource ending, Task renewing)
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAllAsync().ConfigureAwait(false);
    }

    /// <summary>Owns a projection whenever it can, until it stops or reaches the end.</summary>
    private async Task<ProjectionException?> OwnAsync(
        ProjectionDefinition<TKey> definition, Task<Claim> first, CancellationTokenSource ending)
    {
        try
        {
            var claim = await first.ConfigureAwait(false);
            while (true)
            {
                Group(claim.Member, ending.Token);
                if (claim.Failure is not null)
                {
                    Report(claim.Failure);
                    return claim.Failure;
                }

                if (claim.MustBuild)
                {
                    if (await BuildAsync(definition, isAsked: false, ending.Token).ConfigureAwait(false) is { } failed)
                    {
                        Report(failed);
                        return failed;
                    }

                    claim = await ClaimAsync(definition, isFirst: false, ending.Token).ConfigureAwait(false);
                    continue;
                }

                if (claim.Member is { } member)
                {
                    if (await member.Left.WaitAsync(ending.Token).ConfigureAwait(false) is { } failure)
                    {
                        // Stored before it is reported, so that a status that is read then has the error. A database that doesn't answer delays
                        // the report only briefly.
                        var releasing = ReleaseAsync(member, failure.Message, ending.Token);
                        await releasing.WaitAsync(LongestRelease, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                        Report(failure);
                        await releasing.ConfigureAwait(false);
                        return failure;
                    }

                    if (member.IsAtEnd)
                    {
                        var isExact = !definition.Table.IsInline || await _inline.TryFinishAsync(member, ending.Token).ConfigureAwait(false);
                        await ReleaseAsync(member, null, ending.Token).ConfigureAwait(false);
                        if (member.Position >= until)
                        {
                            return null;
                        }

                        if (!isExact)
                        {
                            // Savers were faster. The next attempt begins nearer to them.
                            claim = await ClaimAsync(definition, isFirst: false, ending.Token).ConfigureAwait(false);
                            continue;
                        }
                    }
                }
                else if (until < long.MaxValue && await FindAsync(definition.Table, ending.Token).ConfigureAwait(false) is { } row && row.Version == definition.Table.Version)
                {
                    if (row.Position >= until)
                    {
                        return null;
                    }

                    if (row is { Error: { } error, Owner: null })
                    {
                        return new(row.Projection, $"another runner has stopped it: {error}");
                    }
                }

                await Task.Delay(Pause, Time, ending.Token).ConfigureAwait(false);
                claim = await ClaimAsync(definition, isFirst: false, ending.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            // The store is closed, or the like: the other projections end with it.
            await ending.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Report(ProjectionException failure)
    {
        stepper.Count(failure.Projection, "stopped");
        stopped(failure);
    }

    private async Task<ProjectionRow?> FindAsync(ViewTable table, CancellationToken cancellationToken)
    {
        var rows = await stepper.RetryAsync(() => Recorder.GetRowsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return rows.FirstOrDefault(row => row.Projection == table.Projection);
    }

    /// <summary>Claims a projection.</summary>
    private async Task<Claim> ClaimAsync(
        ProjectionDefinition<TKey> definition, bool isFirst, CancellationToken cancellationToken, bool beginsAgain = false)
    {
        var table = definition.Table;
        var claim = new ProjectionClaim(table, _owner, store.Options.ProjectionLease, RestartsStopped: isFirst) { BeginsAgain = beginsAgain };
        ProjectionRow row;
        try
        {
            _ = store.Registry.Filter(definition.Topics);
            if (table.IsInline && await stepper.RetryAsync(() => _inline.IsCurrentAsync(table, cancellationToken), cancellationToken).ConfigureAwait(false))
            {
                // The savers write it.
                return default;
            }

            // A claim takes locks, so a runner that only waits first looks without one.
            if (!isFirst && await FindAsync(table, cancellationToken).ConfigureAwait(false) is { } found && claim.Decide(found) == ClaimDecision.Leave && found.Version <= table.Version)
            {
                return new(MustBuild: found.Version < table.Version);
            }

            row = await stepper.RetryAsync(() => Recorder.ClaimAsync(claim, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (EventSourcingException) when (!isFirst)
        {
            // The owner, if there is one, goes on. The next look may succeed.
            return default;
        }
        catch (Exception exception) when (exception is EventSourcingException or ArgumentException)
        {
            return new(Failure: new(table.Title, exception.Message, null, exception));
        }

        if (row.Version > table.Version)
        {
            return new(Failure: new(
                table.Title, $"its rows are of version {row.Version}, which a newer program writes, but this program has version {table.Version}. Stop this program, or deploy the newer one"));
        }

        if (row.Owner != _owner)
        {
            return new(MustBuild: row.Version < table.Version);
        }

        var member = new ProjectionMember<TKey>(definition, new ProjectionLease(table.Projection, row.Fence, claim.Duration), row.Position, Time);
        lock (_sync)
        {
            _members.Add(member);
        }

        if (row.Position > 0)
        {
            await LoadAsync(member, cancellationToken).ConfigureAwait(false);
        }

        member.Until = until;
        if (table.IsInline && member.Parked.Count == 0)
        {
            // Then the savers take over. They can't as long as events are parked.
            member.Until = Math.Min(until, await stepper.RetryAsync(() => _inline.FindEndAsync(cancellationToken), cancellationToken).ConfigureAwait(false));
        }

        return new(member);
    }

    /// <summary>Reads what a projection that has begun needs. It leaves if it can't go on.</summary>
    private async Task LoadAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        try
        {
            await _replay.LoadAsync(member, cancellationToken).ConfigureAwait(false);
        }
        catch (EventSourcingException exception)
        {
            member.Leave(new(member.Title, $"its failed events can't be read: {exception.Message}", null, exception));
        }

        if (await FindAheadAsync(member.Position, cancellationToken).ConfigureAwait(false) is { } ahead)
        {
            member.Leave(new(member.Title, ahead.Message, null, ahead));
        }
    }

    /// <summary>Checks the position of a projection. The subscription of a group checks only that of its least advanced member.</summary>
    private async Task<PositionAheadOfStoreException?> FindAheadAsync(long position, CancellationToken cancellationToken)
    {
        var state = await stepper.RetryAsync(() => store.Provider.GetLogStateAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return position > Math.Max(state.GreatestPosition ?? 0, state.GivenPosition ?? 0) ? new(position, state.GreatestPosition) : null;
    }

    private async Task ReleaseAsync(ProjectionMember<TKey> member, string? error, CancellationToken cancellationToken)
    {
        try
        {
            await stepper.RetryAsync(
                async () =>
                {
                    await Recorder.ReleaseAsync(member.Lease, error is null ? null : FailedEvents.Storable(error), cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (EventSourcingException)
        {
            // The lease ends by itself, and the caller gets the error. The other projections go on.
        }

        member.IsReleased = true;
    }

    /// <summary>Renews leases that steps don't renew. A member whose lease is lost leaves.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var looking = Task.CompletedTask;
        while (true)
        {
            await Task.Delay(Pause, Time, cancellationToken).ConfigureAwait(false);
            ProjectionMember<TKey>[] due, parked;
            lock (_sync)
            {
                _members.RemoveAll(static member => member.IsReleased);
                due = [.. _members.Where(static member => member.MustRenew && !member.HasLeft)];
                parked = [.. _members.Where(static member => member.Parked.Count > 0 && !member.HasLeft)];
            }

            // At the same time, because one may wait for a lock of its row.
            await Task.WhenAll(due.Select(member => RenewAsync(member, cancellationToken))).ConfigureAwait(false);
            if (parked.Length > 0 && looking.IsCompleted)
            {
                // Not awaited, because the table may be locked, and leases must be renewed.
                looking = FindReplaysAsync(parked, cancellationToken);
            }
        }
    }

    /// <summary>Looks whether parked events are to be processed again.</summary>
    private async Task FindReplaysAsync(ProjectionMember<TKey>[] members, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> requests;
        try
        {
            requests = await FailedEvents.FindRequestsAsync(Recorder, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StoreException or OperationCanceledException or ObjectDisposedException)
        {
            // The next look tries again.
            return;
        }

        lock (_sync)
        {
            foreach (var member in members)
            {
                if (member.Replay is null && requests.TryGetValue(member.Name, out var request))
                {
                    member.Replay = request;
                    _groups.ForEach(static group => group.Wake());
                }
            }
        }
    }

    private async Task RenewAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        var lease = member.Lease;
        using var limit = new CancellationTokenSource(lease.Duration / 3, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await Recorder.RenewAsync(lease, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false))
            {
                member.Renewed();
                return;
            }
        }
        catch (Exception exception) when (exception is StoreException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The next renewal or step tries again.
            return;
        }

        if (member.Lease != lease)
        {
            // A step has raised the fence meanwhile, and renewed the lease.
            return;
        }

        member.Lose();
        lock (_sync)
        {
            _groups.ForEach(static group => group.Wake());
        }
    }

    /// <summary>Ends the leases, so that other runners can take the projections at once. The leases of a failing database end by themselves.</summary>
    private async Task ReleaseAllAsync()
    {
        using var limit = new CancellationTokenSource(LongestRelease, Time);
        foreach (var member in _members.Where(static member => !member.IsReleased).Reverse())
        {
            try
            {
                await Recorder.ReleaseAsync(member.Lease, error: null, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is EventSourcingException or OperationCanceledException or ObjectDisposedException)
            {
                // The lease ends by itself.
            }
        }
    }

    /// <summary>The result of a claim: none of these if another runner owns the projection, or has stopped it.</summary>
    /// <param name="Member">The projection; null if it wasn't taken.</param>
    /// <param name="Failure">Why it can't be taken, for instance because its rows are of a later version than that of this program.</param>
    /// <param name="MustBuild">Whether its rows are of an earlier version, so that those of this version have to be built first.</param>
    private readonly record struct Claim(ProjectionMember<TKey>? Member = null, ProjectionException? Failure = null, bool MustBuild = false);
}
