using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Recording;

/// <summary>The writer that server engines share, on a database whose answers the tests choose.</summary>
public sealed class GroupWriterTests
{
    // On the fast clock, a batch on a busy machine has 20 s before it is abandoned.
    private static readonly SaveTimes Patient = Times(lockTimeout: 1000, saveTimeout: 3000);

    private readonly ScriptedEngine _engine = new();
    private readonly GroupWriter<Guid> _writer;

    public GroupWriterTests() => _writer = new GroupWriter<Guid>(_engine, Patient);

    [Fact]
    public async Task A_group_that_was_rolled_back_is_sent_again()
    {
        FailWith(BatchFault.RolledBack, BatchFault.RolledBack);
        Assert.Equal([1L], await SaveAsync(Guid.NewGuid(), 1));
        Assert.Equal([1, 1, 1], _engine.Batches);
    }

    [Fact]
    public async Task A_group_that_is_rolled_back_again_and_again_fails_and_leaves_nothing()
    {
        _engine.NextFault = () => BatchFault.RolledBack;
        await Assert.ThrowsAsync<TransientStoreException>(async () => await SaveAsync(Guid.NewGuid(), 1));
        Assert.Equal(6, _engine.Batches.Count);
        Assert.Empty(_engine.Rows);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_looked_up_and_not_sent_again()
    {
        FailWith(BatchFault.LostAfterCommit);
        Assert.Equal([1L], await SaveAsync(Guid.NewGuid(), 1));
        Assert.Single(_engine.Batches);
        Assert.Equal(2, _engine.Opened);
    }

    [Fact]
    public async Task A_batch_that_was_lost_before_its_commit_is_sent_again()
    {
        FailWith(BatchFault.LostBeforeCommit);
        Assert.Equal([1L], await SaveAsync(Guid.NewGuid(), 1));
        Assert.Equal([1, 1], _engine.Batches);
        Assert.Single(_engine.Rows);
    }

    [Fact]
    public async Task A_save_that_can_not_be_looked_up_in_time_is_in_doubt()
    {
        _engine.NextFault = () => BatchFault.LostAfterCommit;
        _engine.NextLookFails = () => true;
        var times = Times(lockTimeout: 5, saveTimeout: 60);
        var writer = new GroupWriter<Guid>(_engine, times);
        var exception = await Assert.ThrowsAsync<InDoubtException>(async () => await writer.SaveAsync(NewSave(times, Guid.NewGuid(), 1), default));
        Assert.Equal(_engine.Rows.Values.Single().AppendId, exception.AppendId);
    }

    [Fact]
    public async Task A_batch_that_is_abandoned_is_looked_up_whatever_the_engine_makes_of_a_timeout()
    {
        using var isAbandoned = new ManualResetEventSlim();
        Queue<bool> waits = new([true]);
        _engine.NextLookFails = () =>
        {
            isAbandoned.Set();
            return false;
        };
        _engine.BeforeCommit = () =>
        {
            if (waits.TryDequeue(out _))
            {
                isAbandoned.Wait();
            }
        };
        var times = Times(lockTimeout: 5, saveTimeout: 600);
        var writer = new GroupWriter<Guid>(_engine, times);
        await writer.SaveAsync(NewSave(times, Guid.NewGuid(), 1), default);
        Assert.Single(_engine.Rows);
    }

    [Fact]
    public async Task Only_the_guilty_save_of_a_group_fails()
    {
        using var areQueued = new ManualResetEventSlim();
        _engine.BeforeCommit = areQueued.Wait;
        _engine.Guilty = Guid.NewGuid();
        var first = SaveAsync(Guid.NewGuid(), 1).AsTask();
        Guid[] ids = [Guid.NewGuid(), _engine.Guilty, Guid.NewGuid(), Guid.NewGuid()];
        var saves = ids.Select(id => SaveAsync(id, 1).AsTask()).ToArray();
        areQueued.Set();
        await first;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == _engine.Guilty)
            {
                await Assert.ThrowsAsync<StoreException>(() => saves[i]);
            }
            else
            {
                Assert.Single(await saves[i]);
            }
        }

