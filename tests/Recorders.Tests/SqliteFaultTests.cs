using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Recorders.Contract;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>Locks, full disks and failing commits.</summary>
public sealed class SqliteFaultTests : SqliteTestBase
{
    private const int IoErrorAtSync = 1034;

    [Fact]
    public async Task Locked_longer_than_the_busy_timeout_is_transient()
    {
        await using var recorder = Open("?busy_timeout=50");
        await recorder.OpenAsync(Token);
        using (var connection = Connect())
        {
            Query(connection, "BEGIN IMMEDIATE");
            var failure = await Assert.ThrowsAsync<TransientStoreException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
            Assert.True(failure.IsTransient);

            // Readers aren't affected.
            Assert.Null(await recorder.GetMaxPositionAsync(Token));
            Query(connection, "ROLLBACK");
        }

        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Locked_for_less_than_the_busy_timeout_only_takes_longer()
    {
        await using var recorder = Open("?busy_timeout=60000");
        await recorder.OpenAsync(Token);
        Task<IReadOnlyList<long>> save;
        using (var connection = Connect())
        {
            Query(connection, "BEGIN IMMEDIATE");
            save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
            await Task.Delay(200, Token);
            Assert.False(save.IsCompleted);
            Query(connection, "COMMIT");
        }

        Assert.Equal([1L], await save);
    }

    [Fact]
    public async Task A_save_waits_no_longer_than_its_own_busy_timeout_behind_others_that_wait()
    {
        await using var patient = Open("?busy_timeout=600000");
        await using var other = GeneratedRecorders.WithStrings(Url + "?busy_timeout=50");
        await patient.OpenAsync(Token);
        await other.OpenAsync(Token);
        Task<IReadOnlyList<long>> first, last;
        using (var connection = Connect())
        {
            Query(connection, "BEGIN IMMEDIATE");
            first = patient.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
            await Task.Delay(100, Token);
            last = patient.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
            var late = other.InsertEventsAsync([new StoredEvent<string>("late", 1, "topic", new byte[1])], true, Token).AsTask();
            await Assert.ThrowsAsync<TransientStoreException>(() => late.WaitAsync(TimeSpan.FromSeconds(30), Token));
            Assert.False(first.IsCompleted);
            Query(connection, "COMMIT");
        }

        // The remaining saves keep their order.
        Assert.Equal([1L], await first);
        Assert.Equal([2L], await last);
    }

    [Fact]
    public async Task Time_that_a_save_waited_for_its_own_process_does_not_shorten_the_wait_for_another()
    {
        await using var recorder = Open("?busy_timeout=1000");
        await recorder.OpenAsync(Token);
        using var isFree = new ManualResetEventSlim();
        var work = recorder.Database.Writer.RunAsync(_ => isFree.Wait(Token));
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        await Task.Delay(1200, Token);
        using (var connection = Connect())
        {
            Query(connection, "BEGIN IMMEDIATE");
            isFree.Set();
            await work;
            await Task.Delay(100, Token);
            Assert.False(save.IsCompleted);
            Query(connection, "COMMIT");
        }

        Assert.Equal([1L], await save);
    }

    [Fact]
    public async Task Opening_waits_for_a_lock_and_can_be_tried_again()
    {
        await using var recorder = Open("?busy_timeout=50");
        using (var connection = Connect())
        {
            Query(connection, "PRAGMA journal_mode=WAL");
            Query(connection, "BEGIN IMMEDIATE");
            await Assert.ThrowsAsync<TransientStoreException>(() => recorder.OpenAsync(Token).AsTask());
            Query(connection, "COMMIT");
        }

        await recorder.OpenAsync(Token);
    }

    [Fact]
    public async Task Openings_that_wait_together_open_the_store_once()
    {
        var recorder = Open("?busy_timeout=60000");
        using (var connection = Connect())
        {
            Query(connection, "PRAGMA journal_mode=WAL");
            Query(connection, "BEGIN IMMEDIATE");
            var opening = Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await recorder.OpenAsync(Token))).ToList();
            await Task.Delay(100, Token);
            Assert.DoesNotContain(opening, o => o.IsCompleted);
            Query(connection, "COMMIT");
            await Task.WhenAll(opening);
        }

