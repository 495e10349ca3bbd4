using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>A caller writes itself if no other caller saves, otherwise the writer's thread does; and how many rows are written at once.</summary>
public sealed class SqliteWriterTests : SqliteTestBase
{
    private const string WriterThread = "EventSourcing.Sqlite writer";
    private const int SavesBefore = 4;
    private readonly List<(int Thread, string? Name)> _commits = [];
    private bool _hasPoolWritten;

    // Whether the thread is currently in a call of a caller, which may write itself.
    [ThreadStatic]
    private static bool _isCaller;

    [Fact]
    public async Task A_caller_that_is_alone_writes_itself()
    {
        await using var recorder = await OpenAloneAsync();
        var here = Environment.CurrentManagedThreadId;
        var save = Save(recorder, Events(Guid.NewGuid()));
        Assert.True(save.IsCompletedSuccessfully);
        Assert.Equal(here, _commits[^1].Thread);
        Assert.Equal([SavesBefore + 1L], await save);
    }

    [Fact]
    public async Task Many_saves_that_are_begun_together_soon_form_groups()
    {
        await using var recorder = await OpenAloneAsync();
        var before = recorder.Database.Writer.Commits;
        var saves = Enumerable.Range(0, 5000).Select(_ => Save(recorder, Events(Guid.NewGuid())).AsTask()).ToList();
        await Task.WhenAll(saves);
        var commits = recorder.Database.Writer.Commits - before;
        Assert.InRange(commits, 1, 2500);
        Assert.Contains(_commits, c => c.Name == WriterThread);
        Assert.Equal(SavesBefore + 5000, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task The_writer_keeps_no_program_alive()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var (name, isBackground) = ((string?)null, false);
        await recorder.Database.Writer.RunAsync(_ => (name, isBackground) = (Thread.CurrentThread.Name, Thread.CurrentThread.IsBackground));
        Assert.Equal((WriterThread, true), (name, isBackground));
    }

    [Fact]
    public async Task A_writer_that_has_ended_refuses_saves()
    {
        var recorder = Open();
        await recorder.OpenAsync(Token);
        var writer = recorder.Database.Writer;
        await recorder.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => { _ = writer.RunAsync(null); });
        Assert.Throws<ObjectDisposedException>(() => writer.Save(new EventsSave<Guid>(recorder.Sql, 0, new(Events(Guid.NewGuid()), AppendCondition.VersionsNext))));
        writer.NoteCommit();
        Assert.False(writer.IsWriting);
    }

    [Theory]
    [InlineData(1024, 10, 1)]
    [InlineData(1025, 10, 2)]
    [InlineData(2, 8 << 20, 1)]
    [InlineData(3, 8 << 20, 2)]
    [InlineData(3, (8 << 20) - 1, 1)]
    public async Task A_group_has_a_limit_of_saves_and_of_bytes(int saves, int bytes, int groups)
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var goOn = await HoldWriterAsync(recorder);
        var before = recorder.Database.Writer.Commits;
        var state = new byte[bytes - 1];
        var saving = Enumerable.Range(0, saves).Select(_ => recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Tested", state, new byte[1])], true, Token).AsTask()).ToList();
        goOn.Set();
        await Task.WhenAll(saving);
        Assert.Equal(groups, recorder.Database.Writer.Commits - before);
    }

    [Fact]
    public async Task Threads_with_a_synchronization_context_are_not_held_up()
    {
        await using var recorder = await OpenAloneAsync();
        var previous = SynchronizationContext.Current;
        Task save;
        SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
        try
        {
            save = Save(recorder, Events(Guid.NewGuid())).AsTask();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }

        await save;
        Assert.Equal(WriterThread, _commits[^1].Name);
    }

    [Fact]
    public async Task A_caller_does_not_wait_for_another_process_itself()
    {
        await using var recorder = await OpenAloneAsync("?busy_timeout=60000");
        using var connection = Connect();
        Query(connection, "BEGIN IMMEDIATE");
        var save = Save(recorder, Events(Guid.NewGuid()));
        Assert.False(save.IsCompleted);
        Query(connection, "COMMIT");
        await save;
        Assert.Equal(WriterThread, _commits[^1].Name);
    }

