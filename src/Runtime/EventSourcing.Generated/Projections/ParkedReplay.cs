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
        var rows = await ReadAsync(member, cancellationToken).ConfigureAwait(false);
        member.Parked = rows.Select(static row => row.Event.Key!).ToHashSet(StringComparer.Ordinal);
        member.MustReplay = rows.Exists(static row => row.IsReplaying);
    }

    /// <summary>Processes the parked events of a projection again, those that were asked for. Each key ends at an event that fails again.</summary>
    public async Task RunAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        try
        {
            // From what is stored, after each interruption: an attempt whose outcome isn't known may have been written.
            await stepper.RetryAsync(
                async () =>
                {
                    foreach (var key in (await ReadAsync(member, cancellationToken).ConfigureAwait(false)).GroupBy(static row => row.Event.Key!, StringComparer.Ordinal))
                    {
                        if (key.Any(static row => row.IsReplaying))
                        {
                            await ReplayAsync(member, key.Key, [.. key.Select(static row => row.Event).OrderBy(static row => row.Position)], cancellationToken).ConfigureAwait(false);
                        }
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            await LoadAsync(member, cancellationToken).ConfigureAwait(false);
        }
        catch (ProjectionFencedException)
        {
            member.Lose();
        }
        catch (EventSourcingException exception)
        {
            await stepper.StopAsync(
                member, new(member.Name, $"its parked events can't be processed again: {exception.Message}", null, exception), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<(FailedEvent Event, bool IsReplaying)>> ReadAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken) => await stepper.RetryAsync(
        async () =>
        {
            List<(FailedEvent Event, bool IsReplaying)> rows = [];
            await foreach (var row in FailedEvents.ReadAsync(Recorder, member.Name, cancellationToken).ConfigureAwait(false))
            {
                if (!row.Event.IsSkipped)
                {
                    rows.Add(row);
                }
            }

            return rows;
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
                if (await WriteAsync(member, batch, result, parked.Skip(start + batch.Count), cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (StateFormatException exception)
            {
                // One by one, to find the event whose row can't be written.
                for (var i = 0; i < events.Count; i++)
                {
                    if (await ReplayOneAsync(member, key, batch[i], events[i], exception.Message, parked.Skip(start + i + 1), cancellationToken).ConfigureAwait(false))
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
        ProjectionMember<TKey> member, string key, FailedEvent parked, RecordedEvent<TKey> recorded, string reason, IEnumerable<FailedEvent> rest, CancellationToken cancellationToken)
    {
        var result = await FoldAsync(member, key, [recorded], null, cancellationToken).ConfigureAwait(false);
        try
        {
            return await WriteAsync(member, [parked], result, rest, cancellationToken).ConfigureAwait(false);
        }
        catch (StateFormatException)
        {
            result = await FoldAsync(member, key, [recorded], $"a value of a row can't be stored: {reason}", cancellationToken).ConfigureAwait(false);
            return await WriteAsync(member, [parked], result, rest, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask<FoldResult> FoldAsync(
        ProjectionMember<TKey> member, string key, IReadOnlyList<RecordedEvent<TKey>> events, string? rejection, CancellationToken cancellationToken)
    {
        // Where errors stop a projection, those of parked events leave them parked.
        var onError = member.Definition.OnError == ProjectionErrorPolicy.Skip ? ProjectionErrorPolicy.Skip : ProjectionErrorPolicy.Park;
        return member.Definition.FoldAsync(Recorder, new(events, onError) { OnlyKey = key, Rejection = rejection }, cancellationToken);
    }

    /// <summary>Writes the row of a key and removes the events that are processed.</summary>
    /// <returns>Whether an event has failed, so that the rest of the key waits.</returns>
    private async Task<bool> WriteAsync(
        ProjectionMember<TKey> member, IReadOnlyList<FailedEvent> batch, FoldResult result, IEnumerable<FailedEvent> rest, CancellationToken cancellationToken)
    {
        var failed = result.Failed ?? [];
        var waits = failed.Any(static e => !e.IsSkipped);
        var step = new ProjectionStep
        {
            Lease = member.Lease,
            After = member.Position,
            Position = member.Position,
            Changes = result.Changes,
            FailedEvents = FailedEvents.Change(waits ? [.. failed, .. rest] : failed, [.. batch.Where(parked => !failed.Any(e => e.Position == parked.Position))]),
        };
        await store.Provider.AppendAsync(new([step]), cancellationToken).ConfigureAwait(false);
        stepper.Report(failed);
        return waits;
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
