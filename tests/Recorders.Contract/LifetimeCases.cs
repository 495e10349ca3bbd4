using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using static Recorders.Contract.ContractCase;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

internal static class LifetimeCases
{
    public static IEnumerable<ContractCase> All =>
    [
        WithRecorder("Lifetime: opening twice, and at once from many tasks", async recorder =>
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await recorder.OpenAsync())));
            await recorder.OpenAsync();
            Check.Equal(null, await recorder.GetMaxPositionAsync());
        }),
        WithRecorder("Lifetime: the first call of any kind opens the store", async recorder =>
            Check.Sequence([1L], await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1)))),
        WithRecorder("Lifetime: a cancelled call writes nothing", async recorder =>
        {
            await recorder.OpenAsync();
            using var cancelled = new CancellationTokenSource();
            await cancelled.CancelAsync();
            var id = Guid.NewGuid();
            await Check.ThrowsAsync<OperationCanceledException>(() => recorder.InsertEventsAsync(Events(id, 1, 1), true, cancelled.Token).AsTask());
            await Check.ThrowsAsync<OperationCanceledException>(() => recorder.SelectEventsAsync(id, cancellationToken: cancelled.Token).AsTask());
            await Check.ThrowsAsync<OperationCanceledException>(() => recorder.SelectNotificationsAsync(1, cancellationToken: cancelled.Token).AsTask());
            await Check.ThrowsAsync<OperationCanceledException>(() => recorder.GetMaxPositionAsync(cancelled.Token).AsTask());
            Check.Equal(null, await recorder.GetMaxPositionAsync());
        }),
        WithRecorder("Lifetime: cancelled while others save: written as a whole or not at all", async recorder =>
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
            {
                var id = Guid.NewGuid();
                using var cancellation = new CancellationTokenSource();
                var saving = recorder.InsertEventsAsync(Events(id, 1, 3), true, cancellation.Token).AsTask();
                if (i % 2 == 0)
                {
                    await cancellation.CancelAsync();
                }
                var isSaved = true;
                try
                {
                    await saving;
                }
                catch (OperationCanceledException)
                {
                    isSaved = false;
                }

                Check.Equal(isSaved ? 3 : 0, (await recorder.SelectEventsAsync(id)).Count);
            })));
        }),
        new("Lifetime: calls after the disposal fail", async fixture =>
        {
            var recorder = fixture.WithGuids();
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1));
            await recorder.DisposeAsync();
            await recorder.DisposeAsync();
            await Check.ThrowsAsync<ObjectDisposedException>(() => recorder.OpenAsync().AsTask());
            await Check.ThrowsAsync<ObjectDisposedException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 1)).AsTask());
            await Check.ThrowsAsync<ObjectDisposedException>(() => recorder.SelectEventsAsync(Guid.NewGuid()).AsTask());
            await Check.ThrowsAsync<ObjectDisposedException>(() => recorder.SelectNotificationsAsync(1).AsTask());
            await Check.ThrowsAsync<ObjectDisposedException>(() => recorder.GetMaxPositionAsync().AsTask());
        }),
        new("Lifetime: saves that wait at the disposal end with success or with a typed error", async fixture =>
        {
            var recorder = fixture.WithGuids();
            await recorder.OpenAsync();
            var saves = Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
            {
                var id = Guid.NewGuid();
                try
                {
                    await recorder.InsertEventsAsync(Events(id, 1, 2), true);
                    return id;
                }
                catch (ObjectDisposedException)
                {
                    return Guid.Empty;
                }
            })).ToList();
            await Task.WhenAny(saves);
            await recorder.DisposeAsync();
            var ids = (await Task.WhenAll(saves)).Where(id => id != Guid.Empty).ToList();
            if (!fixture.KeepsEvents)
            {
                return;
            }
            await using var again = fixture.WithGuids();
            Check.Equal(ids.Count * 2L, await again.GetMaxPositionAsync());
            foreach (var id in ids)
            {
                Check.Equal(2, (await again.SelectEventsAsync(id)).Count);
            }
        }),
        new("Lifetime: a later recorder goes on", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }
            var id = Guid.NewGuid();
            for (var version = 1; version <= 3; version++)
            {
                await using var recorder = fixture.WithGuids();
                Check.Equal(version - 1, (await recorder.SelectEventsAsync(id)).Count);
                Check.Sequence([(long)version], await recorder.InsertEventsAsync([Event(id, version)], true));
            }
        }),
        new("Lifetime: a file that is renamed or overwritten under the store is noticed", async fixture =>
        {
            // Only on Linux: other systems report less about a file.
            if (fixture is not SqliteFileFixture { Path: var path } || !OperatingSystem.IsLinux())
            {
                return;
            }
            await using (var recorder = fixture.WithGuids())
            {
                await recorder.OpenAsync();
            }
            File.Copy(path, path + ".backup");
            foreach (var isRenamed in new[] { true, false })
            {
                await using var recorder = fixture.WithGuids();
                var id = Guid.NewGuid();
                await recorder.InsertEventsAsync(Events(id, 1, 30), true);
                await recorder.SelectEventsAsync(Guid.NewGuid());
                if (isRenamed)
                {
                    File.Move(path, path + ".renamed");
                }
                else
                {
                    File.Copy(path + ".backup", path, overwrite: true);
                }
                await Check.ThrowsAsync<StoreFileReplacedException>(() => recorder.InsertEventsAsync(Events(id, 31, 1), true).AsTask());
                await Check.ThrowsAsync<StoreFileReplacedException>(() => recorder.SelectEventsAsync(Guid.NewGuid()).AsTask());
            }
        }),
    ];
}
