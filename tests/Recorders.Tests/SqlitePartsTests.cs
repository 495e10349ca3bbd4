using System.Globalization;
using EventSourcing;
using EventSourcing.Sqlite;
using SQLitePCL;
using Xunit;

namespace Recorders.Tests;

/// <summary>The small parts of the provider: files, connections, waiting.</summary>
public sealed class SqlitePartsTests : SqliteTestBase
{
    [Fact]
    public async Task A_file_is_identified_by_the_data_of_the_kernel()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await File.WriteAllBytesAsync(Path, new byte[4321], Token);
        Assert.Equal(0, await RunAsync("ln", Path, Path + ".second"));
        File.SetLastWriteTimeUtc(Path, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(1234567));
        Assert.True(FileIdentity.TryOf(Name(Path), out var found));
        var start = new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%Hd %Ld %i %h %s %.9Y %.9Z", Path]) { RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C";
        using var stat = System.Diagnostics.Process.Start(start)!;
        var told = (await stat.StandardOutput.ReadToEndAsync(Token)).Trim().Split(' ');
        Assert.Equal((ulong.Parse(told[0], CultureInfo.InvariantCulture) << 32) | ulong.Parse(told[1], CultureInfo.InvariantCulture), found.Device);
        Assert.Equal(told[2], found.Number.ToString(CultureInfo.InvariantCulture));
        Assert.Equal((2u, 4321L), (found.Links, found.Size));
        Assert.Equal([told[4], told[5].Replace(".", "", StringComparison.Ordinal), told[6].Replace(".", "", StringComparison.Ordinal)], [
            found.Size.ToString(CultureInfo.InvariantCulture), found.Written.ToString(CultureInfo.InvariantCulture), found.Changed.ToString(CultureInfo.InvariantCulture),
        ]);
        Assert.True(found.IsThere && found.IsSame(found));
        Assert.False(found.IsSame(found with { Number = 1 }) || found.IsSame(found with { Device = 1 }));

        // A file that doesn't exist, and one that can't exist.
        foreach (var none in new[] { Path + ".none", Path + "/below" })
        {
            Assert.True(FileIdentity.TryOf(Name(none), out var nothing));
            Assert.False(nothing.IsThere);
        }

        Assert.False(FileIdentity.TryOf(Name(System.IO.Path.Combine(Folder, new string('a', 300))), out _));

