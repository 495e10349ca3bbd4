using EventSourcing;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>State that several recorders share on one file, and that they leave behind.</summary>
public sealed class SqliteFileTests : SqliteTestBase
{
    [Fact]
    public async Task Log_and_durability_are_set_and_read_back()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Assert.Equal("wal", await PragmaAsync(recorder, "journal_mode"));
        Assert.Equal("2", await PragmaAsync(recorder, "synchronous"));
        Assert.Equal("0", await PragmaAsync(recorder, "trusted_schema"));
        Assert.Equal("1", await PragmaAsync(recorder, "cell_size_check"));
        Assert.Equal("5000", await PragmaAsync(recorder, "busy_timeout"));
        Assert.Equal("1", await PragmaAsync(recorder, "fullfsync"));
        Assert.Equal("1", await PragmaAsync(recorder, "checkpoint_fullfsync"));
        Assert.Equal("67108864", await PragmaAsync(recorder, "journal_size_limit"));
        Assert.Equal("wal", Query("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task A_store_that_asks_for_durability_gets_it_for_all_stores_of_the_file()
    {
        await using var normal = Open("?synchronous=normal");
        await normal.OpenAsync(Token);
        Assert.Equal("1", await PragmaAsync(normal, "synchronous"));
        await using var full = GeneratedRecorders.WithStrings(Url);
        await full.OpenAsync(Token);
        Assert.Equal("2", await PragmaAsync(normal, "synchronous"));
    }

    [Fact]
    public async Task Recorders_and_tables_of_a_file_share_its_writer_by_any_path()
    {
        await using var first = Open();
        await first.OpenAsync(Token);
        var link = System.IO.Path.Combine(Folder, "link.db");
        File.CreateSymbolicLink(link, "events.db");
        await using var second = GeneratedRecorders.WithGuids("sqlite:///" + link);
        await second.OpenAsync(Token);
        await using var other = GeneratedRecorders.WithStrings($"Data Source={System.IO.Path.Combine(Folder, ".", "events.db")}");
        await other.OpenAsync(Token);
        Assert.Same(first.Database, second.Database);
        Assert.Same(first.Database, other.Database);

        var goOn = await HoldWriterAsync(first);
        var before = first.Database.Writer.Commits;
        var saves = new[] { first.InsertEventsAsync(Events(Guid.NewGuid()), true, Token), second.InsertEventsAsync(Events(Guid.NewGuid()), true, Token) };
        var otherSave = other.InsertEventsAsync([new("a", 1, "t", default)], true, Token);
        goOn.Set();
        Assert.Equal((1L, 2L), ((await saves[0])[0], (await saves[1])[0]));
        Assert.Equal([1L], await otherSave);
        Assert.Equal(before + 1, first.Database.Writer.Commits);
    }

    [Fact]
    public async Task Databases_in_memory_are_not_shared()
    {
        await using var first = GeneratedRecorders.WithGuids("sqlite:///:memory:");
        await using var second = GeneratedRecorders.WithGuids("sqlite:///:memory:");
        await first.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Null(await second.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Saves_that_wait_together_are_committed_together()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var goOn = await HoldWriterAsync(recorder);
        var before = recorder.Database.Writer.Commits;
        var taken = Guid.NewGuid();
        var saves = Enumerable.Range(0, 50).Select(i => recorder.InsertEventsAsync(
            i % 10 == 0 ? Events(taken) : Events(Guid.NewGuid(), count: 3), true, Token).AsTask()).ToList();
        goOn.Set();
        var failed = 0;
        foreach (var save in saves)
        {
            try
            {
                await save;
            }
            catch (ConcurrencyException)
            {
                failed++;
            }
        }

        Assert.Equal(4, failed);
        Assert.Equal(before + 1, recorder.Database.Writer.Commits);
        Assert.Equal(45 * 3 + 1, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Cancelled_before_its_turn_a_save_is_not_written()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var goOn = await HoldWriterAsync(recorder);
        using var cancellation = new CancellationTokenSource();
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        goOn.Set();
        Assert.Equal([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Closed_cleanly_and_opened_again_at_once()
    {
        for (var round = 1; round <= 10; round++)
        {
            var recorders = Enumerable.Range(0, 3).Select(_ => Open()).ToList();
            await Task.WhenAll(recorders.Select(recorder => Task.Run(async () =>
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true);
                await recorder.GetMaxPositionAsync();
                await recorder.DisposeAsync();
            }, Token)));
            Assert.False(File.Exists(Path + "-wal"));
            Assert.False(File.Exists(Path + "-shm"));
            Assert.Equal(round * 3L, Query("SELECT count(*) FROM contract_events"));
            Assert.Equal("ok", Query("PRAGMA integrity_check"));
        }

        File.Delete(Path);
        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task Every_event_of_a_save_has_its_append_id_and_ids_differ()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 2), true, Token);
        Assert.Equal(2L, Query("SELECT count(DISTINCT append_id) FROM contract_events WHERE length(append_id) = 16"));
        Assert.Equal(5L, Query("SELECT count(append_id) FROM contract_events"));

        // More ids than one random number serves for, and then an id of another writer, since open recorders share one.
        for (var i = 0; i < 600; i++)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 1), true, Token);
        }

        await recorder.DisposeAsync();
        await using var again = Open();
        await again.InsertEventsAsync(Events(Guid.NewGuid(), count: 1), true, Token);
        Assert.Equal(603L, Query("SELECT count(DISTINCT append_id) FROM contract_events WHERE length(append_id) = 16"));
    }

