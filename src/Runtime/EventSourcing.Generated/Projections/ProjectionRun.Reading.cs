using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>The groups: each reads the log for its members, until they change.</summary>
internal sealed partial class ProjectionRun<TKey>
{
    /// <summary>Adds a projection to a group that is near, or else starts a group for it.</summary>
    private void Group(ProjectionMember<TKey>? member, CancellationToken cancellationToken)
    {
        if (member is null or { HasLeft: true })
        {
            return;
        }

        if (member.IsAtEnd)
        {
            member.Leave();
            return;
        }

        lock (_sync)
        {
            if (FindNear(member.Position, except: null) is { } near)
            {
                near.Add([member]);
                return;
            }

            Start(member, cancellationToken);
        }
    }

    private void Start(ProjectionMember<TKey> member, CancellationToken cancellationToken)
    {
        var group = new ProjectionGroup<TKey>(_sync);
        group.Add([member]);
        _groups.Add(group);
        _readers.RemoveAll(static reader => reader.IsCompleted);
        _readers.Add(Task.Run(() => ReadAsync(group, cancellationToken), CancellationToken.None));
    }

    private ProjectionGroup<TKey>? FindNear(long position, ProjectionGroup<TKey>? except) => _groups.Find(
        group => group != except && !group.IsAlone && group.Position is { } other && Math.Abs(other - position) <= NotificationLog<TKey>.DefaultPageSize);

    /// <summary>Moves the members of a group to another group that is near.</summary>
    private bool TryMerge(ProjectionGroup<TKey> group)
    {
        lock (_sync)
        {
            if (_groups.Count < 2 || group.Position is not { } position || FindNear(position, group) is not { } near)
            {
                return false;
            }

            _groups.Remove(group);
            group.MoveTo(near);
            return true;
        }
    }

    private async Task ReadAsync(ProjectionGroup<TKey> group, CancellationToken cancellationToken)
    {
        var unreadable = long.MaxValue;
        while (true)
        {
            IReadOnlyList<ProjectionMember<TKey>> members;
            CancellationToken changed;
            lock (_sync)
            {
                members = group.Look(out changed);
                if (members.Count == 0)
                {
                    _groups.Remove(group);
                    return;
                }
            }

            if (members.Any(static member => member.Replay is not null))
            {
                await ReplayAsync(group, members, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var after = members.Min(static member => member.Position);
            if (members.Any(member => member.Position < unreadable))
            {
                // Those that are before an event that only others can't read.
                members = [.. members.Where(member => member.Position < unreadable)];
            }
            else
            {
                unreadable = long.MaxValue;
            }

            try
            {
                if (await ReadAsync(group, members, after, unreadable, changed, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (changed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // The members have changed.
            }
            catch (StoredEventException exception)
            {
                var affected = members.Where(member => member.Position < exception.Position && member.Definition.Topics.Contains(exception.Topic)).ToList();
                if (affected.Count == 0 && exception.Position is { } at && at < unreadable)
                {
                    unreadable = at;
                }
                else
                {
                    await PassOrStopAsync(affected.Count > 0 ? affected : members, exception, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (PositionAheadOfStoreException exception)
            {
                Stop(members.Where(member => member.Position == after), exception, null);
            }
            catch (Exception exception)
            {
                foreach (var member in members)
                {
                    member.Fail(exception);
                }
            }
        }
    }

    /// <summary>Processes parked events again, where that was asked for: by a reader of its own, so that the others don't wait.</summary>
    private async Task ReplayAsync(ProjectionGroup<TKey> group, IReadOnlyList<ProjectionMember<TKey>> members, CancellationToken cancellationToken)
    {
        if (members.Count > 1)
        {
            lock (_sync)
            {
                foreach (var replaying in group.Take(static member => member.Replay is not null))
                {
                    Start(replaying, cancellationToken);
                }
            }

            return;
        }

        var member = members[0];
        try
        {
            await _replay.RunAsync(member, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            member.Fail(exception);
        }

        if (member.IsAtEnd)
        {
            member.Leave();
        }
    }

    /// <summary>Skips or parks an event that can't be read, where errors are. Other projections stop, and those that don't know its key.</summary>
    private async Task PassOrStopAsync(IReadOnlyList<ProjectionMember<TKey>> members, StoredEventException exception, CancellationToken cancellationToken)
    {
        foreach (var member in members)
        {
            if (FailedUses<TKey>.Unreadable(member, exception, out var error) is { } failed)
            {
                await stepper.PassAsync(member, failed, cancellationToken).ConfigureAwait(false);
                if (member.Position >= member.Until)
                {
                    member.Leave();
                }
            }
            else
            {
                member.Leave(new(member.Title, error.Reason, exception.Position, exception));
            }
        }
    }

    /// <summary>Reads the log for the members of a group, until they change.</summary>
    /// <returns>Whether the group has become a part of another.</returns>
    private async Task<bool> ReadAsync(
        ProjectionGroup<TKey> group, IReadOnlyList<ProjectionMember<TKey>> members, long after, long unreadable, CancellationToken changed, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(changed, cancellationToken);
        var topics = members.SelectMany(static member => member.Definition.Topics).Distinct(StringComparer.Ordinal).ToArray();
        await foreach (var batch in log.SubscribeInBatchesAsync(after == 0 ? null : after, topics, either.Token).ConfigureAwait(false))
        {
            await stepper.AdvanceAsync(members, batch, changed, cancellationToken).ConfigureAwait(false);
            foreach (var member in members)
            {
                if (member.Position >= member.Until)
                {
                    member.Leave();
                }
            }

            if (group.IsStuck)
            {
                // The others go on without them. They come back when they can advance.
                lock (_sync)
                {
                    foreach (var stuck in group.Take(static member => member.IsStuck))
                    {
                        Start(stuck, cancellationToken);
                    }
                }

                return false;
            }

            if (TryMerge(group))
            {
                return true;
            }

            if (members.Any(static member => member.HasLeft) || members.All(member => member.Position >= unreadable) || changed.IsCancellationRequested)
            {
                return false;
            }
        }

        return false;
    }

    private static void Stop(IEnumerable<ProjectionMember<TKey>> members, EventSourcingException exception, long? position)
    {
        foreach (var member in members)
        {
            member.Leave(new(member.Title, exception.Message, position, exception));
        }
    }
}