        static byte[] Name(string path) => [.. System.Text.Encoding.UTF8.GetBytes(path), 0];
    }

    [Fact]
    public void A_folder_is_identified_by_its_handle_even_after_a_move()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (folder, other) = (System.IO.Path.Combine(CanonicalPath.Of(Folder), "folder"), System.IO.Path.Combine(CanonicalPath.Of(Folder), "other"));
        Assert.Null(FolderHandle.TryOpen(Name(folder)));
        Directory.CreateDirectory(folder);
        string descriptor;
        using (var handle = FolderHandle.TryOpen(Name(folder))!)
        {
            Assert.False(handle.IsInvalid);
            descriptor = $"/proc/self/fd/{handle.Descriptor}";
            Assert.Equal(folder, new FileInfo(descriptor).LinkTarget);

            // The handle gives no access, and child processes don't inherit it.
            var flags = File.ReadLines($"/proc/self/fdinfo/{handle.Descriptor}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.Equal(0x280000, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & 0x280000);
            Directory.Move(folder, other);
            Directory.CreateDirectory(folder);
            Assert.True(FileIdentity.TryOf(handle, out var found) && FileIdentity.TryOf(Name(other), out var moved) && found == moved);
            Assert.True(FileIdentity.TryOf(Name(folder), out var another) && !found.IsSame(another));
        }

        Assert.NotEqual(other, new FileInfo(descriptor).LinkTarget);

        static byte[] Name(string path) => [.. System.Text.Encoding.UTF8.GetBytes(path), 0];
    }

    [Fact]
    public void Links_are_followed_as_far_as_the_kernel_does_and_not_in_a_circle()
    {
        var folder = CanonicalPath.Of(Folder);
        Assert.Equal(System.IO.Path.Combine(folder, "events.db"), CanonicalPath.Of(System.IO.Path.Combine(Folder, "x", "..", "events.db")));
        Assert.Equal("/", CanonicalPath.Of("/"));
        for (var i = 1; i <= 40; i++)
        {
            File.CreateSymbolicLink(System.IO.Path.Combine(Folder, $"link{i}"), i == 1 ? "events.db" : $"link{i - 1}");
        }

        Assert.Equal(System.IO.Path.Combine(folder, "events.db"), CanonicalPath.Of(System.IO.Path.Combine(Folder, "link39")));
        Refused("link40");
        File.CreateSymbolicLink(System.IO.Path.Combine(Folder, "one"), "other");
        File.CreateSymbolicLink(System.IO.Path.Combine(Folder, "other"), "one");
        Refused("one");
        Refused("a\0b");

        // Links to folders in the path, too.
        Directory.CreateDirectory(System.IO.Path.Combine(Folder, "real"));
        Directory.CreateSymbolicLink(System.IO.Path.Combine(Folder, "there"), "real");
        File.CreateSymbolicLink(System.IO.Path.Combine(Folder, "real", "up"), "../events.db");
        Assert.Equal(System.IO.Path.Combine(folder, "events.db"), CanonicalPath.Of(System.IO.Path.Combine(Folder, "there", "up")));
        Assert.Equal(System.IO.Path.Combine(folder, "real", "events.db"), CanonicalPath.Of(System.IO.Path.Combine(Folder, "there", "events.db")));
        Directory.CreateDirectory(System.IO.Path.Combine(Folder, "real", "deeper"));
        Directory.CreateSymbolicLink(System.IO.Path.Combine(Folder, "short"), "real/deeper");
        File.CreateSymbolicLink(System.IO.Path.Combine(Folder, "real", "deeper", "up"), "../events.db");
        Assert.Equal(System.IO.Path.Combine(folder, "real", "events.db"), CanonicalPath.Of(System.IO.Path.Combine(Folder, "short", "up")));

        void Refused(string name)
        {
            var failure = Assert.Throws<StoreConfigurationException>(() => CanonicalPath.Of(System.IO.Path.Combine(Folder, name)));
            Assert.NotNull(failure.InnerException);
        }
    }

    [Fact]
    public async Task Pauses_grow_while_a_lock_is_waited_for_until_the_time_is_up()
    {
        Assert.Equal([1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 50], Enumerable.Range(0, 12).Select(i => LockWait.Pause(i, 1000)));
        Assert.Equal((7, 5), (LockWait.Pause(5, 7), LockWait.Pause(2, 100)));
        Assert.Equal(
            [true, true, false, false, false],
            new[] { raw.SQLITE_BUSY, raw.SQLITE_BUSY_RECOVERY, raw.SQLITE_BUSY_SNAPSHOT, raw.SQLITE_OK, raw.SQLITE_LOCKED }.Select(LockWait.IsBusy));

        var attempts = 0;
        await LockWait.RunAsync(() => ++attempts == 1, 0, Token);
        await LockWait.RunAsync(() => ++attempts == 4, 10_000, Token);
        Assert.Equal(4, attempts);
        var began = Environment.TickCount64;
        await Assert.ThrowsAsync<TransientStoreException>(async () => await LockWait.RunAsync(() => ++attempts < 0, 60, Token));
        Assert.InRange(Environment.TickCount64 - began, 40, 30_000);
        Assert.InRange(attempts, 2, 14);
        attempts = 0;
        await Assert.ThrowsAsync<TransientStoreException>(async () => await LockWait.RunAsync(() => ++attempts < 0, 0, Token));
        Assert.Equal(1, attempts);
        using var giveUp = new CancellationTokenSource(20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await LockWait.RunAsync(() => false, 60_000, giveUp.Token));
    }

    [Fact]
    public async Task Readers_are_kept_and_never_exceed_the_limit()
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        var opened = 0;
        var pool = new ReaderPool(2, () =>
        {
            opened++;
            return opened < 100 ? StoreConnection.OpenReader(new StoreFile(Path), 0, null) : throw new StoreException("no more");
        });
        var (one, two) = (await pool.RentAsync(Token), await pool.RentAsync(Token));
        using var giveUp = new CancellationTokenSource();
        var (given, third) = (pool.RentAsync(giveUp.Token).AsTask(), pool.RentAsync(Token).AsTask());
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await Task.Delay(20, Token);
        Assert.False(third.IsCompleted);
        pool.Return(one);
        Assert.Same(one, await third);
        Assert.Equal(2, opened);

        // A lost reader is replaced, and a reader that can't be opened frees its place.
        two.Close();
        pool.Return(null);
        opened = 99;
        await Assert.ThrowsAsync<StoreException>(async () => await pool.RentAsync(Token));
        opened = 2;
        two = await pool.RentAsync(Token);
        Assert.Equal(3, opened);

        // Rented readers are closed when they are returned.
        pool.Return(two);
        var closing = pool.CloseAsync();
        Assert.False(closing.IsCompleted);
        Assert.Throws<ObjectDisposedException>(() => two.Pragma("user_version"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.RentAsync(Token));
        Assert.NotNull(one.Pragma("user_version"));
        pool.Return(one);
        await closing;
        Assert.Throws<ObjectDisposedException>(() => one.Pragma("user_version"));
        await pool.CloseAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.RentAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task The_gate_says_what_holds_it_and_admits_waiting_callers_in_order()
    {
        var gate = new FileGate();
        await gate.EnterAsync(0, isTransaction: true, Token);
        Assert.True(gate.IsTaken);
        Assert.False(gate.TryEnter());
        Assert.Contains("A transaction of this process that was begun 0", gate.Busy().Message, StringComparison.Ordinal);
        var began = Environment.TickCount64;
        await Assert.ThrowsAsync<TransientStoreException>(async () => await gate.EnterAsync(0, isTransaction: false, Token));
        Assert.InRange(Environment.TickCount64 - began, 80, 30_000);
        gate.Exit();
        Assert.False(gate.IsTaken);
        Assert.True(gate.TryEnter());
        Assert.Contains("The writer of this process", gate.Busy().Message, StringComparison.Ordinal);

        var told = 0;
        var (first, second) = (gate.Queue(() => told++), gate.Queue(() => told += 10, isTransaction: true));
        var third = gate.EnterAsync(60_000, isTransaction: false, Token).AsTask();
        Assert.False(first.IsGranted);
        gate.Exit();
        Assert.Equal((true, false, 1), (first.IsGranted, second.IsGranted, told));
        Assert.False(first.TryGiveUp());
        Assert.True(second.TryGiveUp());
        Assert.True(gate.IsTaken);
        gate.Exit();
        await third;
        Assert.Equal((false, 1, true), (second.IsGranted, told, gate.IsTaken));
        using var giveUp = new CancellationTokenSource();
        var (given, last) = (gate.EnterAsync(60_000, isTransaction: true, giveUp.Token).AsTask(), gate.EnterAsync(Token).AsTask());
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        gate.Exit();
        await last;
        Assert.Contains("The writer", gate.Busy().Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await gate.EnterAsync(new CancellationToken(canceled: true)));
        var blocked = Task.Run(gate.Enter, Token);
        await Task.Delay(20, Token);
        Assert.False(blocked.IsCompleted);
        gate.Exit();
        await blocked;
        gate.Exit();
        Assert.False(gate.IsTaken);
        gate.Enter();
        Assert.True(gate.IsTaken);
    }

    // The turn comes while the waiting caller cancels, or when its time is up.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gate_that_is_entered_at_the_last_moment_is_not_lost(bool isCancelled)
    {
        for (var i = 0; i < 20; i++)
        {
            var gate = new FileGate();
            Assert.True(gate.TryEnter());
            using var giveUp = new CancellationTokenSource();
            var waiting = gate.EnterAsync(100, isTransaction: false, giveUp.Token).AsTask();
            if (isCancelled)
            {
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
                try
                {
                    giveUp.Cancel();
                    gate.Exit();
                }
                finally
                {
                    SynchronizationContext.SetSynchronizationContext(null);
                }
            }
            else
            {
                await Task.Delay(99, Token);
                gate.Exit();
            }

            var failure = await Record.ExceptionAsync(() => waiting);
            Assert.True(failure is null or OperationCanceledException or TransientStoreException);
            Assert.Equal(failure is null, gate.IsTaken);
        }
    }

    [Fact]
    public void Ids_of_saves_differ_and_one_random_number_is_used_for_256()
    {
        var memory = StoreConnection.OpenWriter(null, SqliteAddress.Parse("sqlite:///:memory:", new EventStoreOptions()));
        var ids = Enumerable.Range(0, 3 * 256).Select(_ => memory.AppendIds.Next()).ToList();
        memory.Close();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(7, id.Version));
        var numbers = ids.Chunk(256).Select(some => some.Select(id => id.ToByteArray(bigEndian: true)).ToList()).ToList();
        Assert.All(numbers, some => Assert.Single(some.Select(id => Convert.ToHexString(id, 0, 12)).Distinct()));
        Assert.Equal(3, numbers.Select(some => Convert.ToHexString(some[0], 6, 6)).Distinct().Count());
        Assert.All(numbers, some => Assert.Equal(
            Enumerable.Range(1, 255).Select(i => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(some[0].AsSpan(12)) + (uint)i),
            some.Skip(1).Select(id => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id.AsSpan(12)))));
    }

    [Fact]
    public void A_library_or_a_function_that_is_not_there_is_not_found()
    {
        Assert.Equal(0, SqliteLibrary.Find("no_such_library", "sqlite3_file_control"));
        Assert.Equal(0, SqliteLibrary.Find(raw.GetNativeLibraryName(), "sqlite3_no_such_function"));
        Assert.NotEqual(0, SqliteLibrary.Find(raw.GetNativeLibraryName(), "sqlite3_file_control"));
    }

    // A name that changes within one tick of the file system's clock doesn't change the time of the folder.
    [Theory]
    [InlineData(1_000_000_001, 30_303_030, false)]
    [InlineData(1_000_000_001, 30_303_031, true)]
    [InlineData(2_000_000_000, 3_000_000_000, false)]
    [InlineData(2_000_000_000, 3_000_000_001, true)]
    public void A_folder_is_trusted_when_its_time_has_passed(long changed, long age, bool isSettled) => Assert.Equal(isSettled, ConnectionFiles.IsSettled(changed, changed + age));

    [Fact]
    public void Only_a_writer_creates_a_file_and_sessions_have_their_own_settings()
    {
        var file = new StoreFile(CanonicalPath.Of(Path));
        Assert.Throws<StoreConfigurationException>(() => StoreConnection.OpenReader(file, 0, null));
        Assert.Throws<StoreConfigurationException>(() => StoreConnection.OpenForTransaction(file, true, null));
        Assert.Throws<StoreConfigurationException>(() => StoreConnection.OpenWriter(file, SqliteAddress.Parse($"Data Source={Path};Mode=ReadWrite", new EventStoreOptions())));
        Assert.False(File.Exists(Path));
        var writer = StoreConnection.OpenWriter(file, SqliteAddress.Parse(Url + "?synchronous=normal&busy_timeout=7", new EventStoreOptions()));
        var reader = StoreConnection.OpenReader(file, 8, null);
        StoreConnection full = StoreConnection.OpenForTransaction(file, true, null), normal = StoreConnection.OpenForTransaction(file, false, null);
        StoreConnection[] all = [writer, reader, full, normal];
        Assert.Equal(["1", "2", "2", "1"], all.Select(s => s.Pragma("synchronous")));
        Assert.Equal(["7", "8", "0", "0"], all.Select(s => s.Pragma("busy_timeout")));
        Assert.Equal(["0", "1", "0", "0"], all.Select(s => s.Pragma("query_only")));
        Assert.Equal(["67108864", "67108864", "67108864"], new[] { writer, full, normal }.Select(s => s.Pragma("journal_size_limit")));
        Assert.All(all, s => Assert.Equal(("0", "1", "1", "1"), (s.Pragma("trusted_schema"), s.Pragma("cell_size_check"), s.Pragma("fullfsync"), s.Pragma("checkpoint_fullfsync"))));
        Assert.Throws<InvalidCastException>(() => writer.UserConnection);
        Assert.Throws<InvalidCastException>(() => reader.UserConnection);
        Assert.NotNull(full.UserConnection);
        foreach (var session in all)
        {
            session.Pragma("writable_schema=1");
            Assert.Throws<StoreException>(() => session.TryRun("UPDATE sqlite_schema SET name = name"));
        }

        foreach (var session in all.Reverse())
        {
            session.Close();
        }

        Assert.False(File.Exists(Path + "-wal"));

        // In memory, a shared connection is closed with its owner.
        var memory = StoreConnection.OpenWriter(null, SqliteAddress.Parse("sqlite:///:memory:", new EventStoreOptions()));
        var shared = memory.Share();
        Assert.Same(memory.UserConnection, shared.UserConnection);
        Assert.Equal(raw.SQLITE_OK, shared.TryRun("CREATE TABLE a (x)"));
        shared.Close();
        Assert.Equal("1", memory.Pragma("table_list(a)") is null ? "0" : "1");
        memory.Close();
    }

    [Fact]
    public void A_busy_timeout_that_was_set_can_be_set_back()
    {
        var session = StoreConnection.OpenWriter(new StoreFile(CanonicalPath.Of(Path)), SqliteAddress.Parse(Url + "?busy_timeout=7", new EventStoreOptions()));
        foreach (var timeout in new[] { 0, 7, 7, 100, 0 })
        {
            session.SetBusyTimeout(timeout);
            Assert.Equal(timeout.ToString(CultureInfo.InvariantCulture), session.Pragma("busy_timeout"));
        }

        session.Close();
    }

    [Fact]
    public async Task Opening_waits_for_another_writer_of_the_file_before_it_sets_up_the_log()
    {
        using var other = Connect();
        Query(other, "CREATE TABLE own (id INTEGER); BEGIN IMMEDIATE");
        var began = Environment.TickCount64;
        Assert.Throws<TransientStoreException>(() => OpenWriter(200));
        Assert.InRange(Environment.TickCount64 - began, 195, 30_000);
        var opening = Task.Run(() => OpenWriter(60_000), Token);
        await Task.Delay(50, Token);
        Assert.False(opening.IsCompleted);
        Query(other, "COMMIT");
        var session = await opening;
        Assert.Equal("wal", session.Pragma("journal_mode"));
        session.Close();

        StoreConnection OpenWriter(int timeout) =>
            StoreConnection.OpenWriter(new StoreFile(CanonicalPath.Of(Path)), SqliteAddress.Parse($"{Url}?busy_timeout={timeout}", new EventStoreOptions()));
    }

    [Fact]
    public void The_content_of_a_file_is_known_as_long_as_its_writer_is_open()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var file = new StoreFile(CanonicalPath.Of(Path));
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(file.Content);
            var writer = StoreConnection.OpenWriter(file, SqliteAddress.Parse(Url, new EventStoreOptions()));
            Assert.NotNull(file.Content);
            var reader = StoreConnection.OpenReader(file, 0, null);
            Assert.Null(reader.FindReplaced());
            reader.Close();
            Assert.NotNull(file.Content);
            writer.Close();
            Assert.Null(writer.FindReplaced());
        }

        Assert.Null(file.Content);
        Assert.False(file.IsReplaced);
    }

    [Fact]
    public void A_failure_that_no_caller_waits_for_is_not_reported_as_unobserved()
    {
        var reported = new List<Exception>();
        void Report(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (reported)
            {
                reported.AddRange(e.Exception.InnerExceptions);
            }
        }

        TaskScheduler.UnobservedTaskException += Report;
        try
        {
            Fail();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Report;
        }

        lock (reported)
        {
            Assert.DoesNotContain(reported, e => e.Message == "No caller waits.");
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Fail() => new WriterAction(null, 0).Fail(new StoreException("No caller waits."));
    }

    [Fact]
    public async Task The_log_is_tidied_up_when_it_is_due_and_only_for_a_file()
    {
        var address = SqliteAddress.Parse(Url, new EventStoreOptions());
        var connection = new WriterConnection(new StoreFile(CanonicalPath.Of(Path)), address);
        Assert.Equal((Timeout.InfiniteTimeSpan, false, false, true), (connection.IdleTime, connection.IsOpen, connection.IsTidyingDue, connection.IsFullySynchronous));
        var session = connection.Get();
        Assert.Same(session, connection.Get());
        Assert.True(connection.IsOpen);
        for (var i = 1; i <= 1000; i++)
        {
            Assert.False(connection.IsTidyingDue);
            connection.Committed();
            Assert.Equal(TimeSpan.FromSeconds(1), connection.IdleTime);
        }

        Assert.Equal(raw.SQLITE_OK, session.TryRun("CREATE TABLE contract (x)"));
        var (log, size) = (new FileInfo(Path + "-wal"), new FileInfo(Path).Length);
        Assert.NotEqual(0, log.Length);
        Assert.True(connection.IsTidyingDue);
        connection.TidyUpWhenDue();
        Assert.False(connection.IsTidyingDue);
        Assert.Equal(size, new FileInfo(Path).Length);
        connection.CheckpointWhenIdle();
        Assert.Equal(Timeout.InfiniteTimeSpan, connection.IdleTime);
        Assert.True(new FileInfo(Path).Length > size, "The log was not moved into the database.");
        log.Refresh();
        Assert.NotEqual(0, log.Length);
        connection.DropWhenLost(new StoreException("other"));
        Assert.True(connection.IsOpen);
        connection.DropWhenLost(new StoreFileReplacedException("gone"));
        Assert.False(connection.IsOpen);
        Assert.NotSame(session, connection.Get());
        connection.Close();
        connection.Close();
        Assert.False(connection.IsOpen);

        var memory = new WriterConnection(null, SqliteAddress.Parse("sqlite:///:memory:?synchronous=normal", new EventStoreOptions()));
        memory.Get();
        memory.Committed();
        Assert.Equal((Timeout.InfiniteTimeSpan, false), (memory.IdleTime, memory.IsFullySynchronous));
        memory.Drop();
        Assert.True(memory.IsOpen, "The connection that holds the database was closed.");
        memory.MakeFullySynchronous();
        Assert.Equal("2", memory.Get().Pragma("synchronous"));
        memory.Close();
    }
}