    [Fact]
    public async Task Positions_are_not_used_again()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
        Query("DELETE FROM contract_events WHERE id = 3");
        Assert.Equal([4L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
    }

    [Fact]
    public async Task Gate_lets_in_one_after_the_other_and_skips_the_cancelled()
    {
        var gate = new FileGate();
        await gate.EnterAsync(Token);
        using var cancellation = new CancellationTokenSource();
        var order = new List<int>();
        var waiting = Enumerable.Range(0, 3).Select(async i =>
        {
            await gate.EnterAsync(i == 1 ? cancellation.Token : default);
            order.Add(i);
            gate.Exit();
        }).ToList();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[1]);
        Assert.Empty(order);
        gate.Exit();
        await Task.WhenAll(waiting[0], waiting[2]);
        Assert.Equal([0, 2], order);
        gate.Enter();
        gate.Exit();
    }

    [Fact]
    public async Task Outer_transaction_at_the_gate_holds_saves_up()
    {
        await using var recorder = Open("?busy_timeout=60000");
        await recorder.OpenAsync(Token);
        await recorder.Database.Gate.EnterAsync(Token);
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        using (var connection = Connect())
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            await Task.Delay(50, Token);
            Assert.False(save.IsCompleted);
            transaction.Commit();
        }

        recorder.Database.Gate.Exit();
        await save;
    }

    [Fact]
    public async Task Log_that_grew_because_of_a_reader_becomes_small_again_when_no_save_runs()
    {
        await using var recorder = Open("?synchronous=normal");
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        var log = new FileInfo(Path + "-wal");
        using (var connection = Connect())
        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            // Its snapshot keeps the log from being used again from its beginning.
            Query(connection, "SELECT count(*) FROM sqlite_schema");
            var large = new byte[8 << 20];
            for (var i = 0; i < 9; i++)
            {
                await recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Tested", large)], true, Token);
            }

            log.Refresh();
            Assert.InRange(log.Length, 65L << 20, long.MaxValue);

            // The writer checks the log a second after the last save. The reader is still there at the first check.
            await Task.Delay(2000, Token);
        }

        for (var i = 0; i < 300 && log.Length > 64 << 20; i++, log.Refresh())
        {
            await Task.Delay(100, Token);
        }

        Assert.InRange(log.Length, 0, 64 << 20);
        Assert.Equal(10L, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task Saves_reach_the_database_itself_when_no_other_save_runs()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 20), true, Token);

        Exception? last = null;
        for (var i = 0; i < 300; i++)
        {
            try
            {
                // An immutable database is read without its log and without a lock.
                using var connection = new SqliteConnection($"Data Source=file:{Path}?immutable=1;Pooling=False");
                connection.Open();
                if (Query(connection, $"SELECT count(*) FROM \"{recorder.Sql.Table}\"") is 20L)
                {
                    return;
                }
            }
            catch (SqliteException exception)
            {
                // The table isn't there yet, or half of the log is in the file because the writer is moving the rest.
                last = exception;
            }

            await Task.Delay(100, Token);
        }

        Assert.Fail($"After 30 seconds the events were in the log alone. {last}");
    }
}
