using EventSourcing.Recording;

namespace EventSourcing.Tests.Recording;

/// <summary>What happens to a batch of the <see cref="ScriptedEngine"/>.</summary>
internal enum BatchFault
{
    None,

    /// <summary>Rolled back, for a reason that is gone the next time.</summary>
    RolledBack,

    /// <summary>The connection is lost, and nothing was committed.</summary>
    LostBeforeCommit,

    /// <summary>The connection is lost after the commit.</summary>
    LostAfterCommit,
}

/// <summary>A database in memory whose batches fail as the test says. It keeps the rules of an events table.</summary>
internal sealed class ScriptedEngine : AppendEngine<Guid>
{
    private readonly Lock _sync = new();
    private long _position;

    /// <summary>Returns the fault of the next batch. Called by one batch at a time.</summary>
    public Func<BatchFault> NextFault { get; set; } = () => BatchFault.None;

    /// <summary>Whether the next lookup fails because the connection is lost.</summary>
    public Func<bool> NextLookFails { get; set; } = () => false;

    /// <summary>Called by each batch before its commit.</summary>
    public Action BeforeCommit { get; set; } = () => { };

    /// <summary>Each batch with an event of this aggregate is refused as a whole.</summary>
    public Guid Guilty { get; set; }

    public Dictionary<(Guid, long), (long Position, Guid AppendId)> Rows { get; } = [];

    /// <summary>The number of saves of each batch.</summary>
    public List<int> Batches { get; } = [];

    public int Opened { get; private set; }

    public override Task<AppendConnection<Guid>> OpenAsync(CancellationToken cancellationToken)
    {
        Opened++;
        return Task.FromResult<AppendConnection<Guid>>(new Connection(this));
    }

    public override void Appended(long position)
    {
    }

    public override AppendFailure Classify(Exception exception) => exception switch
    {
        EndOfStreamException => AppendFailure.Unknown,
        InvalidDataException => AppendFailure.Deterministic,
        _ => AppendFailure.RolledBack,
    };

    public override StoreException ToException(Exception exception) =>
        exception is InvalidDataException ? new StoreException("refused", exception) : new TransientStoreException("failed", exception);

    public override bool IsExpected(Exception exception) => exception is IOException;

    public override bool IsTransient(Exception exception) => exception is not InvalidDataException;

    public override bool IsConnectionLost(Exception exception) => exception is EndOfStreamException;

    public override bool IsLockHeld(Exception exception) => false;

    public long Head(Guid id)
    {
        lock (_sync)
        {
            var head = 0L;
            while (Rows.ContainsKey((id, head + 1)))
            {
                head++;
            }

            return head;
        }
    }

    private BatchFault Begin(int saves)
    {
        lock (_sync)
        {
            Batches.Add(saves);
            return NextFault();
        }
    }

    private void Write(List<QueuedSave<Guid>> saves, long[][] positions, List<(int, int, long?)> refused)
    {
        lock (_sync)
        {
            for (var n = 0; n < saves.Count; n++)
            {
                var save = saves[n];
                var wrong = -1;
                for (var i = 0; i < save.Events.Count && wrong < 0; i++)
                {
                    wrong = save.IsFirst(i) && save.Events[i].OriginatorVersion - 1 != Head(save.Events[i].OriginatorId) ? i : -1;
                }

                if (wrong >= 0)
                {
                    refused.Add((n, wrong, Head(save.Events[wrong].OriginatorId)));
                    continue;
                }

                for (var i = 0; i < save.Events.Count; i++)
                {
                    positions[n][i] = ++_position;
                    Rows.Add((save.Events[i].OriginatorId, save.Events[i].OriginatorVersion), (_position, save.AppendId));
                }
            }
        }
    }

    private bool LookFails()
    {
        lock (_sync)
        {
            return NextLookFails();
        }
    }

    private SaveLook Look(QueuedSave<Guid> save)
    {
        lock (_sync)
        {
            return SaveLook.Of(save, [.. save.Events.Select(e => (
                (long?)Head(e.OriginatorId),
                Rows.TryGetValue((e.OriginatorId, e.OriginatorVersion), out var row) ? row.Position : (long?)null,
                Rows.TryGetValue((e.OriginatorId, e.OriginatorVersion), out row) ? row.AppendId : (Guid?)null))]);
        }
    }

    private sealed class Connection(ScriptedEngine engine) : AppendConnection<Guid>
    {
        private List<QueuedSave<Guid>> _saves = [];
        private bool _isLost;

        public override bool IsOpen => !_isLost;

        public override void Fill(List<QueuedSave<Guid>> saves, bool tells, bool raises, TimeSpan lockTimeout) => _saves = [.. saves];

        public override async Task ExecuteAsync(long[][] positions)
        {
            await Task.Yield();
            Refused.Clear();
            var fault = engine.Begin(_saves.Count);
            if (_saves.Exists(s => s.Events.Any(e => e.OriginatorId == engine.Guilty)))
            {
                throw new InvalidDataException();
            }

            if (fault == BatchFault.RolledBack)
            {
                throw new IOException();
            }

            engine.BeforeCommit();
            if (fault != BatchFault.LostBeforeCommit)
            {
                engine.Write(_saves, positions, Refused);
            }

            if (fault != BatchFault.None)
            {
                _isLost = true;
                throw new EndOfStreamException();
            }
        }

        public override async Task<List<SaveLook>> LookAsync(List<QueuedSave<Guid>> saves, TimeSpan? lockTimeout)
        {
            await Task.Yield();
            if (engine.LookFails())
            {
                _isLost = true;
                throw new EndOfStreamException();
            }

            return saves.ConvertAll(engine.Look);
        }

        public override void Clear()
        {
        }

        public override ValueTask DisposeAsync() => default;
    }
}
