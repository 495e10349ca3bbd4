using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Handlers of projections whose runner loses the projection, or its connection, while they run.</summary>
public sealed class HandlerTests : PostgreSqlTestBase
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
}
