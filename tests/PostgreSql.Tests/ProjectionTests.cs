using System.Diagnostics;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Runners of projections that lose a projection, their connection or the server.</summary>
public sealed class ProjectionTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    [Theory]
    [InlineData("UPDATE clinic_projections SET fence = fence + 1, owner = 'another', lease_until = clock_timestamp() + interval '3 seconds' WHERE name = 'diary'")]
    [InlineData("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%diary%'")]
    public async Task Nothing_is_stored_by_a_runner_that_has_lost_the_projection_or_its_connection(string loss)
    {
        await using var clinic = await Clinic.OpenAsync(Database.Url, new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(1) }, Token);
        Query(DiaryTable.Create);
        var (pup, trick) = (new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch), $"trick {Guid.NewGuid():N}");
        pup.Learn("sit");
        pup.Learn(trick);
        await clinic.SaveAsync(pup, Token);
        var gate = Diary.Gates[trick] = (new(), new());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = clinic.Projections.RunAsync(stop.Token);
        await gate.Called.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Query(loss);
        gate.GoOn.SetResult();

        await clinic.Projections.WaitForAsync("diary", 3, TimeSpan.FromSeconds(60), Token);
        Assert.Equal(2, Diary.Calls[trick]);
        Assert.Equal(2, Count("SELECT count(*) FROM diary WHERE projection = 'diary'"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>The Python package's test 17, reversed: there, the other process ends. The cases of the recorder contract answer tests 14 to 16.</summary>
    [Fact]
    public async Task Pythons_test_17_reversed_A_runner_in_another_process_goes_on_after_its_connections_were_closed()
    {
        await using var kennel = await Kennel.OpenAsync(Database.Url, cancellationToken: Token);
        using var runner = ChildProgram.Start("CrashWriter", Database.Url, [0, 0]);
        try
        {
            Assert.Equal("ready", await runner.StandardOutput.ReadLineAsync(Token));
            var pup = new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch);
            for (var i = 1; i <= 8; i++)
            {
                pup.Learn("sit");
                pup.Learn($"trick {i}");
                var saved = await kennel.SaveAsync(pup, Token);
                if (i % 2 == 0)
                {
                    // While the runner processes them, and after that.
                    await kennel.Views.TrickCount.WaitForAsync(saved[^1].Position, TimeSpan.FromSeconds(60), Token);
                }

                await Task.Delay(i * 2, Token);
                var closed = Count("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
                Assert.True(closed > 1);
            }

            pup.Learn("sit");
            var last = (await kennel.SaveAsync(pup, Token))[^1].Position;
            Assert.Equal(9, (await kennel.Views.TrickCount.GetAsync("sit", last, TimeSpan.FromSeconds(60), Token))!.Pups);
            Assert.Equal(17, (await kennel.Views.PupRow.GetAsync(pup.Id, last, TimeSpan.FromSeconds(60), Token))!.Tricks);
            Assert.False(runner.HasExited, "The runner ended by itself.");
        }
        finally
        {
            runner.Kill();
        }
    }

    [Fact]
    public async Task Rows_that_are_built_again_have_the_privileges_and_indexes_of_those_in_use()
    {
        await using var ranch = await Ranch.OpenAsync(Database.Url, new EventStoreOptions(), Token);
        var role = $"reader \"{Guid.NewGuid():N}";
        var quoted = $"\"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        Query($"CREATE ROLE {quoted} NOLOGIN");
        try
        {
            Query($"GRANT SELECT ON ranch_stalls TO {quoted} WITH GRANT OPTION");
            Query("GRANT UPDATE ON ranch_stalls TO PUBLIC");
            await ranch.SaveAsync(new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch), Token);
            var indexes = Count("SELECT count(*) FROM pg_indexes WHERE tablename = 'ranch_stalls'");
            for (var i = 0; i < 2; i++)
            {
                await ranch.Projections.RebuildAsync("stalls", cancellationToken: Token);
                var privileges = "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = 'ranch_stalls' AND ";
                Assert.Equal(1, Count($"{privileges} grantee = '{role}' AND privilege_type = 'SELECT' AND is_grantable = 'YES'"));
                Assert.Equal(1, Count($"{privileges} grantee = 'PUBLIC' AND privilege_type = 'UPDATE' AND is_grantable = 'NO'"));
                Assert.Equal(0, Count($"{privileges} grantee = '{role}' AND privilege_type <> 'SELECT'"));
                Assert.Equal(indexes, Count("SELECT count(*) FROM pg_indexes WHERE tablename = 'ranch_stalls'"));
            }
        }
        finally
        {
            Query($"DROP OWNED BY {quoted}");
            Query($"DROP ROLE {quoted}");
        }
    }

    [Fact]
    public async Task A_runner_goes_on_soon_after_the_server_has_returned()
    {
        using var server = new PostgreSqlServer();
        using var database = new PostgreSqlDatabase(server);
        await using var clinic = await Clinic.OpenAsync(database.Url, new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(1) }, Token);
        database.Query(DiaryTable.Create);
        var pup = new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = clinic.Projections.RunAsync(stop.Token);
        foreach (var seconds in TestRounds.Of(1, 3) == 1 ? [1] : (int[])[1, 10, 60])
        {
            pup.Learn($"before {seconds}");
            await WaitAsync((await clinic.SaveAsync(pup, Token))[^1].Position);
            server.Stop(seconds == 10 ? "immediate" : "fast");
            await Task.Delay(TimeSpan.FromSeconds(seconds), Token);

            // The status is that of the database, so there is none.
            await Assert.ThrowsAnyAsync<StoreException>(() => clinic.Projections.GetStatusAsync(Token).AsTask());
            server.Start();
            var time = Stopwatch.StartNew();
            pup.Learn($"after {seconds}");
            var saved = await clinic.SaveAsync(pup, Token);
            var save = time.Elapsed;
            await WaitAsync(saved[^1].Position);
            output.WriteLine($"away for {seconds} s: a save after {save.TotalSeconds:0.0} s, all projections after {time.Elapsed.TotalSeconds:0.0} s");

            // The aim is 2 s; this machine may be busy.
            Assert.InRange(time.Elapsed.TotalSeconds, 0, 20);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        async Task WaitAsync(long? position)
        {
            foreach (var projection in (string[])["diary", "parking_diary", "parking", "skipping_diary", "late_diary"])
            {
                await clinic.Projections.WaitForAsync(projection, position, TimeSpan.FromSeconds(60), Token);
            }
        }
    }

    [Fact]
    public async Task A_wait_goes_on_while_the_server_is_away()
    {
        using var server = new PostgreSqlServer();
        using var database = new PostgreSqlDatabase(server);
        await using var kennel = await Kennel.OpenAsync(database.Url, cancellationToken: Token);
        await using var unopened = Kennel.Create(database.Url, new());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = kennel.Projections.RunAsync(stop.Token);
        var pup = new Pup(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch);
        pup.Learn("sit");
        var before = (await kennel.SaveAsync(pup, Token))[^1].Position;
        await kennel.Tracking.TrackAsync(new("upstream", 1), Token);
        await kennel.Views.PupRow.WaitForAsync(before, TimeSpan.FromSeconds(60), Token);
        var waits = Start(kennel, TimeSpan.FromMinutes(2));
        await Task.Delay(100, Token);
        server.Stop("fast");
        try
        {
            waits.AddRange([.. Start(kennel, TimeSpan.FromMinutes(2)), .. Start(unopened, TimeSpan.FromMinutes(2))]);
            var ended = Start(kennel, TimeSpan.FromSeconds(1));
            ended.AddRange(Start(unopened, TimeSpan.FromSeconds(1)));
            foreach (var wait in ended)
            {
                var timeout = await Assert.ThrowsAsync<TrackingTimeoutException>(() => wait);
                Assert.IsType<TransientStoreException>(timeout.InnerException);
                Assert.EndsWith("can't be read.", timeout.Message, StringComparison.Ordinal);
                Assert.True(timeout.IsTransient);
            }

            Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        }
        finally
        {
            // Also after a failure, so that the database can be dropped.
            server.Start();
        }

        pup.Learn("jump");
        await kennel.SaveAsync(pup, Token);
        await kennel.Tracking.TrackAsync(new("upstream", 2), Token);
        await Task.WhenAll(waits);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        List<Task> Start(Kennel waiter, TimeSpan time) =>
        [
            waiter.Tracking.WaitForAsync("upstream", 2, time, Token).AsTask(),
            waiter.Views.PupRow.GetAsync(pup.Id, before + 1, time, Token).AsTask(),
            waiter.Projections.WaitForAsync("tricks", before + 1, time, Token).AsTask(),
        ];
    }
}
