using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Tracked positions in the session of a context: stored with its rows, or not at all.</summary>
public sealed class TrackingTests : SessionTestBase
{
    public static TheoryData<string, bool, bool> Effects
    {
        get
        {
            var data = new TheoryData<string, bool, bool>();
            foreach (var engine in new[] { "sqlite", "postgresql" })
            {
                data.Add(engine, true, false);
                data.Add(engine, false, true);
                data.Add(engine, true, true);
                data.Add(engine, false, false);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task A_position_is_committed_with_SaveChanges(string engine, bool hasEvents, bool hasRows)
    {
        await OpenAsync(engine);
        for (var position = 1; position <= 2; position++)
        {
            await ProcessAsync(position, hasEvents, hasRows, isExplicit: position == 2);
            Assert.Equal(position, await School.Tracking.GetPositionAsync("upstream", Token));
        }

        Assert.Equal((hasRows ? 2 : 0, hasEvents ? 2 : 0), (Engine.CountOwners(), Engine.CountEvents()));
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task A_position_that_another_runner_has_tracked_undoes_SaveChanges(string engine, bool hasEvents, bool hasRows)
    {
        await OpenAsync(engine);
        foreach (var isExplicit in (bool[])[false, true])
        {
            await Assert.ThrowsAsync<AlreadyTrackedException>(() => ProcessAsync(
                isExplicit ? 2 : 1, hasEvents, hasRows, isExplicit, () => School.Tracking.TrackAsync(new("upstream", isExplicit ? 2 : 1), Token)));
            Assert.Equal((0, 0), (Engine.CountOwners(), Engine.CountEvents()));
            Assert.Equal(isExplicit ? 2 : 1, await School.Tracking.GetPositionAsync("upstream", Token));
        }
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task After_a_refused_position_no_SaveChanges_stores_the_effect(string engine, bool hasEvents, bool hasRows)
    {
        await OpenAsync(engine);
        await School.Tracking.TrackAsync(new("upstream", 5), Token);
        await using var context = CreateContext();
        var session = context.GetEventSession(School);
        using (session.Use())
        {
            if (hasEvents)
            {
                await School.RegisterAsync("Fido");
            }

            await Assert.ThrowsAsync<AlreadyTrackedException>(() => School.Tracking.TrackAsync(new("upstream", 5), Token).AsTask());
        }

        if (hasRows)
        {
            context.Add(new Owner { Name = "Ada" });
        }

        for (var attempt = 0; attempt < 3; attempt++)
        {
            var refusal = await Assert.ThrowsAnyAsync<EventSourcingException>(() => context.SaveChangesAsync(Token));
            Assert.True(refusal is AlreadyTrackedException || refusal.InnerException is AlreadyTrackedException, refusal.ToString());
        }

        Assert.Equal((0, 0), (Engine.CountOwners(), Engine.CountEvents()));

        // Without the effect, the session can be used again.
        await session.RollbackAsync();
        context.ChangeTracker.Clear();
        await context.SaveChangesAsync(Token);
        Assert.Equal(5, await School.Tracking.GetPositionAsync("upstream", Token));
    }

    private async Task ProcessAsync(long position, bool hasEvents, bool hasRows, bool isExplicit, Func<ValueTask>? meanwhile = null)
    {
        await using var context = CreateContext();
        using (context.GetEventSession(School).Use())
        {
            if (hasEvents)
            {
                await School.RegisterAsync($"Dog {position}");
            }

            if (hasRows)
            {
                context.Add(new Owner { Name = $"Owner {position}" });
            }

            await School.Tracking.TrackAsync(new("upstream", position), Token);
        }

        if (meanwhile is not null)
        {
            await meanwhile();
        }

        if (!isExplicit)
        {
            await context.SaveChangesAsync(Token);
            return;
        }

        await using var transaction = await context.Database.BeginTransactionAsync(Token);
        await context.SaveChangesAsync(Token);
        await transaction.CommitAsync(Token);
    }
}