        Assert.Equal([1, 4, 1, 1, 1, 1], _engine.Batches);
        Assert.Equal(4, _engine.Rows.Count);
    }

    [Fact]
    public async Task The_second_of_two_saves_of_a_version_conflicts()
    {
        var id = Guid.NewGuid();
        var first = SaveAsync(id, 1).AsTask();
        var second = SaveAsync(id, 1).AsTask();
        await first;
        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => second);
        Assert.Equal((0L, (long?)1L), (conflict.ExpectedVersion, conflict.ActualVersion));
    }

    [Fact]
    public async Task Each_save_ends_with_the_outcome_that_the_database_has_whatever_fails()
    {
        for (var run = 0; run < 20; run++)
        {
            var seed = Random.Shared.Next();
            await RunAsync(seed);
        }
    }

    private static async Task RunAsync(int seed)
    {
        var engine = new ScriptedEngine();
        var random = new Random(seed); // used under the lock of the engine
        engine.NextFault = () => random.Next(3) == 0 ? (BatchFault)random.Next(4) : BatchFault.None;
        engine.NextLookFails = () => random.Next(4) == 0;
        var writer = new GroupWriter<Guid>(engine, Patient);
        var ids = Enumerable.Range(0, 6).Select(_ => Guid.NewGuid()).ToArray();
        engine.Guilty = ids[5];
        var callers = Enumerable.Range(0, 8).Select(caller => CallAsync(writer, engine, ids, new Random(seed + caller))).ToArray();
        var acknowledged = (await Task.WhenAll(callers)).SelectMany(saved => saved).ToList();
        await writer.StopAsync();

        var text = $"seed {seed}";
        var outcomes = acknowledged.ToDictionary(save => save.AppendId, save => save.Positions);
        Assert.True(outcomes.Values.Any(positions => positions is not null), text);
        Assert.True(ids.All(id => engine.Rows.Keys.Where(key => key.Item1 == id).Select(key => key.Item2).DefaultIfEmpty(0).Max() == engine.Head(id)), text);
        foreach (var (appendId, positions) in outcomes.Where(outcome => outcome.Value is not null))
        {
            Assert.True(engine.Rows.Values.Where(row => row.AppendId == appendId).Select(row => row.Position).Order().SequenceEqual(positions!), text);
        }

        // What isn't acknowledged was refused, and must not be there; except for saves in doubt, of which the list has the ids.
        Assert.True(engine.Rows.Values.All(row => outcomes.ContainsKey(row.AppendId)), text);
    }

    private static async Task<List<(Guid AppendId, long[]? Positions)>> CallAsync(GroupWriter<Guid> writer, ScriptedEngine engine, Guid[] ids, Random random)
    {
        List<(Guid, long[]?)> ended = [];
        for (var i = 0; i < 20; i++)
        {
            var id = ids[random.Next(ids.Length)];
            var head = engine.Head(id);
            var save = NewSave(Patient, id, [.. Enumerable.Range(1, random.Next(1, 4)).Select(n => head + n)]);
            try
            {
                long[] positions = [.. await writer.SaveAsync(save, default)];
                ended.Add((save.AppendId, positions));
            }
            catch (InDoubtException)
            {
                ended.Add((save.AppendId, null));
            }
            catch (Exception exception) when (exception is ConcurrencyException or TransientStoreException || (exception is StoreException && id == engine.Guilty))
            {
            }
        }

        return ended;
    }

    /// <param name="lockTimeout">In seconds of the fast clock.</param>
    /// <param name="saveTimeout">In seconds of the fast clock.</param>
    private static SaveTimes Times(int lockTimeout, int saveTimeout) => new(
        TimeSpan.FromSeconds(lockTimeout), new EventStoreOptions { SaveTimeout = TimeSpan.FromSeconds(saveTimeout), TimeProvider = new FastTime() });

    private static QueuedSave<Guid> NewSave(SaveTimes times, Guid id, params long[] versions) => new(
        new AppendRequest<Guid>([.. versions.Select(version => new StoredEvent<Guid>(id, version, "topic", new byte[] { 1 }))], AppendCondition.VersionsNext), times.Deadline());

    /// <summary>Lets the next batches fail, one after the other.</summary>
    private void FailWith(params BatchFault[] faults)
    {
        var left = new Queue<BatchFault>(faults);
        _engine.NextFault = () => left.TryDequeue(out var fault) ? fault : BatchFault.None;
    }

    private ValueTask<IReadOnlyList<long>> SaveAsync(Guid id, params long[] versions) => _writer.SaveAsync(NewSave(Patient, id, versions), default);

    /// <summary>A clock that runs fifty times as fast, so that pauses and timeouts are short.</summary>
    private sealed class FastTime : TimeProvider
    {
        private const int Factor = 50;

        public override long GetTimestamp() => base.GetTimestamp() * Factor;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / Factor : dueTime, period > TimeSpan.Zero ? period / Factor : period);
    }
}