        // The last user closes the file, which deletes the log.
        Assert.True(File.Exists(Path + "-wal"));
        await recorder.DisposeAsync();
        Assert.False(File.Exists(Path + "-wal"));
    }

    // An earlier save has set the connection not to wait.
    [Fact]
    public async Task A_table_is_created_after_another_process_has_written()
    {
        await using var recorder = Open("?busy_timeout=60000");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var other = GeneratedRecorders.WithStrings(Url + "?busy_timeout=60000");
        await WaitsAsync(() => other.OpenAsync(Token).AsTask());
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Query("DROP INDEX contract_events_aggregate_idx");
        await WaitsAsync(() => recorder.EnsureSchemaAsync(Token).AsTask());

        async Task WaitsAsync(Func<Task> action)
        {
            using var connection = Connect();
            Query(connection, "BEGIN IMMEDIATE");
            var waiting = Task.Run(action, Token);
            await Task.Delay(100, Token);
            Assert.False(waiting.IsCompleted);
            Query(connection, "COMMIT");
            await waiting;
        }
    }

    [Fact]
    public async Task The_schema_is_ensured_after_the_transaction_that_holds_the_file()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
        var ensuring = recorder.EnsureSchemaAsync(Token).AsTask();
        await Task.Delay(100, Token);
        Assert.False(ensuring.IsCompleted);
        await session.DisposeAsync();
        await ensuring;
    }

    [Fact]
    public async Task A_group_of_only_conflicts_commits_nothing()
    {
        await using var recorder = Open();
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        await recorder.InsertEventsAsync([.. Events(id), .. Events(other)], true, Token);
        var before = recorder.Database.Writer.Commits;
        StoreConnection? used = null;
        await recorder.Database.Writer.RunAsync(session => used = session);
        var goOn = await HoldWriterAsync(recorder);
        List<Task> saves =
        [
            recorder.InsertEventsAsync(Events(id), true, Token).AsTask(), recorder.InsertEventsAsync([.. Events(Guid.NewGuid()), .. Events(other)], true, Token).AsTask(),
            recorder.InsertEventsAsync(Events(id, 5), true, Token).AsTask(),
        ];
        goOn.Set();
        foreach (var save in saves)
        {
            await Assert.ThrowsAsync<ConcurrencyException>(() => save);
        }

        await Assert.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id), true, Token).AsTask());
        Assert.Equal((before, 2L), (recorder.Database.Writer.Commits, await recorder.GetMaxPositionAsync(Token)));
        await recorder.Database.Writer.RunAsync(session => Assert.Same(used, session));
    }

    [Fact]
    public async Task A_reading_ends_with_its_token_and_when_its_sink_has_enough()
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id, count: 5), true, Token);
        using var giveUp = new CancellationTokenSource();
        var sink = new CountingSink { Added = rows => { if (rows == 2)
        {
            giveUp.Cancel();
        }
        } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await recorder.ReadEventsAsync(id, sink, cancellationToken: giveUp.Token));
        Assert.Equal(2, sink.Rows);
        sink = new CountingSink { Limit = 3 };
        await recorder.ReadNotificationsAsync(sink, 100, cancellationToken: Token);
        Assert.Equal(3, sink.Rows);
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await recorder.ReadEventsAsync(id, null!, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await recorder.ReadNotificationsAsync(null!, 1, cancellationToken: Token));

        // The statement isn't left open: it would keep the log from being moved.
        Assert.Equal("0", await PragmaAsync(recorder, "wal_checkpoint(TRUNCATE)"));
    }

    [Fact]
    public async Task Opening_that_waits_for_a_lock_honors_its_token()
    {
        await using var recorder = Open("?busy_timeout=60000");
        using var connection = Connect();
        Query(connection, "PRAGMA journal_mode=WAL");
        Query(connection, "BEGIN IMMEDIATE");
        using var cancellation = new CancellationTokenSource(200);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recorder.OpenAsync(cancellation.Token).AsTask());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{watch.Elapsed}");
        Query(connection, "COMMIT");
        await recorder.OpenAsync(Token);
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Full_database_fails_typed_and_goes_on_when_there_is_space()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await PragmaAsync(recorder, "max_page_count=20");
        var saved = 1L;
        var big = Guid.NewGuid();
        await Assert.ThrowsAsync<StorageFullException>(async () =>
        {
            for (var version = 1; ; version++)
            {
                await recorder.InsertEventsAsync([new(big, version, "Big", new byte[5000])], true, Token);
                saved++;
            }
        });

        // Of a group, those that still fit are written.
        var goOn = await HoldWriterAsync(recorder);
        var tooBig = recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Big", new byte[200_000])], true, Token).AsTask();
        var small = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        goOn.Set();
        await Assert.ThrowsAsync<StorageFullException>(() => tooBig);
        await small;

        Assert.Equal(saved + 1, (await recorder.SelectNotificationsAsync(1000, cancellationToken: Token)).Count);
        await PragmaAsync(recorder, "max_page_count=1000000");
        await recorder.InsertEventsAsync([new(big, saved, "Big", new byte[200_000])], true, Token);
        Assert.Equal("ok", Query("PRAGMA integrity_check"));
    }

    /// <summary>On a real small file system where one can be mounted; elsewhere SQLite's own limit stands in for it.</summary>
    [Fact]
    public async Task Full_disk_fails_typed_and_keeps_what_was_acknowledged()
    {
        var disk = System.IO.Path.Combine(Folder, "disk");
        Directory.CreateDirectory(disk);
        var isMounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && await RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk) == 0;
        if (!isMounted)
        {
            TestContext.Current.AddWarning("No file system could be mounted here (it needs root): the disk was full by SQLite's own limit.");
        }

        try
        {
            await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{disk}/events.db");
            await recorder.OpenAsync(Token);
            if (!isMounted)
            {
                await PragmaAsync(recorder, "max_page_count=100");
            }

            var (id, saved) = (Guid.NewGuid(), 0);
            await Assert.ThrowsAsync<StorageFullException>(async () =>
            {
                for (; ; saved++)
                {
                    await recorder.InsertEventsAsync([new(id, saved + 1, "Big", new byte[20_000])], true, Token);
                }
            });
            Assert.NotEqual(0, saved);
            Assert.Equal(saved, (await recorder.SelectEventsAsync(id, cancellationToken: Token)).Count);
            if (isMounted)
            {
                Assert.Equal(0, await RunAsync("mount", "-o", "remount,size=20m", disk));
            }
            else
            {
                await PragmaAsync(recorder, "max_page_count=1000000");
            }

            await recorder.InsertEventsAsync([new(id, saved + 1, "Big", new byte[20_000])], true, Token);
        }
        finally
        {
            if (isMounted)
            {
                await RunAsync("umount", disk);
            }
        }
    }

    /// <summary>Where a small file system can be mounted, which needs root.</summary>
    [Fact]
    public async Task Full_disk_at_opening_is_reported_as_such()
    {
        var disk = System.IO.Path.Combine(Folder, "disk");
        Directory.CreateDirectory(disk);
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || await RunAsync("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk) != 0)
        {
            TestContext.Current.AddWarning("No file system could be mounted here.");
            return;
        }

        try
        {
            for (var free = 0; free < 128; free += 4)
            {
                await File.WriteAllBytesAsync(disk + "/filling", new byte[(128 - free) << 10], Token);
                await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{disk}/events.db");
                if (await Record.ExceptionAsync(() => recorder.OpenAsync(Token).AsTask()) is { } failure)
                {
                    Assert.Equal($"{free} KiB {nameof(StorageFullException)}", $"{free} KiB {failure.GetType().Name}");
                }

                await recorder.DisposeAsync();
                foreach (var file in Directory.GetFiles(disk, "events.db*"))
                {
                    File.Delete(file);
                }
            }
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    [Fact]
    public async Task The_error_of_a_statement_that_SQLite_refuses_names_the_table()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token);
        Query("ALTER TABLE contract_events RENAME TO other");
        var save = await Assert.ThrowsAsync<StoreException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        var prepared = await Assert.ThrowsAsync<StoreException>(() => recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token).AsTask());
        var unprepared = await Assert.ThrowsAsync<StoreException>(() => recorder.SelectNotificationsAsync(1, cancellationToken: Token).AsTask());
        Assert.All([save, prepared, unprepared], failure => Assert.Contains("contract_events", failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_bad_save_of_a_group_fails_alone()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Query("CREATE TRIGGER picky BEFORE INSERT ON contract_events WHEN NEW.topic = 'bad' BEGIN SELECT raise(ABORT, 'no'); END");
        var goOn = await HoldWriterAsync(recorder);
        var before = recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 2), true, Token).AsTask();
        var bad = recorder.InsertEventsAsync([.. Events(Guid.NewGuid()), new(Guid.NewGuid(), 1, "bad", default)], true, Token).AsTask();
        var after = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();

        // Invalid events are refused before they reach the group.
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await recorder.InsertEventsAsync([.. Events(Guid.NewGuid()), new(Guid.NewGuid(), 1, null!, default)], true, Token));
        goOn.Set();
        await Assert.ThrowsAsync<StoreException>(() => bad);
        Assert.Equal([1L, 2L], await before);
        Assert.Equal([3L], await after);
    }

    [Fact]
    public async Task Commit_that_failed_but_reached_the_file_is_a_success()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        await FailNextCommitAsync(recorder, commit =>
        {
            Assert.Equal(raw.SQLITE_OK, commit());
            return IoErrorAtSync;
        });
        var id = Guid.NewGuid();
        Assert.Equal([1L, 2L, 3L], await recorder.InsertEventsAsync(Events(id, count: 3), true, Token));
        Assert.Equal([4L], await recorder.InsertEventsAsync(Events(id, 4), true, Token));
    }

    // The result depends on what another program did to the rows meanwhile.
    [Theory]
    [InlineData("DELETE FROM contract_events WHERE id = 2", typeof(InDoubtException))]
    [InlineData("DELETE FROM contract_events", typeof(TransientStoreException))]
    [InlineData("UPDATE contract_events SET append_id = zeroblob(16)", typeof(TransientStoreException))]
    [InlineData("UPDATE contract_events SET append_id = NULL WHERE id = 3", typeof(InDoubtException))]
    [InlineData("SELECT 1", null)]
    public async Task Commit_that_failed_is_looked_up_with_all_of_its_rows(string meanwhile, Type? failure)
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        await FailNextCommitAsync(recorder, commit =>
        {
            Assert.Equal(raw.SQLITE_OK, commit());
            Query(meanwhile);
            return IoErrorAtSync;
        });
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token).AsTask();
        Assert.Equal(failure, (await Record.ExceptionAsync(() => save))?.GetType());
        if (failure is null)
        {
            Assert.Equal([1L, 2L, 3L], await save);
        }

        Assert.Single(await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Commit_that_failed_and_left_nothing_is_transient_for_each_save_of_the_group()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.Empty), true, Token);
        await FailNextCommitAsync(recorder, _ => IoErrorAtSync);
        var goOn = await HoldWriterAsync(recorder);
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var saves = new[] { first, second }.Select(id => recorder.InsertEventsAsync(Events(id, count: 2), true, Token).AsTask()).ToList();
        var conflict = recorder.InsertEventsAsync(Events(Guid.Empty), true, Token).AsTask();
        goOn.Set();
        foreach (var save in saves)
        {
            await Assert.ThrowsAsync<TransientStoreException>(() => save);
        }

        await Assert.ThrowsAsync<ConcurrencyException>(() => conflict);
        Assert.Equal(1, await recorder.GetMaxPositionAsync(Token));
        await recorder.InsertEventsAsync(Events(first, count: 2), true, Token);
    }

    [Fact]
    public async Task Commit_whose_outcome_cannot_be_read_is_in_doubt()
    {
        await using var recorder = Open("?busy_timeout=50");
        await recorder.OpenAsync(Token);
        var moved = Path + ".moved";
        await FailNextCommitAsync(recorder, commit =>
        {
            commit();
            // The file no longer exists when it is read again.
            File.Move(Path, moved);
            Directory.CreateDirectory(Path);
            return IoErrorAtSync;
        });
        var failure = await Assert.ThrowsAsync<InDoubtException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.Equal(7, failure.AppendId.Version);
        Directory.Delete(Path);
        File.Move(moved, Path);

        // Another program may have used it meanwhile.
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await recorder.DisposeAsync();
        await using var again = Open();
        Assert.Equal([2L], await again.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    // One statement for each 20 events of an aggregate that follow each other with the same metadata, and a savepoint where a part might stay.
    [Fact]
    public async Task Events_that_are_written_together_take_few_statements()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var statements = new List<string>();
        await recorder.Database.Writer.RunAsync(session => raw.sqlite3_trace(session.Handle, (_, sql) => statements.Add(sql.Split(' ')[0]), null));
        var (id, metadata) = (Guid.NewGuid(), "{}"u8.ToArray());
        Assert.Equal("BEGIN SELECT INSERT COMMIT", await SaveAsync(Events(id)));
        Assert.Equal("BEGIN SELECT INSERT COMMIT", await SaveAsync(Events(id, 2, 20)));
        Assert.Equal("BEGIN SELECT INSERT INSERT INSERT COMMIT", await SaveAsync(Events(id, 22, 41)));
        Assert.Equal(19, Inserts(await SaveAsync(Events(id, 63, 19))));
        Assert.Equal(20, Inserts(await SaveAsync([.. Events(Guid.NewGuid(), count: 10), .. Events(Guid.NewGuid(), count: 10)])));
        Assert.Equal(20, Inserts(await SaveAsync([.. Events(Guid.NewGuid(), count: 19).Select(e => e with { Metadata = metadata }), .. Events(Guid.NewGuid())])));
        var mixed = Guid.NewGuid();
        Assert.Equal(20, Inserts(await SaveAsync([.. Events(mixed, count: 19).Select(e => e with { Metadata = metadata }), .. Events(mixed, 20)])));
        Assert.Equal(20, Inserts(await SaveAsync([.. Events(Guid.NewGuid(), count: 19), .. Events(Guid.NewGuid())])));
        Assert.Equal(2, Inserts(await SaveAsync([.. Events(Guid.NewGuid()), .. Events(Guid.NewGuid(), count: 20)])));

        // In a group, only a save that could be left in part has a savepoint.
        Assert.DoesNotContain("SAVEPOINT", await SaveAsync([.. Events(Guid.NewGuid()), .. Events(Guid.NewGuid())]), StringComparison.Ordinal);
        Assert.Equal(1, (await SaveAsync([.. Events(Guid.NewGuid()), .. Events(Guid.NewGuid())], Events(Guid.NewGuid(), count: 2), Events(Guid.NewGuid()))).Split("SAVEPOINT").Length - 1);

        async Task<string> SaveAsync(params StoredEvent<Guid>[][] saves)
        {
            var goOn = await HoldWriterAsync(recorder);
            statements.Clear();
            var saving = saves.Select(events => recorder.InsertEventsAsync(events, true, Token).AsTask()).ToList();
            goOn.Set();
            await Task.WhenAll(saving);
            while (recorder.Database.Writer.IsWriting)
            {
                await Task.Delay(1, Token);
            }

            return string.Join(' ', statements);
        }

        static int Inserts(string text) => text.Split("INSERT").Length - 1;
    }

    [Fact]
    public async Task Full_disk_at_the_commit_leaves_nothing_and_the_recorder_goes_on()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        await FailNextCommitAsync(recorder, _ => raw.SQLITE_FULL);
        await Assert.ThrowsAsync<StorageFullException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.Null(await recorder.GetMaxPositionAsync(Token));
        Assert.Single(await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    private sealed class CountingSink : EventSink<Guid>
    {
        public int Rows { get; private set; }

        public int Limit { get; init; } = int.MaxValue;

        public Action<int>? Added { get; init; }

        public override bool IsFull => Rows == Limit;

        public override void Add(in EventRow<Guid> row)
        {
            Rows++;
            Added?.Invoke(Rows);
        }
    }
}
