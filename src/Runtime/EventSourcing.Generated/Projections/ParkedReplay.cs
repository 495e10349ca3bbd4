using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Processes the parked events of projections again, key by key, in their order. The position of the projection stays: the events are at or before
/// it. Run by the reader of the group of a projection, so that no later event of a key is processed meanwhile.
/// </summary>
internal sealed class ParkedReplay<TKey>(StoreContext<TKey> store, NotificationLog<TKey> log, ProjectionStepper<TKey> stepper)
    where TKey : notnull
{
    private const int BatchSize = 100;

    private IProjectionRecorder Recorder => store.Provider.Projections;

    /// <summary>Reads which keys of a projection are parked, and whether their events are to be processed again.</summary>
    public async Task LoadAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        var requests = await stepper.RetryAsync(() => FailedEvents.FindRequestsAsync(Recorder, cancellationToken), cancellationToken).ConfigureAwait(false);
        var parked = await ReadAsync(member, cancellationToken).ConfigureAwait(false);
        member.Parked = parked.Select(static one => one.Key!).ToHashSet(StringComparer.Ordinal);
        member.Replay = requests.GetValueOrDefault(member.Name);
    }

    /// <summary>
    /// Processes the parked events of a projection again. Each key ends at an event that fails again. After an interruption, the projection leaves, and
    /// is claimed again: a step whose outcome isn't known can't be written then any more.
    /// </summary>
    public async Task RunAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var key in (await ReadAsync(member, cancellationToken).ConfigureAwait(false)).GroupBy(static one => one.Key!, StringComparer.Ordinal))
            {
                await ReplayAsync(member, key.Key, [.. key.OrderBy(static one => one.Position)], cancellationToken).ConfigureAwait(false);
            }

            // Not a request that came meanwhile: an event may have failed before its reason has gone.
            await Recorder.FinishReplayAsync(member.Name, member.Replay!, cancellationToken).ConfigureAwait(false);
            await LoadAsync(member, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (ProjectionStepper<TKey>.IsTransient(exception) || exception is ProjectionFencedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            member.Lose();
        }
        catch (Exception exception) when (!ProjectionStepper<TKey>.EndsRun(exception, cancellationToken))
        {
            var reason = $"its parked events can't be processed again: {ProjectionStepper<TKey>.ReasonOf(exception)}";
            await stepper.StopAsync(member, new(member.Title, reason, null, exception), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<FailedEvent>> ReadAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken) => await stepper.RetryAsync(
        async () =>
        {
            List<FailedEvent> parked = [];
            await foreach (var one in FailedEvents.ReadParkedAsync(Recorder, member.Name, cancellationToken).ConfigureAwait(false))
            {
                parked.Add(one);
            }

            return parked;
        },
        cancellationToken).ConfigureAwait(false);

    private async Task ReplayAsync(ProjectionMember<TKey> member, string key, List<FailedEvent> parked, CancellationToken cancellationToken)
    {
        for (var start = 0; start < parked.Count;)
        {
            var batch = parked.GetRange(start, Math.Min(BatchSize, parked.Count - start));
            var (events, error) = await LoadAsync(member, batch, cancellationToken).ConfigureAwait(false);
            FoldResult result;
            if (events.Count == 0)
            {
                batch = batch[..1];
                result = new(null, null, [batch[0] with { Error = error, IsSkipped = member.Definition.OnError == ProjectionErrorPolicy.Skip }]);
            }
            else
            {
                batch = batch[..events.Count];
                result = await FoldAsync(member, key, events, null, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                if (await WriteAsync(member, batch, events, result, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (Exception exception) when (events.Count > 0 && WriteFailure.ErrorOf(exception) is not null)
            {
                // One by one, to find the event whose effect can't be written.
                for (var i = 0; i < events.Count; i++)
                {
                    if (await ReplayOneAsync(member, key, batch[i], events[i], cancellationToken).ConfigureAwait(false))
                    {
                        return;
                    }
                }
            }

            start += batch.Count;
        }
    }

    /// <returns>Whether the rest of the key waits.</returns>
    private async Task<bool> ReplayOneAsync(
        ProjectionMember<TKey> member, string key, FailedEvent parked, RecordedEvent<TKey> recorded, CancellationToken cancellationToken)
    {
        var result = await FoldAsync(member, key, [recorded], null, cancellationToken).ConfigureAwait(false);
        try
        {
            return await WriteAsync(member, [parked], [recorded], result, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (WriteFailure.ErrorOf(exception) is not null)
        {
            result = await FoldAsync(member, key, [recorded], WriteFailure.ErrorOf(exception), cancellationToken).ConfigureAwait(false);
            return await WriteAsync(member, [parked], [recorded], result, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ProjectionException">An event can't be processed and not be parked either.</exception>
    private async ValueTask<FoldResult> FoldAsync(
        ProjectionMember<TKey> member, string key, IReadOnlyList<RecordedEvent<TKey>> events, FoldError? rejection, CancellationToken cancellationToken)
    {
        // Where errors stop a projection, those of parked events leave them parked.
        var onError = member.Definition.OnError == ProjectionErrorPolicy.Skip ? ProjectionErrorPolicy.Skip : ProjectionErrorPolicy.Park;
        var result = await member.Definition.FoldAsync(Recorder.ReadRowsAsync, new(events, onError) { OnlyKey = key, Rejection = rejection }, cancellationToken).ConfigureAwait(false);
        return result.Failure is { } failure ? throw failure : result;
    }

    /// <summary>Writes the row of a key and removes the events that are processed.</summary>
    /// <returns>Whether an event has failed, so that the rest of the key waits.</returns>
    private async Task<bool> WriteAsync(
        ProjectionMember<TKey> member, IReadOnlyList<FailedEvent> batch, IReadOnlyList<RecordedEvent<TKey>> events, FoldResult result, CancellationToken cancellationToken)
    {
        // Those that wait stay as they are.
        var failed = result.Failed?.Where(static e => e.Error is not null).ToList() ?? [];
        var left = result.Failed?.Where(static e => !e.IsSkipped).Select(static e => e.Position).ToHashSet() ?? [];
        var step = new ProjectionStep
        {
            Lease = member.Lease,
            After = member.Position,
            Position = member.Position,
            Changes = result.Changes,
            FailedEvents = FailedEvents.Change(failed, [.. batch.Where(parked => !left.Contains(parked.Position) && !failed.Exists(e => e.Position == parked.Position))]),
        };
        await stepper.WriteAsync(member.Definition, step, events, result.Failed, cancellationToken).ConfigureAwait(false);
        member.Lease = member.Lease with { Fence = member.Lease.Fence + 1 };
        member.Renewed();
        stepper.Report(member, failed);
        return left.Count > 0;
    }

    /// <summary>Reads parked events from the log, up to the first that can't be read.</summary>
    private async Task<(List<RecordedEvent<TKey>> Events, string? Error)> LoadAsync(ProjectionMember<TKey> member, List<FailedEvent> batch, CancellationToken cancellationToken)
    {
        List<RecordedEvent<TKey>> events = [];
        foreach (var parked in batch)
        {
            try
            {
                var found = await log.SelectAsync(parked.Position, 1, parked.Position, member.Definition.Topics, cancellationToken: cancellationToken).ConfigureAwait(false);
                if (found.Count == 0)
                {
                    return (events, "the projection has no When for the event any more, or the event isn't in the log");
                }

                events.Add(found[0]);
            }
            catch (StoredEventException exception)
            {
                return (events, exception.Message);
            }
        }

        return (events, null);
    }
}