    [Fact]
    public async Task A_caller_does_not_wait_for_a_transaction_itself()
    {
        await using var recorder = await OpenAloneAsync();
        await recorder.Database.Gate.EnterAsync(Token);
        var save = Save(recorder, Events(Guid.NewGuid()));
        Assert.False(save.IsCompleted);
        recorder.Database.Gate.Exit();
        await save;
    }

    [Fact]
    public async Task Saves_of_many_callers_are_written_by_the_pool_if_the_disk_is_quick()
    {
        await using var recorder = await OpenAloneAsync("?synchronous=normal");
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SaveAsync(recorder, () => end.IsCancellationRequested || HasPoolWritten())));
        Assert.True(HasPoolWritten());
    }

    /// <summary>The writer waits only for a moment for the pool to write a group: all threads of the pool may be held up.</summary>
    [Fact]
    public async Task Saves_are_written_while_all_threads_of_the_pool_are_held_up()
    {
        await using var recorder = await OpenAloneAsync("?synchronous=normal");
        var writer = await HoldWriterAsync(recorder);
        using var goOn = new ManualResetEventSlim();
        var held = Enumerable.Range(0, 200).Select(_ =>
            Task.Factory.StartNew(() => goOn.Wait(TimeSpan.FromMinutes(1)), Token, TaskCreationOptions.PreferFairness, TaskScheduler.Default)).ToList();

        // Without continuations, which would need the pool.
        var group = Enumerable.Range(0, 3).Select(_ => Save(recorder, Events(Guid.NewGuid()))).ToList();
        writer.Set();
        var isGroupInTime = SpinWait.SpinUntil(() => group.TrueForAll(save => save.IsCompleted), TimeSpan.FromSeconds(5));
        var next = Save(recorder, Events(Guid.NewGuid()));
        var isInTime = SpinWait.SpinUntil(() => next.IsCompleted, TimeSpan.FromSeconds(5));
        goOn.Set();
        await Task.WhenAll(held);
        foreach (var save in group)
        {
            await save;
        }

        await next;
        Assert.True(isGroupInTime && isInTime);
    }

    [Fact]
    public async Task A_slow_disk_holds_up_no_thread_of_the_pool()
    {
        await using var recorder = await OpenAloneAsync("?synchronous=normal");
        await EachCommitAsync(recorder, commit =>
        {
            Thread.Sleep(3);
            return commit();
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
        {
            var saves = 0;
            return SaveAsync(recorder, () => ++saves > 40);
        }));
        Assert.False(HasPoolWritten());
    }

    [Fact]
    public async Task A_caller_that_is_alone_fails_as_in_a_group()
    {
        await using var recorder = await OpenAloneAsync();
        var id = Guid.NewGuid();
        var conflict = Save(recorder, Events(id, 2));
        Assert.True(conflict.IsFaulted);
        Assert.Equal(0, (await Assert.ThrowsAsync<ConcurrencyException>(() => conflict.AsTask())).ActualVersion);
        await Save(recorder, Events(id));

        await FaultAsync(recorder, _ => raw.SQLITE_IOERR_FSYNC);
        await Assert.ThrowsAsync<TransientStoreException>(() => Save(recorder, Events(id, 2)).AsTask());
        await FaultAsync(recorder, commit =>
        {
            commit();
            return raw.SQLITE_IOERR_FSYNC;
        });
        Assert.Equal([SavesBefore + 2L], await Save(recorder, Events(id, 2)));
        Assert.Equal(SavesBefore + 2, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task A_save_that_comes_while_another_caller_writes_itself_is_written_by_the_thread()
    {
        await using var recorder = await OpenAloneAsync();
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < 20; round++)
        {
            await SaveWhileAnotherIsCommittedAsync(recorder);
            Assert.Equal(WriterThread, _commits[^1].Name);
            for (var i = 0; i < SavesBefore; i++)
            {
                await Save(recorder, Events(Guid.NewGuid()));
            }
        }

        // Without a wake-up, the thread would come a second later each time, to tidy up the log.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 10);
        Assert.Equal(SavesBefore + 20 * (2 + SavesBefore), await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task After_another_caller_a_caller_is_alone_again_after_as_many_saves_as_at_first()
    {
        await using var recorder = await OpenAloneAsync("?synchronous=normal");
        await SaveWhileAnotherIsCommittedAsync(recorder);
        Assert.NotEqual(WriterThread, _commits[^2].Name);
        for (var i = 1; i < SavesBefore; i++)
        {
            Assert.False(await IsWrittenByCallerAsync(recorder));
        }

        Assert.True(await IsWrittenByCallerAsync(recorder));
    }

    [Fact]
    public async Task A_caller_that_has_written_for_long_hands_one_save_over_to_the_thread()
    {
        await using var recorder = await OpenAloneAsync("?synchronous=normal");
        await FaultAsync(recorder, commit =>
        {
            Thread.Sleep(10);
            return commit();
        });
        foreach (var isByCaller in new[] { true, false, true })
        {
            Assert.Equal(isByCaller, await IsWrittenByCallerAsync(recorder));
        }

        // The times of quick saves are added up, and on a busy machine saves aren't always quick.
        var hasFollowed = false;
        for (var i = 0; i < 1000 && !hasFollowed; i++)
        {
            hasFollowed = await IsWrittenByCallerAsync(recorder) && await IsWrittenByCallerAsync(recorder);
        }

        Assert.True(hasFollowed);
        var isHandedOver = false;
        for (var i = 0; i < 100_000 && !isHandedOver; i++)
        {
            isHandedOver = !await IsWrittenByCallerAsync(recorder);
        }

        Assert.True(isHandedOver);
    }

    [Fact]
    public async Task Events_that_callers_wrote_reach_the_database_itself_when_no_other_save_runs()
    {
        await using var recorder = await OpenAloneAsync();

        // The thread may be about to tidy up the log of the earlier saves.
        await Task.Delay(1500, Token);
        await Save(recorder, Events(Guid.NewGuid()));
        Assert.NotEqual(WriterThread, _commits[^1].Name);
        for (var i = 0; i < 300; i++)
        {
            try
            {
                using var connection = new SqliteConnection($"Data Source=file:{Path}?immutable=1;Pooling=False");
                connection.Open();
                if (Query(connection, $"SELECT count(*) FROM \"{recorder.Sql.Table}\"") is SavesBefore + 1L)
                {
                    return;
                }
            }
            catch (SqliteException)
            {
                // Half of the log is in the file.
            }

            await Task.Delay(100, Token);
        }

        Assert.Fail("After 30 seconds the event was in the log alone.");
    }

    [Fact]
    public async Task Callers_that_come_and_go_lose_nothing_and_save_nothing_twice()
    {
        await using var recorder = Open("?synchronous=normal");
        await recorder.OpenAsync(Token);
        var positions = await Task.WhenAll(Enumerable.Range(0, 6).Select(caller => Task.Run(async () =>
        {
            var random = TestRounds.Random(caller);
            var mine = new List<long>();
            for (var i = 0; i < 300; i++)
            {
                mine.AddRange(await Save(recorder, Events(Guid.NewGuid(), count: random.Next(8) == 0 ? random.Next(1, 50) : 1)));
                switch (random.Next(20))
                {
                    case 0:
                        await Task.Delay(random.Next(8), Token);
                        break;
                    case < 5:
                        await Task.Yield();
                        break;
                }
            }

            return mine;
        })));
        var all = positions.SelectMany(p => p).Order().ToList();
        Assert.True(all.SequenceEqual(Enumerable.Range(1, all.Count).Select(i => (long)i)), $"seed {TestRounds.Seed}");
        Assert.Equal((long)all.Count, Query($"SELECT count(*) FROM \"{recorder.Sql.Table}\""));
    }

    [Theory]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(45)]
    public async Task Rows_that_are_written_together_are_the_saved_events(int count)
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        StoredEvent<Guid>[] events = [.. Enumerable.Range(1, count).Select(i => Numbered(id, i)), .. Enumerable.Range(1, 25).Select(i => Numbered(other, i))];
        Assert.Equal(Enumerable.Range(2, events.Length).Select(i => (long)i), await recorder.InsertEventsAsync(events, true, Token));
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id, originator_id, originator_version, topic, state, metadata FROM \"{recorder.Sql.Table}\" WHERE id > 1 ORDER BY id";
        using var reader = command.ExecuteReader();
        for (var i = 0; i < events.Length; i++)
        {
            Assert.True(reader.Read());
            Assert.Equal((i + 2L, events[i].OriginatorVersion, events[i].Topic), (reader.GetInt64(0), reader.GetInt64(2), reader.GetString(3)));
            Assert.Equal(events[i].OriginatorId, new Guid(reader.GetFieldValue<byte[]>(1), bigEndian: true));
            Assert.Equal(events[i].State, reader.GetFieldValue<byte[]>(4));
            Assert.Equal(events[i].Metadata, reader.IsDBNull(5) ? default(ReadOnlyMemory<byte>) : reader.GetFieldValue<byte[]>(5));
        }

        Assert.False(reader.Read());
        Assert.Equal((long)1, Query($"SELECT count(DISTINCT append_id) FROM \"{recorder.Sql.Table}\" WHERE id > 1"));

        static StoredEvent<Guid> Numbered(Guid id, int i) => new(id, i, $"Topic{i % 3}", System.Text.Encoding.UTF8.GetBytes($"{{\"number\":{i}}}"), i > 30 ? "{\"a\":\"b\"}"u8.ToArray() : default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conflict_in_the_middle_of_many_rows_leaves_none_of_them(bool contiguous)
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id, 30), false, Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id, 1, 45), contiguous, Token).AsTask());
        Assert.Equal(1L, Query($"SELECT count(*) FROM \"{recorder.Sql.Table}\""));
    }

    /// <summary>Each conflicts after its first rows were written, in a transaction that is committed for the others.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conflict_in_a_group_leaves_no_part_of_its_save(bool contiguous)
    {
        await using var recorder = Open();
        var there = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(there), true, Token);
        StoredEvent<Guid>[][] bad =
        [
            [.. Events(Guid.NewGuid()), .. Events(there)],
            [.. Events(Guid.NewGuid(), count: 2), .. Events(there)],
            [.. Events(Guid.NewGuid(), count: 25), .. Events(Guid.NewGuid()), .. Events(there)],
        ];
        var gap = Guid.NewGuid();
        if (contiguous)
        {
            bad = [.. bad, [.. Events(gap), .. Events(gap, 3)], [.. Events(gap, count: 2), .. Events(gap, 4)], [.. Events(gap), .. Events(Guid.NewGuid(), 2)]];
        }

        var goOn = await HoldWriterAsync(recorder);
        var good = new List<Task<IReadOnlyList<long>>> { recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 2), contiguous, Token).AsTask() };
        var refused = new List<Task<IReadOnlyList<long>>>();
        foreach (var events in bad)
        {
            refused.Add(recorder.InsertEventsAsync(events, contiguous, Token).AsTask());
            good.Add(recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 2), contiguous, Token).AsTask());
        }

        goOn.Set();
        foreach (var save in refused)
        {
            await Assert.ThrowsAsync<ConcurrencyException>(() => save);
        }

        Assert.Equal(Enumerable.Range(2, 2 * good.Count).Select(i => (long)i), (await Task.WhenAll(good)).SelectMany(p => p));
        Assert.Equal(1L + 2 * good.Count, Query($"SELECT count(*) FROM \"{recorder.Sql.Table}\""));
    }

    [Fact]
    public async Task The_code_after_a_save_does_not_hold_up_the_writer()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        for (var i = 0; i < 3; i++)
        {
            var goOn = await HoldWriterAsync(recorder);
            var save = FollowAsync(Save(recorder, Events(Guid.NewGuid())));
            goOn.Set();
            Assert.NotEqual(WriterThread, await save);
        }

        static async Task<string?> FollowAsync(ValueTask<IReadOnlyList<long>> save)
        {
            await save.ConfigureAwait(false);
            return Thread.CurrentThread.Name;
        }
    }

    /// <summary>A token may live as long as the program.</summary>
    [Fact]
    public async Task A_token_keeps_no_reference_to_ended_saves()
    {
        await using var recorder = Open("?synchronous=normal");
        await recorder.OpenAsync(Token);
        using var forever = new CancellationTokenSource();
        var saved = new List<WeakReference>();
        for (var i = 0; i < 20; i++)
        {
            saved.Add(Save());
        }

        // The last ones may still be known to the writer.
        await HoldWriterAsync(recorder).ContinueWith(goOn => goOn.Result.Set(), Token);
        GC.Collect();
        Assert.InRange(saved.Count(reference => reference.IsAlive), 0, 5);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference Save()
        {
            var events = Events(Guid.NewGuid());
            recorder.InsertEventsAsync(events, true, forever.Token).AsTask().GetAwaiter().GetResult();
            return new WeakReference(events);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    public async Task Trigger_that_withholds_rows_is_noticed(int count)
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Query($"CREATE TRIGGER withhold BEFORE INSERT ON \"{recorder.Sql.Table}\" WHEN NEW.originator_version = {count} BEGIN SELECT RAISE(IGNORE); END");
        var failure = await Assert.ThrowsAsync<StoreException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: count), true, Token).AsTask());
        Assert.Contains("trigger", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0L, Query($"SELECT count(*) FROM \"{recorder.Sql.Table}\""));
    }

    private static ValueTask<IReadOnlyList<long>> Save(SqliteRecorder<Guid> recorder, StoredEvent<Guid>[] events) => recorder.InsertEventsAsync(events, true, Token);

    /// <summary>Saves when no other caller writes.</summary>
    private async Task<bool> IsWrittenByCallerAsync(SqliteRecorder<Guid> recorder)
    {
        Assert.True(SpinWait.SpinUntil(() => !recorder.Database.Writer.IsWriting, TimeSpan.FromSeconds(30)));
        await Save(recorder, Events(Guid.NewGuid()));
        return _commits[^1].Name != WriterThread;
    }

    private bool HasPoolWritten() => Volatile.Read(ref _hasPoolWritten);

    private static Task SaveAsync(SqliteRecorder<Guid> recorder, Func<bool> isDone) => Task.Run(
        async () =>
        {
            while (!isDone())
            {
                _isCaller = true;
                var save = Save(recorder, Events(Guid.NewGuid()));
                _isCaller = false;
                await save;
            }
        },
        Token);

    /// <summary>A recorder whose next save will be written by its caller, and that notes the thread of each commit.</summary>
    private async Task<SqliteRecorder<Guid>> OpenAloneAsync(string options = "")
    {
        var recorder = Open(options);
        await recorder.OpenAsync(Token);
        await FaultAsync(recorder, commit => commit());
        for (var i = 0; i < SavesBefore; i++)
        {
            await Save(recorder, Events(Guid.NewGuid()));
        }

        Assert.All(_commits, c => Assert.Equal(WriterThread, c.Name));

        // The thread ends a save before it releases the connection: until then a caller isn't alone.
        Assert.True(SpinWait.SpinUntil(() => !recorder.Database.Writer.IsWriting, TimeSpan.FromSeconds(30)));
        return recorder;
    }

    /// <summary>The next commit is made by the function, those after it as usual.</summary>
    private async Task SaveWhileAnotherIsCommittedAsync(SqliteRecorder<Guid> recorder)
    {
        var second = default(ValueTask<IReadOnlyList<long>>);
        await FaultAsync(recorder, commit =>
        {
            second = Save(recorder, Events(Guid.NewGuid()));
            return commit();
        });
        await Save(recorder, Events(Guid.NewGuid()));
        await second;
    }

    private Task FaultAsync(SqliteRecorder<Guid> recorder, Func<Func<int>, int> fault) => EachCommitAsync(recorder, commit =>
    {
        var once = fault;
        fault = c => c();
        return once(commit);
    });

    private Task EachCommitAsync(SqliteRecorder<Guid> recorder, Func<Func<int>, int> make) => recorder.Database.Writer.RunAsync(session => session.CommitFault = commit =>
    {
        _commits.Add((Environment.CurrentManagedThreadId, Thread.CurrentThread.Name));
        if (Thread.CurrentThread.IsThreadPoolThread && !_isCaller)
        {
            Volatile.Write(ref _hasPoolWritten, true);
        }

        return make(commit);
    });
}
