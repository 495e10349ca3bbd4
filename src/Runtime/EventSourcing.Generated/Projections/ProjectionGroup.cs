namespace EventSourcing;

/// <summary>
/// Projections that are near to each other in the log, so that one read of the log serves all of them. Thread safe, by the lock of all groups.
/// </summary>
internal sealed class ProjectionGroup<TKey>(Lock sync)
    where TKey : notnull
{
    private readonly List<ProjectionMember<TKey>> _members = [];
    private CancellationTokenSource _changed = new();

    /// <summary>The position of its least advanced member; null if it has none.</summary>
    public long? Position
    {
        get
        {
            var members = Look(out _);
            return members.Count == 0 ? null : members.Min(static member => member.Position);
        }
    }

    /// <summary>Returns the current members, and a token that is cancelled when they change.</summary>
    public IReadOnlyList<ProjectionMember<TKey>> Look(out CancellationToken changed)
    {
        lock (sync)
        {
            _members.RemoveAll(static member => member.HasLeft);
            changed = _changed.Token;
            return [.. _members];
        }
    }

    /// <summary>Adds members.</summary>
    public void Add(IEnumerable<ProjectionMember<TKey>> members)
    {
        lock (sync)
        {
            _members.AddRange(members);
            Wake();
        }
    }

    /// <summary>Whether a member met a busy or unavailable database.</summary>
    public bool IsStuck => Has(static member => member.IsStuck);

    /// <summary>Whether no other projection may join it, because that would have to wait.</summary>
    public bool IsAlone => Has(static member => member.IsStuck || member.Replay is not null);

    /// <summary>Removes and returns members.</summary>
    public IReadOnlyList<ProjectionMember<TKey>> Take(Predicate<ProjectionMember<TKey>> which)
    {
        lock (sync)
        {
            var taken = _members.FindAll(which);
            _members.RemoveAll(which);
            return taken;
        }
    }

    /// <summary>Moves all members to another group.</summary>
    public void MoveTo(ProjectionGroup<TKey> other)
    {
        lock (sync)
        {
            other.Add(_members);
            _members.Clear();
        }
    }

    /// <summary>Makes its reader look at the members again.</summary>
    public void Wake()
    {
        lock (sync)
        {
            var changed = _changed;
            _changed = new();

            // On another thread, because the reader continues on the one that cancels.
            _ = Task.Run(changed.Cancel);
        }
    }

    private bool Has(Predicate<ProjectionMember<TKey>> which)
    {
        lock (sync)
        {
            return _members.Exists(which);
        }
    }
}
