using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Processes batches of events for projections: folds, writes and retries. A projection that fails doesn't keep the others from advancing.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="handlers">Calls handlers.</param>
/// <param name="onFailed">Called for each event that was parked or skipped because of an error.</param>
internal sealed class ProjectionStepper<TKey>(StoreContext<TKey> store, HandlerBatch<TKey> handlers, Action<FailedEvent> onFailed)
    where TKey : notnull
{
    // A service of a handler may fail for a moment.
    private const int MostAttempts = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1.5);

    private IProjectionRecorder Recorder => store.Provider.Projections;

    /// <summary>
    /// Processes a batch. Members that stop or are lost leave. It is retried as long as the database is busy or unavailable for all members; if it is
    /// for some, for instance because a table is locked, these are stuck afterwards.
    /// </summary>
    /// <param name="members">The members of one group.</param>
    /// <param name="batch">The events after the least advanced of them.</param>
    /// <param name="changed">Ends the retries, because the group has other members now.</param>
    /// <param name="cancellationToken">Cancels the call. A step may then be written or not.</param>
    public async Task AdvanceAsync(
        IReadOnlyList<ProjectionMember<TKey>> members, RecordedEventBatch<TKey> batch, CancellationToken changed, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            var before = members.Sum(static member => member.Position);
            await TryAdvanceAsync(members, batch, cancellationToken).ConfigureAwait(false);
            if (members.Sum(static member => member.Position) > before)
            {
                // What fails next has another reason.
                pause = FirstPause;
            }

            var isAnyDone = members.All(static member => member.HasLeft) || members.Any(static member => !member.HasLeft && !member.IsStuck);
            if (isAnyDone || changed.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(pause, store.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryAdvanceAsync(IReadOnlyList<ProjectionMember<TKey>> members, RecordedEventBatch<TKey> batch, CancellationToken cancellationToken)
    {
        List<Work> works = [];
        foreach (var member in members)
        {
            if (!member.HasLeft && member.Position < batch.Position)
            {
                works.Add(await FoldAsync(member, batch, cancellationToken).ConfigureAwait(false));
            }
        }

        // All steps in one transaction: the reason to have one group. If that fails, each has its own. Handlers always have theirs.
        var steps = works.FindAll(work => work.Step is not null);
        var together = steps.FindAll(work => !NeedsHandlers(work.Member.Definition, work.Step!, work.Events, work.Result.Failed));
        if (together.Count > 1 && await TryWriteTogetherAsync(together, cancellationToken).ConfigureAwait(false))
        {
            steps.RemoveAll(together.Contains);
        }

        foreach (var work in steps)
        {
            await WriteAsync(work, cancellationToken).ConfigureAwait(false);
        }

        foreach (var work in works)
        {
            if (work.Failure is not null && !work.Member.HasLeft)
            {
                await StopAsync(work.Member, work.Failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Parks or skips an event that can't be read. All events before it are processed.</summary>
    public Task PassAsync(ProjectionMember<TKey> member, FailedEvent failed, CancellationToken cancellationToken)
    {
        ProjectionStep step = new() { Lease = member.Lease, After = member.Position, Position = failed.Position, FailedEvents = FailedEvents.Change([failed]) };
        return WriteAsync(new(member, [], step, new(null, null, [failed])), cancellationToken);
    }

    /// <summary>Stops a projection, unless another owner has taken it: then the rows weren't those that its events are for.</summary>
    public async Task StopAsync(ProjectionMember<TKey> member, ProjectionException failure, CancellationToken cancellationToken)
    {
        if (await FindOutcomeAsync(member, null, cancellationToken).ConfigureAwait(false) == Outcome.Lost)
        {
            member.Lose();
        }
        else
        {
            member.Leave(failure);
        }
    }

    /// <summary>Runs an operation, and retries it as long as the database is busy or unavailable.</summary>
    public async Task<T> RetryAsync<T>(Func<ValueTask<T>> operation, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            try
            {
                return await operation().ConfigureAwait(false);
            }
            catch (Exception exception) when (IsTransient(exception) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(pause, store.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <summary>Writes a step of a projection. If it has handlers, they are called for the events of the step that haven't failed.</summary>
    /// <exception cref="HandlerFaultException">A handler failed.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask WriteAsync(
        ProjectionDefinition<TKey> definition, ProjectionStep step, IReadOnlyList<RecordedEvent<TKey>> events, IReadOnlyList<FailedEvent>? failed, CancellationToken cancellationToken)
    {
        if (definition is HandlerDefinition<TKey> withHandlers && NeedsHandlers(definition, step, events, failed))
        {
            await handlers.WriteAsync(withHandlers, step, [.. EventsToHandle(definition, step, events, failed)], isFirst: step.After == 0, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await store.Provider.AppendAsync(new([step]), cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<RecordedEvent<TKey>> EventsToHandle(
        ProjectionDefinition<TKey> definition, ProjectionStep step, IReadOnlyList<RecordedEvent<TKey>> events, IReadOnlyList<FailedEvent>? failed) => events.Where(
            recorded => recorded.Position <= step.Position && definition.Topics.Contains(recorded.Topic) && failed?.Any(one => one.Position == recorded.Position) != true);

    // The first step also empties the tables.
    private static bool NeedsHandlers(
        ProjectionDefinition<TKey> definition, ProjectionStep step, IReadOnlyList<RecordedEvent<TKey>> events, IReadOnlyList<FailedEvent>? failed) =>
        definition is HandlerDefinition<TKey> && (step.After == 0 || EventsToHandle(definition, step, events, failed).Any());

    /// <summary>Whether a failure ends the whole run, and not only a projection.</summary>
    public static bool EndsRun(Exception exception, CancellationToken cancellationToken) => exception is ObjectDisposedException or OutOfMemoryException
        || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>Returns why something failed: the message, if it is one of the library, and else only the type.</summary>
    public static string ReasonOf(Exception exception) => exception is EventSourcingException or ViewFaultException or HandlerFaultException ? exception.Message : exception.GetType().Name;

    /// <summary>Whether a retry may help.</summary>
    public static bool IsTransient(Exception exception) => exception is TransientStoreException or StorageFullException or InDoubtException;

    private async Task<Work> FoldAsync(ProjectionMember<TKey> member, RecordedEventBatch<TKey> batch, CancellationToken cancellationToken)
    {
        IReadOnlyList<RecordedEvent<TKey>> events = batch.Events.Count > 0 && batch.Events[0].Position > member.Position
            ? batch.Events
            : [.. batch.Events.Where(recorded => recorded.Position > member.Position)];
        return await FoldAsync(member, events, batch.Position, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Work> FoldAsync(ProjectionMember<TKey> member, IReadOnlyList<RecordedEvent<TKey>> events, long position, CancellationToken cancellationToken, FoldError? rejection = null)
    {
        FoldResult result;
        try
        {
            result = events.Count == 0
                ? default
                : await member.Definition.FoldAsync(
                    Recorder.ReadRowsAsync, new(events, member.Definition.OnError) { Parked = member.Parked, Rejection = rejection }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            member.IsStuck = true;
            return new(member, events, null, default);
        }
        catch (Exception exception) when (!EndsRun(exception, cancellationToken))
        {
            var reason = exception is ViewFaultException ? ReasonOf(exception) : $"its rows can't be read: {ReasonOf(exception)}";
            result = new(null, new(member.Title, reason, events[0].Position, exception));
            events = [];
            position = member.Position;
        }

        if (result.Failure is { Position: { } failed } && events.Count > 0)
        {
            // All events before the failing one are processed.
            position = failed - 1;
        }

        var step = position > member.Position
            ? new ProjectionStep
            {
                Lease = member.Lease,
                After = member.Position,
                Position = position,
                Changes = result.Changes,
                FailedEvents = FailedEvents.Change(result.Failed ?? []),
            }
            : null;
        return new(member, events, step, result);
    }

    private async Task<bool> TryWriteTogetherAsync(List<Work> works, CancellationToken cancellationToken)
    {
        try
        {
            await store.Provider.AppendAsync(new([.. works.Select(work => work.Step!)]), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is EventSourcingException or StateFormatException)
        {
            return false;
        }

        foreach (var work in works)
        {
            Written(work);
        }

        return true;
    }

    private async Task WriteAsync(Work work, CancellationToken cancellationToken)
    {
        var (member, step) = (work.Member, work.Step!);
        if (member.Attempts > 0 && work.Events.Count > 1)
        {
            // The handlers have failed for one of the first events.
            await WriteOneByOneAsync(work, null, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await WriteAsync(member.Definition, step, work.Events, work.Result.Failed, cancellationToken).ConfigureAwait(false);
            Written(work);
        }
        catch (Exception exception) when (exception is EventSourcingException or StateFormatException or HandlerFaultException)
        {
            // An earlier attempt may have been written, also one whose outcome was unknown. The stored position decides.
            switch (await FindOutcomeAsync(member, step, cancellationToken).ConfigureAwait(false))
            {
                case Outcome.Written:
                    Written(work);
                    break;
                case Outcome.Lost:
                    member.Lose();
                    break;
                case Outcome.NotWritten when IsTransient(exception):
                    member.IsStuck = true;
                    break;
                default:
                    await WriteOneByOneAsync(work, exception, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Writes a step without handlers, and retries it as long as the database is busy or unavailable.</summary>
    /// <returns>False if it can't be written, or if another owner has the projection: then the member has left.</returns>
    public async Task<bool> TryWriteAsync(ProjectionMember<TKey> member, ProjectionStep step, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            try
            {
                await store.Provider.AppendAsync(new([step]), cancellationToken).ConfigureAwait(false);
                member.Advance(step.Position);
                return true;
            }
            catch (Exception exception) when (exception is EventSourcingException or StateFormatException)
            {
                switch (await FindOutcomeAsync(member, step, cancellationToken).ConfigureAwait(false))
                {
                    case Outcome.Written:
                        member.Advance(step.Position);
                        return true;
                    case Outcome.Lost:
                        member.Lose();
                        return false;
                    case Outcome.NotWritten when IsTransient(exception):
                        break;
                    default:
                        return false;
                }
            }

            await Task.Delay(pause, store.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Written(Work work)
    {
        work.Member.Advance(work.Step!.Position, work.Result.Failed);
        var projection = TagOf(work.Member.Title);
        if (Telemetry.EventsProjected.Enabled && work.Events.Count(recorded => work.Member.Definition.Topics.Contains(recorded.Topic)) is > 0 and var count)
        {
            Telemetry.EventsProjected.Add(count, store.Registry.Tag, projection);
        }

        if (Telemetry.ProjectionDelay.Enabled && work.Events.Count > 0)
        {
            Telemetry.ProjectionDelay.Record(Math.Max(0, (AggregateClock.Now - work.Events[^1].Header.Timestamp).TotalSeconds), store.Registry.Tag, projection);
        }

        Report(work.Member, work.Result.Failed ?? []);
    }

    private static KeyValuePair<string, object?> TagOf(string projection) => new("eventsourcing.projection", projection);

    /// <summary>Counts a failure of a projection.</summary>
    public void Count(string projection, string outcome) => Telemetry.ProjectionFailures.Add(1, store.Registry.Tag, TagOf(projection), new("eventsourcing.outcome", outcome));

    /// <summary>Reports stored events that have failed, without those that wait behind one.</summary>
    public void Report(ProjectionMember<TKey> member, IReadOnlyList<FailedEvent> failed)
    {
        foreach (var one in failed)
        {
            if (one.Error is not null)
            {
                Count(member.Title, one.IsSkipped ? "skipped" : "parked");
                onFailed(one with { Projection = member.Title });
            }
        }
    }

    /// <summary>After a failure that stays: writes the events before the guilty one, and stops.</summary>
    private async Task WriteOneByOneAsync(Work work, Exception? exception, CancellationToken cancellationToken)
    {
        var member = work.Member;
        if (exception is not null && (work.Events.Count <= 1 || (work.Step!.Changes is null && exception is not HandlerFaultException { IsFinal: false })))
        {
            if (exception is HandlerFaultException { IsFinal: false } && ++member.Attempts < MostAttempts)
            {
                member.IsStuck = true;
                return;
            }

            var error = WriteFailure.ErrorOf(exception);
            if (error is not null && work.Events.Count == 1 && member.Definition.OnError != ProjectionErrorPolicy.Stop)
            {
                // Not for other failures: they aren't those of this event, and the next one would have them, too.
                await WriteAndStopAsync(await FoldAsync(member, work.Events, work.Step!.Position, cancellationToken, error).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                return;
            }

            var isOfEvent = work.Events.Count == 1 && exception is not HandlerFaultException { IsOfEvent: false };
            var reason = (error?.Reason ?? exception.Message) + (isOfEvent && exception is HandlerFaultException ? FailedUses<TKey>.Of(work.Events[0]) : "");
            await StopAsync(
                member, new(member.Title, reason, isOfEvent ? work.Events[0].Position : null, (exception as HandlerFaultException)?.InnerException ?? exception), cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var recorded in work.Events)
        {
            await WriteAndStopAsync(await FoldAsync(member, [recorded], recorded.Position!.Value, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (member.HasLeft || member.IsStuck)
            {
                return;
            }
        }

        // Each event alone could be written, so the reason has gone.
        if (member.Position < work.Step!.Position)
        {
            await WriteAsync(work with { Events = [], Result = default, Step = new() { Lease = member.Lease, After = member.Position, Position = work.Step.Position } }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a step, and stops at the failure after it.</summary>
    private async Task WriteAndStopAsync(Work work, CancellationToken cancellationToken)
    {
        if (work.Step is not null)
        {
            await WriteAsync(work, cancellationToken).ConfigureAwait(false);
        }

        if (work.Failure is not null && !work.Member.HasLeft)
        {
            await StopAsync(work.Member, work.Failure, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out whether a step was written, or, without a step, whether the member is still the owner, where it believes to be.</summary>
    private async Task<Outcome> FindOutcomeAsync(ProjectionMember<TKey> member, ProjectionStep? step, CancellationToken cancellationToken)
    {
        var rows = await RetryAsync(() => Recorder.GetRowsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (var row in rows)
        {
            if (row.Projection == member.Name)
            {
                return row.Fence != member.Lease.Fence || row.Owner is null ? Outcome.Lost
                    : row.Position == step?.Position ? Outcome.Written
                    : row.Position == member.Position ? Outcome.NotWritten
                    : Outcome.Lost; // The server has lost commits: the projection is claimed again, where it is.
            }
        }

        return Outcome.Lost;
    }

    private enum Outcome
    {
        NotWritten,
        Written,
        Lost,
    }

    /// <param name="Member">The projection.</param>
    /// <param name="Events">The events that the step is made of.</param>
    /// <param name="Step">What to write; null for nothing.</param>
    /// <param name="Result">What the projection made of the events.</param>
    private sealed record Work(ProjectionMember<TKey> Member, IReadOnlyList<RecordedEvent<TKey>> Events, ProjectionStep? Step, FoldResult Result)
    {
        /// <summary>The failure after which it stops; null for none.</summary>
        public ProjectionException? Failure => Result.Failure;
    }
}
