using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>
/// The file of an open store, or one beside it, is deleted, renamed, replaced or overwritten. After that no save is acknowledged, no
/// save that was acknowledged before is lost, and the file that replaces it stays as it is.
/// On Linux; Windows doesn't let an open database be deleted or renamed, and elsewhere only the database itself is looked at.
/// </summary>
public sealed class SqliteReplacedFileTests : SqliteTestBase
{
    private string Aside => Folder + "/aside.db";

    private string Backup => Folder + "/backup.db";

    public static TheoryData<string, bool> Ways => [.. new[] { "delete", "rename", "rename all", "replace", "overwrite", "log", "index", "log and index" }
        .SelectMany(way => new TheoryDataRow<string, bool>[] { new(way, false), new(way, true) })];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Later_calls_are_refused_and_stored_events_are_kept(string way, bool isInLog)
    {
        var early = Guid.NewGuid();
        var late = Guid.NewGuid();
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(early, count: 3), true, Token);
            Query($"VACUUM INTO '{Backup}'");
            for (var version = 1; version <= 20; version++)
            {
                await recorder.InsertEventsAsync(Events(late, version), true, Token);
            }

            if (!isInLog)
            {
                await PragmaAsync(recorder, "wal_checkpoint(FULL)");
            }

            Assert.Empty(await recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token));
            Replace(way);

            // Every kind of next call.
            var refused = new List<Func<Task>>
            {
                () => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask(),
                () => recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token).AsTask(),
                () => recorder.SelectNotificationsAsync(10, 1000, cancellationToken: Token).AsTask(),
                () => Task.WhenAll(Enumerable.Range(0, 5).Select(_ => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask())),
                () => Subscribing.TakeAsync(Subscribing.Log(recorder), 23, 1),
                async () => await (await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token)).DisposeAsync(),
            };
            for (var i = 0; i < refused.Count; i++)
            {
                var failure = await Assert.ThrowsAsync<StoreFileReplacedException>(refused[(i + way.Length) % refused.Count]);
                Assert.False(failure.IsTransient);
            }
        }

        // The old file is complete, wherever it is, and the file that replaces it is unchanged.
        if (way is "rename" or "rename all")
        {
            AssertHas(Aside, 23);
        }

        if (way is "replace" or "overwrite")
        {
            AssertHas(Path, 3);
        }
        else if (way is not ("delete" or "rename" or "rename all"))
        {
            AssertHas(Path, 23);
        }

        await using var again = Open();
        var there = way is "replace" or "overwrite" ? 3 : way is "log" or "index" or "log and index" ? 23 : 0;
        Assert.Equal(there, (await again.SelectNotificationsAsync(100, cancellationToken: Token)).Count);
        await again.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Fact]
    public async Task Overwritten_between_the_opening_and_the_first_save_it_is_refused()
    {
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
            Query($"VACUUM INTO '{Backup}'");
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
            Replace("overwrite");
            await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        }

        AssertHas(Path, 3);
    }

    [Fact]
    public async Task Replaced_between_the_commit_and_its_return_a_save_is_in_doubt()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await FailNextCommitAsync(recorder, commit =>
        {
            var result = commit();
            File.Move(Path, Aside);
            return result;
        });
        var failure = await Assert.ThrowsAsync<InDoubtException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.IsType<StoreFileReplacedException>(failure.InnerException);
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await recorder.DisposeAsync();
        AssertHas(Aside, 2);
    }

    [Fact]
    public async Task Replaced_between_the_commit_of_a_group_and_its_return_a_conflict_is_not_in_doubt()
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await FailNextCommitAsync(recorder, commit =>
        {
            var result = commit();
            File.Move(Path, Aside);
            return result;
        });
        var goOn = await HoldWriterAsync(recorder);
        var first = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        var conflict = recorder.InsertEventsAsync(Events(id), true, Token).AsTask();
        var last = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        goOn.Set();
        Assert.Equal(7, (await Assert.ThrowsAsync<InDoubtException>(() => first)).AppendId.Version);
        await Assert.ThrowsAsync<ConcurrencyException>(() => conflict);
        await Assert.ThrowsAsync<InDoubtException>(() => last);
        await recorder.DisposeAsync();
        AssertHas(Aside, 3);
    }

    [Fact]
    public async Task Replaced_between_the_commit_of_a_transaction_and_its_return_it_is_in_doubt()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
        ((OwnTransaction<Guid>)session).Transaction.Session.CommitFault = commit =>
        {
            var result = commit();
            File.Move(Path, Aside);
            return result;
        };
        var failure = await Assert.ThrowsAsync<InDoubtException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
        Assert.IsType<StoreFileReplacedException>(failure.InnerException);
        Assert.Equal(7, failure.AppendId.Version);
        Assert.False(session.IsUsable);
        await session.DisposeAsync();
        await recorder.DisposeAsync();
        AssertHas(Aside, 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replaced_after_the_commit_of_a_transaction_its_events_are_kept(bool isOfTheUser)
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        if (isOfTheUser)
        {
            using var connection = Connect();
            using var transaction = connection.BeginTransaction();
            await using var session = recorder.Join(transaction);
            await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
            transaction.Commit();
            session.Committed();
        }
        else
        {
            await using var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
            await session.CommitAsync(Events(Guid.NewGuid()), Token);
        }

        File.Move(Path, Aside);
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await recorder.DisposeAsync();
        AssertHas(Aside, 2);
    }

    [Fact]
    public async Task Replaced_within_a_transaction_its_commit_is_refused()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        File.Move(Path, Aside);
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
        await session.DisposeAsync();
        await recorder.DisposeAsync();
        AssertHas(Aside, 1);
    }

    /// <summary>
    /// The log is shortened, filled with zeros, or replaced in place. The rest of it may be older than the pages that were already moved
    /// into the database, and must not overwrite them.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_log_that_was_cut_refuses_saves_and_damages_nothing(string cut, int moved)
    {
        var id = Guid.NewGuid();
        var log = Path + "-wal";
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
            Assert.Equal(0, await RunAsync("cp", log, Aside));
            await PragmaAsync(recorder, "wal_checkpoint(TRUNCATE)");
            await SaveAsync(recorder, 1, 20);
            using (var reader = new SqliteConnection($"Data Source={Path};Pooling=False"))
            {
                // The log can be moved only up to the reader's snapshot.
                reader.Open();
                using var transaction = reader.BeginTransaction(deferred: true);
                Assert.Equal(23L, Query(reader, "SELECT count(*) FROM contract_events"));
                await SaveAsync(recorder, 21, 40);
                if (moved > 0)
                {
                    await PragmaAsync(recorder, "wal_checkpoint(PASSIVE)");
                }
            }

            if (moved == 40)
            {
                await PragmaAsync(recorder, "wal_checkpoint(PASSIVE)");
            }

            var size = new FileInfo(log).Length;
            Assert.Equal(0, await RunAsync("sh", "-c", cut.Replace("LOG", $"'{log}'", StringComparison.Ordinal)
                .Replace("QUARTER", $"{size / 4}", StringComparison.Ordinal).Replace("MOST", $"{size - 5000}", StringComparison.Ordinal)
                .Replace("ALL", $"{size}", StringComparison.Ordinal).Replace("ANOTHER", $"'{Aside}'", StringComparison.Ordinal)));
            for (var i = 0; i < 3; i++)
            {
                var failure = await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
                Assert.Contains("shortened or overwritten", failure.Message, StringComparison.Ordinal);
                await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token).AsTask());
            }
        }

        await using var again = Open();
        var kept = (await again.SelectEventsAsync(id, cancellationToken: Token)).Count;
        Assert.InRange(kept, moved, 40);
        Assert.Equal(3 + kept, (await again.SelectNotificationsAsync(100, cancellationToken: Token)).Count);
        Assert.Equal("ok", Query("PRAGMA integrity_check"));
        await SaveAsync(again, kept + 1, kept + 1);

        async Task SaveAsync(SqliteRecorder<Guid> recorder, int from, int to)
        {
            for (var version = from; version <= to; version++)
            {
                await recorder.InsertEventsAsync(Events(id, version), true, Token);
            }
        }
    }

    public static TheoryData<string, int> Cuts => [.. new[] { ": > LOG", "truncate -s QUARTER LOG", "truncate -s MOST LOG", "truncate -s 0 LOG; truncate -s ALL LOG", "truncate -s 0 LOG; truncate -s 99000000 LOG", "cp ANOTHER LOG" }
        .SelectMany(cut => new TheoryDataRow<string, int>[] { new(cut, 0), new(cut, 40) }), new("truncate -s MOST LOG", 20)];

    /// <summary>The rest of the log belongs to the previous file: it must not be mixed with the file that replaces it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_was_cut_is_kept_apart_from_another_file(bool isMoved)
    {
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), count: 3), true, Token);
            Query($"VACUUM INTO '{Backup}'");
            for (var i = 0; i < 10; i++)
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            }

            if (isMoved)
            {
                await PragmaAsync(recorder, "wal_checkpoint(PASSIVE)");
            }

            Assert.Equal(0, await RunAsync("truncate", "-s", "-5000", Path + "-wal"));
            Replace("replace");
            await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        }

        Assert.NotEmpty(Directory.GetFiles(Folder, "events.db-wal.orphaned-*"));
        AssertHas(Path, 3);
    }

    [Fact]
    public async Task A_log_that_is_cut_within_a_transaction_ends_it()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
        await session.WriteAsync(Events(Guid.NewGuid()), true, Token);
        Assert.Equal(0, await RunAsync("truncate", "-s", "0", Path + "-wal"));
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask());
    }

    [Fact]
    public async Task A_log_that_SQLite_shortens_or_restarts_is_not_refused()
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id, 1), true, Token);
        using var stop = new CancellationTokenSource();
        var others = Enumerable.Range(0, 2).Select(i => Task.Run(() =>
        {
            using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
            connection.Open();
            while (!stop.IsCancellationRequested)
            {
                Query(connection, $"PRAGMA wal_checkpoint({(i == 0 ? "TRUNCATE" : "RESTART")})");
            }
        }, Token)).ToList();
        var reads = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Empty(await recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token));
            }
        }, Token);
        for (var version = 2; version <= 500; version++)
        {
            await recorder.InsertEventsAsync(Events(id, version), true, Token);
        }

        await stop.CancelAsync();
        await Task.WhenAll([.. others, reads]);
        Assert.Equal(500, await recorder.GetMaxPositionAsync(Token));
    }

    /// <param name="isFurtherUp">Whether a folder above is renamed: then only the path of the file's folder changes.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_folder_is_renamed(bool isFurtherUp)
    {
        var top = Folder + "/folder";
        var folder = isFurtherUp ? top + "/inner" : top;
        Directory.CreateDirectory(folder);
        await using var recorder = GeneratedRecorders.WithGuids($"sqlite:///{folder}/events.db");

        // Until the folder's time has settled, every check looks at the files.
        for (var i = 0; i < 5; i++)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            await Task.Delay(50, Token);
        }

        Directory.Move(top, Folder + "/other");
        Directory.CreateDirectory(folder);
        await Assert.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        await recorder.DisposeAsync();
        Assert.Empty(Directory.GetFiles(folder));
        AssertHas(isFurtherUp ? Folder + "/other/inner/events.db" : Folder + "/other/events.db", 5);
    }

    /// <summary>
    /// Closing a handle drops the locks of this process. When another process then closes the file, SQLite before 3.51 takes it for the last
    /// user and deletes the log, which is noticed like any other deletion. Later versions check a second lock.
    /// </summary>
    [Fact]
    public async Task Another_process_opens_and_closes_the_file_after_the_locks_were_dropped()
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id, count: 5), true, Token);
        File.OpenRead(Path).Dispose();
        using (var other = ChildProgram.Start("LogWriter", Url, [1, 3, 0], isConversation: true))
        {
            await other.StandardInput.WriteLineAsync();
            await other.StandardOutput.ReadToEndAsync(Token);
            await other.WaitForExitAsync(Token);
        }

        Assert.True(File.Exists(Path + "-wal"));
        Assert.Equal([9L], await recorder.InsertEventsAsync(Events(id, 6), true, Token));
        await recorder.DisposeAsync();
        AssertHas(Path, 9);
    }

    [Fact]
    public async Task A_hard_link_is_refused()
    {
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        Assert.Equal(0, await RunAsync("ln", Path, Aside));
        foreach (var path in new[] { Path, Aside })
        {
            await using var linked = GeneratedRecorders.WithGuids("sqlite:///" + path);
            Assert.Contains("hard link", (await Assert.ThrowsAsync<StoreConfigurationException>(() => linked.OpenAsync(Token).AsTask())).Message, StringComparison.Ordinal);
        }

        File.Delete(Aside);
        await using var again = Open();
        Assert.Equal(1, await again.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task A_folder_is_refused_as_a_folder()
    {
        Directory.CreateDirectory(Folder + "/folder/inner");
        foreach (var path in new[] { Folder + "/folder", Folder + "/folder/inner" })
        {
            await using var recorder = GeneratedRecorders.WithGuids("sqlite:///" + path);
            Assert.Contains("folder", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
            Assert.Contains("is a folder", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Changes_that_do_not_replace_the_file_are_accepted()
    {
        await using var recorder = Open();
        var id = Guid.NewGuid();
        for (var version = 1; version <= 50; version++)
        {
            await recorder.InsertEventsAsync(Events(id, version), true, Token);
            await recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token);
            switch (version % 5)
            {
                case 0:
                    await File.WriteAllTextAsync(Folder + "/other.txt", "", Token);
                    break;
                case 1:
                    Query($"PRAGMA wal_checkpoint({(version % 2 == 0 ? "TRUNCATE" : "PASSIVE")})");
                    break;
                case 2:
                    File.SetLastWriteTimeUtc(Path, DateTime.UtcNow.AddHours(version - 25));
                    break;
                case 3:
                    Query("UPDATE contract_events SET topic = 'Else' WHERE id = 1");
                    break;
                default:
                    await PragmaAsync(recorder, "wal_checkpoint(TRUNCATE)");
                    break;
            }
        }

        Query("VACUUM");
        await recorder.InsertEventsAsync(Events(id, 51), true, Token);
        Assert.Equal(51, (await recorder.SelectEventsAsync(id, cancellationToken: Token)).Count);
    }

    private void Replace(string way)
    {
        switch (way)
        {
            case "delete":
                File.Delete(Path);
                break;
            case "rename":
                File.Move(Path, Aside);
                break;
            case "rename all":
                foreach (var end in new[] { "", "-wal", "-shm" })
                {
                    File.Move(Path + end, Aside + end);
                }

                break;
            case "replace":
                File.Move(Backup, Path, overwrite: true);
                break;
            case "overwrite":
                // By another process, as this one must not close a handle to the file.
                Assert.Equal(0, RunAsync("cp", Backup, Path).Result);
                break;
            case "log":
                File.Delete(Path + "-wal");
                break;
            case "index":
                File.Delete(Path + "-shm");
                break;
            default:
                File.Delete(Path + "-wal");
                File.Delete(Path + "-shm");
                break;
        }
    }

    private static void AssertHas(string path, long events)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Assert.Equal("ok", Query(connection, "PRAGMA integrity_check"));
        Assert.Equal(events, Query(connection, "SELECT count(*) FROM contract_events"));
    }
}
