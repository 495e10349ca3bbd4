using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Builds rows of a view beside those in use, and puts them into their place.</summary>
internal sealed partial class ProjectionRun<TKey>
{
    // After a kill, what was done since the last write is done again.
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    // How often rows are tried to replace those in use without a lock of the store.
    private const int MostAttempts = 20;

    /// <summary>Builds the rows of one view again, even if those in use are of this version.</summary>
    /// <returns>The failure at which it has stopped; null if the rows are in use, also if another process has built them.</returns>
    public async Task<ProjectionException?> RebuildAsync(ProjectionDefinition<TKey> definition, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = RenewAsync(ending.Token);
        try
        {
            return await BuildAsync(definition, isAsked: true, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(ending, renewing).ConfigureAwait(false);
        }
    }

    /// <summary>Builds the rows of a view, or waits for another process that does.</summary>
    /// <param name="definition">The projection.</param>
    /// <param name="isAsked">Whether they are built even if those in use are of this version.</param>
    /// <param name="cancellationToken">Ends it. Another call continues where it was.</param>
    /// <returns>The failure at which it has stopped; null if the rows in use are of this version, or of a later one.</returns>
    private async Task<ProjectionException?> BuildAsync(ProjectionDefinition<TKey> definition, bool isAsked, CancellationToken cancellationToken)
    {
        var (live, next) = (definition.Table, definition.CreateNext());
        for (var isFirst = true; ; isFirst = false)
        {
            var rows = await stepper.RetryAsync(() => Recorder.GetRowsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            var built = rows.FirstOrDefault(row => row.Projection == next.Table.Projection);
            if (isAsked ? !isFirst && built is null : rows.FirstOrDefault(row => row.Projection == live.Projection) is not { } row || row.Version >= live.Version)
            {
                return null;
            }

            // The log may have been restored since.
            var beginsAgain = built is { Position: > 0 } && await FindAheadAsync(built.Position, cancellationToken).ConfigureAwait(false) is not null;
            var claim = await ClaimAsync(next, isFirst, cancellationToken, beginsAgain).ConfigureAwait(false);
            if (claim.Failure is not null)
            {
                return claim.Failure;
            }

            if (claim.Member is { } member)
            {
                if (await FillAsync(member, cancellationToken).ConfigureAwait(false))
                {
                    member.IsReleased = true;
                    return null;
                }

                if (await member.Left.ConfigureAwait(false) is { } failure)
                {
                    await ReleaseAsync(member, failure.Message, cancellationToken).ConfigureAwait(false);
                    return failure;
                }
            }
            else if (built is not null)
            {
                if (until < long.MaxValue && built is { Error: { } error, Owner: null })
                {
                    return new(live.Title, $"another runner has stopped to build its rows: {error}");
                }

                var end = await FindEndAsync(cancellationToken).ConfigureAwait(false);
                building(new() { Projection = live.Title, Version = built.Version, Position = built.Position, End = Math.Max(built.Position, end) });
            }

            await Task.Delay(Pause, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Builds rows until they have replaced those in use, or until the projection has left.</summary>
    /// <returns>Whether they have replaced them.</returns>
    private async Task<bool> FillAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        var (now, position) = (Time.GetTimestamp(), member.Position);
        Build build = new()
        {
            Member = member,
            Rows = member.Definition.BeginBuild(Recorder, isEmpty: position == 0),
            Began = now,
            First = position,
            Position = position,
            Written = now,
        };
        while (!member.HasLeft)
        {
            try
            {
                if (await FillAsync(build, cancellationToken).ConfigureAwait(false))
                {
                    return true;
                }
            }
            catch (StoredEventException exception)
            {
                // All events before it are written.
                if (!member.HasLeft)
                {
                    await PassOrStopAsync([member], exception, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (PositionAheadOfStoreException exception)
            {
                Stop([member], exception, null);
            }

            // The next attempt continues at what is written.
            build.Rows.Clear();
            build.Position = member.Position;
        }

        return false;
    }

    private async Task<bool> FillAsync(Build build, CancellationToken cancellationToken)
    {
        var member = build.Member;
        var batches = log.SubscribeInBatchesAsync(build.Position == 0 ? null : build.Position, member.Definition.Topics, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (batches.ConfigureAwait(false))
        {
            while (true)
            {
                if (build.IsNear)
                {
                    build.End = await FindEndAsync(cancellationToken).ConfigureAwait(false);
                    if (build.IsNear)
                    {
                        if (await TryFinishAsync(build, cancellationToken).ConfigureAwait(false))
                        {
                            return true;
                        }

                        if (member.HasLeft || build.Position != member.Position)
                        {
                            return false;
                        }

                        if (build.Position >= build.End)
                        {
                            await Task.Delay(LookInterval, Time, cancellationToken).ConfigureAwait(false);
                            continue;
                        }
                    }
                }

                RecordedEventBatch<TKey> batch;
                try
                {
                    await batches.MoveNextAsync().ConfigureAwait(false);
                    batch = batches.Current;
                }
                catch (StoredEventException)
                {
                    if (await WriteAsync(build, cancellationToken).ConfigureAwait(false))
                    {
                        throw;
                    }

                    return false;
                }

                if (!await AddAsync(build, batch, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }
    }

    /// <summary>Folds a batch into the rows, and writes them from time to time.</summary>
    /// <returns>False if rows can't be written, or if the projection has left.</returns>
    private async Task<bool> AddAsync(Build build, RecordedEventBatch<TKey> batch, CancellationToken cancellationToken)
    {
        var member = build.Member;
        if (batch.Position > build.OneByOneUntil && member.Parked.Count == 0)
        {
            if (await build.Rows.TryAddAsync(batch.Events, cancellationToken).ConfigureAwait(false))
            {
                build.Position = batch.Position;
                return !(build.Rows.IsFull || Time.GetElapsedTime(build.Written) >= WriteInterval) || await WriteAsync(build, cancellationToken).ConfigureAwait(false);
            }

            if (!build.Rows.IsIntact)
            {
                // The events since the last write are folded again.
                build.OneByOneUntil = batch.Position;
                return false;
            }
        }

        // In the usual way, which knows what to do with an event that fails.
        if (!await WriteAsync(build, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await stepper.AdvanceAsync([member], batch, CancellationToken.None, cancellationToken).ConfigureAwait(false);
        build.Rows.Clear();
        build.Position = member.Position;
        Report(build);
        return !member.HasLeft;
    }

    /// <summary>Writes the rows that have changed, with the position.</summary>
    /// <returns>False if they can't be written, or if the projection has left.</returns>
    private async Task<bool> WriteAsync(Build build, CancellationToken cancellationToken)
    {
        var member = build.Member;
        if (build.Position > member.Position)
        {
            ProjectionStep step = new() { Lease = member.Lease, After = member.Position, Position = build.Position, Changes = build.Rows.GetChanges() };
            if (!await stepper.TryWriteAsync(member, step, cancellationToken).ConfigureAwait(false))
            {
                // One of the events has a row that can't be written.
                build.OneByOneUntil = build.Position;
                return false;
            }

            build.Rows.Written();
        }

        build.Written = Time.GetTimestamp();
        Report(build);
        return true;
    }

    /// <summary>Writes all rows, and puts them into the place of those in use, unless these are ahead.</summary>
    private async Task<bool> TryFinishAsync(Build build, CancellationToken cancellationToken)
    {
        var member = build.Member;
        if (!await WriteAsync(build, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        try
        {
            if (!build.IsComplete)
            {
                await Recorder.CompleteAsync(member.Definition.Table, member.Position, cancellationToken).ConfigureAwait(false);
                build.IsComplete = true;
            }

            if (await TrySwapAsync(build, cancellationToken).ConfigureAwait(false))
            {
                Report(build, isDone: true);
                return true;
            }
        }
        catch (Exception exception) when (exception is EventSourcingException && !ProjectionStepper<TKey>.EndsRun(exception, cancellationToken))
        {
            // A commit may have been lost only for this program.
            if (await HasSwappedAsync(member, cancellationToken).ConfigureAwait(false))
            {
                Report(build, isDone: true);
                return true;
            }

            if (!member.HasLeft && exception is not ProjectionFencedException && !ProjectionStepper<TKey>.IsTransient(exception))
            {
                member.Leave(new(member.Title, $"the rows that were built again can't replace those in use: {exception.Message}", null, exception));
            }
        }

        return false;
    }

    private async Task<bool> TrySwapAsync(Build build, CancellationToken cancellationToken)
    {
        var member = build.Member;
        var table = member.Definition.Table;
        var live = await FindAsync(table.Replaces!, cancellationToken).ConfigureAwait(false);

        // Readers don't see an earlier state than before. Only a position that the log doesn't have is passed over.
        var last = live?.Position > member.Position && await FindAheadAsync(live.Position, cancellationToken).ConfigureAwait(false) is not null ? long.MaxValue : member.Position;
        if (table.Replaces!.IsInline || ++build.Attempts > MostAttempts)
        {
            // Savers move it, or a runner is always ahead, so saves have to wait.
            if (!await _inline.TrySwapAsync(member, new(table, last), cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }
        else
        {
            ProjectionStep step = new() { Lease = member.Lease, After = member.Position, Position = member.Position, Swap = new(table, last) };
            await store.Provider.AppendAsync(new([step]), cancellationToken).ConfigureAwait(false);
        }

        build.Position = member.Position;
        return true;
    }

    /// <summary>Whether the rows have replaced those in use. If another owner has the projection, it leaves.</summary>
    private async Task<bool> HasSwappedAsync(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        var next = await FindAsync(member.Definition.Table, cancellationToken).ConfigureAwait(false);
        if (next is not null && (next.Fence != member.Lease.Fence || next.Owner is null))
        {
            member.Lose();
        }

        return next is null;
    }

    private async Task<long> FindEndAsync(CancellationToken cancellationToken) =>
        await stepper.RetryAsync(() => _inline.FindEndAsync(cancellationToken), cancellationToken).ConfigureAwait(false);

    private void Report(Build build, bool isDone = false)
    {
        var (position, elapsed) = (build.Position, Time.GetElapsedTime(build.Began));
        building(new()
        {
            Projection = build.Member.Title,
            Version = build.Member.Definition.Table.Version,
            Position = position,
            End = Math.Max(position, build.End),
            IsDone = isDone,
            Remaining = position > build.First && elapsed.TotalSeconds < int.MaxValue
                ? elapsed * (Math.Max(0, build.End - position) / (double)(position - build.First))
                : null,
        });
    }

    /// <summary>The rows of a view while they are built.</summary>
    private sealed class Build
    {
        public required ProjectionMember<TKey> Member { get; init; }

        /// <summary>Those that are in memory.</summary>
        public required ViewBuild<TKey> Rows { get; init; }

        /// <summary>When it began or was resumed.</summary>
        public required long Began { get; init; }

        /// <summary>The position at which it began or was resumed.</summary>
        public required long First { get; init; }

        /// <summary>The position up to which events are folded. The rows up to that of the member are written.</summary>
        public required long Position { get; set; }

        /// <summary>The end of the log, as far as it is known.</summary>
        public long End { get; set; }

        /// <summary>Whether no events are left, or so few that the rows may replace those in use: there may always be new ones.</summary>
        public bool IsNear => Position >= End || (Position > First && Position >= End - NotificationLog<TKey>.DefaultPageSize);

        /// <summary>How often the rows were tried to replace those in use.</summary>
        public int Attempts { get; set; }

        /// <summary>When rows were written last.</summary>
        public required long Written { get; set; }

        /// <summary>The position up to which the rows of each batch are written, because some can't be.</summary>
        public long OneByOneUntil { get; set; }

        /// <summary>Whether the indexes and privileges are there.</summary>
        public bool IsComplete { get; set; }
    }
}
