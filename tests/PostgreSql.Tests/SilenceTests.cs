using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A server that no longer answers, or can't be reached: callers get an error in time, regardless of other callers.</summary>
public sealed class SilenceTests : IDisposable
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SaveTimeout = TimeSpan.FromSeconds(4);

    // For a busy machine. Without the timeouts, a call would wait for minutes.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(15);

    // For tests of cancellation: no timeout passes before Late.
    private static readonly EventStoreOptions Patient = new() { ReadTimeout = TimeSpan.FromSeconds(60), SaveTimeout = TimeSpan.FromSeconds(60) };

    private readonly PostgreSqlServer _server = new();
    private readonly PostgreSqlDatabase _database;
    private readonly SilentProxy _proxy;

    public SilenceTests()
    {
        _database = new PostgreSqlDatabase(_server);
        _proxy = new SilentProxy(_server.Port);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _proxy.Dispose();
        _database.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Every_reading_ends_after_ReadTimeout_with_a_transient_error()
    {
        await using var recorder = await OpenAsync();
        await using var fresh = Create();
        _proxy.FallSilent();
        Func<Task>[] readings =
        [
            () => recorder.SelectEventsAsync(Guid.NewGuid(), cancellationToken: Token).AsTask(),
            () => recorder.SelectNotificationsAsync(100, cancellationToken: Token).AsTask(),
            () => recorder.GetMaxPositionAsync(Token).AsTask(),
            () => fresh.GetMaxPositionAsync(Token).AsTask(), // opens the store first
        ];
        var time = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            var failure = await Assert.ThrowsAsync<TransientStoreException>(readings[i % readings.Length]);
            Assert.InRange(time.Elapsed, TimeSpan.Zero, ReadTimeout + Late);
            // Opening may fail earlier with an error of the connection.
            if (i % readings.Length != 3)
            {
                Assert.Contains("ReadTimeout", failure.Message, StringComparison.Ordinal);
            }
        }, Token)));

        // The connections come back when the server does.
        _proxy.SpeakAgain();
        await ReadSoonAsync(recorder);
    }

    [Fact]
    public async Task The_cancellation_of_a_reading_does_not_wait_for_the_server()
    {
        await using var recorder = await OpenAsync(Patient);
        _proxy.FallSilent();
        using var cancellation = new CancellationTokenSource();
        var readings = Enumerable.Range(0, 8).Select(_ => recorder.GetMaxPositionAsync(cancellation.Token).AsTask()).ToList();
        await Task.Delay(200, Token);
        var time = Stopwatch.StartNew();
        cancellation.Cancel();
        foreach (var reading in readings)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        Assert.InRange(time.Elapsed, TimeSpan.Zero, Late);
        _proxy.SpeakAgain();
        await ReadSoonAsync(recorder);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Transactions_wait_no_longer_than_saves_and_readings(bool isBegun)
    {
        await using var thing = await OpenApplicationAsync();
        await using (await thing.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            // Leaves an idle connection in the pool.
        }

        await using var before = isBegun ? await thing.Recorder.BeginTransactionAsync(cancellationToken: Token) : null;
        if (isBegun)
        {
            await thing.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
        }

        _proxy.FallSilent();
        var time = Stopwatch.StartNew();
        if (isBegun)
        {
            await Assert.ThrowsAnyAsync<StoreException>(() => before!.FlushAsync(Token).AsTask());
            Assert.InRange(time.Elapsed, TimeSpan.Zero, SaveTimeout + Late);
        }
        else
        {
            await Assert.ThrowsAsync<TransientStoreException>(() => thing.Recorder.BeginTransactionAsync(readOnly: true, cancellationToken: Token).AsTask());
            Assert.InRange(time.Elapsed, TimeSpan.Zero, ReadTimeout + Late);
            time.Restart();
            await Assert.ThrowsAsync<TransientStoreException>(() => thing.Recorder.BeginTransactionAsync(cancellationToken: Token).AsTask());
            Assert.InRange(time.Elapsed, TimeSpan.Zero, SaveTimeout + Late);
        }

        _proxy.SpeakAgain();
    }

    [Fact]
    public async Task The_cancellation_of_the_beginning_of_a_transaction_does_not_wait_for_the_server()
    {
        await using var thing = await OpenApplicationAsync(Patient);
        _proxy.FallSilent();
        using var cancellation = new CancellationTokenSource(200);
        var time = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => thing.Recorder.BeginTransactionAsync(cancellationToken: cancellation.Token).AsTask());
        Assert.InRange(time.Elapsed, TimeSpan.Zero, Late);
        _proxy.SpeakAgain();
    }

    [Fact]
    public async Task A_reading_in_a_transaction_ends_after_ReadTimeout()
    {
        await using var thing = await OpenApplicationAsync();
        await using var transaction = await thing.Recorder.BeginTransactionAsync(cancellationToken: Token);
        _proxy.FallSilent();
        var time = Stopwatch.StartNew();
        await Assert.ThrowsAsync<TransientStoreException>(() => thing.NotificationLog.GetMaxPositionAsync(Token).AsTask());
        Assert.InRange(time.Elapsed, TimeSpan.Zero, ReadTimeout + Late);
        _proxy.SpeakAgain();
    }

    [Fact]
    public async Task Saves_end_in_time_beside_readers_a_subscription_and_health_checks()
    {
        await using var recorder = await OpenAsync();
        await using var thing = await OpenApplicationAsync();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = 0;
        var following = Task.Run(async () =>
        {
            await foreach (var _ in thing.NotificationLog.SubscribeAsync(cancellationToken: stopping.Token))
            {
                Interlocked.Increment(ref seen);
            }
        }, Token);
        await recorder.InsertEventsAsync(Event(), true, Token);
        await Waiting.UntilAsync(() => Volatile.Read(ref seen) == 1);

        _proxy.FallSilent();
        using var readingLimit = new CancellationTokenSource(SaveTimeout * 2);
        var readers = Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            while (!readingLimit.IsCancellationRequested)
            {
                // Half of them cancel by themselves, as health checks do.
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(i % 2 == 0 ? 0.5 : 60));
                try
                {
                    await recorder.GetMaxPositionAsync(limit.Token);
                }
                catch (Exception exception) when (exception is TransientStoreException or OperationCanceledException)
                {
                }
            }
        }, Token)).ToList();
        var late = new ConcurrentBag<TimeSpan>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!readingLimit.IsCancellationRequested)
            {
                var time = Stopwatch.StartNew();
                var failure = await Assert.ThrowsAnyAsync<StoreException>(() => recorder.InsertEventsAsync(Event(), true, Token).AsTask());
                Assert.True(failure is InDoubtException or TransientStoreException, failure.ToString());
                late.Add(time.Elapsed - SaveTimeout);
            }
        }, Token)));
        Assert.InRange(late.Max(), TimeSpan.MinValue, Late);
        await Task.WhenAll(readers);

        _proxy.SpeakAgain();
        await ReadSoonAsync(recorder);
        var before = Volatile.Read(ref seen);
        await recorder.InsertEventsAsync(Event(), true, Token);
        await Waiting.UntilAsync(() => Volatile.Read(ref seen) > before);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_do_not_storm_a_server_that_refuses_connections(bool isOpen)
    {
        await using var recorder = isOpen ? await OpenAsync() : Create();
        _proxy.Refuses = true;
        _proxy.Cut();
        var before = _proxy.Accepted;
        var time = Stopwatch.StartNew();
        var failures = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            while (time.Elapsed < TimeSpan.FromSeconds(3))
            {
                await Assert.ThrowsAsync<TransientStoreException>(() => recorder.GetMaxPositionAsync(Token).AsTask());
                Interlocked.Increment(ref failures);
            }
        }, Token)));
        TestContext.Current.TestOutputHelper!.WriteLine($"{_proxy.Accepted - before} connections, {failures} failed readings in {time.Elapsed.TotalSeconds:F1} s");
        Assert.InRange(_proxy.Accepted - before, 1, 150);
        _proxy.Refuses = false;
        time.Restart();
        await ReadSoonAsync(recorder);
        Assert.InRange(time.Elapsed, TimeSpan.Zero, Late);
    }

    private static StoredEvent<Guid>[] Event() => [new(Guid.NewGuid(), 1, "GuidThing.Made", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"x"}"""u8.ToArray())];

    private static async Task ReadSoonAsync(IApplicationRecorder<Guid> recorder)
    {
        for (var time = Stopwatch.StartNew(); ; await Task.Delay(50, Token))
        {
            try
            {
                await recorder.GetMaxPositionAsync(Token);
                return;
            }
            catch (TransientStoreException) when (time.Elapsed < TimeSpan.FromSeconds(20))
            {
            }
        }
    }

    private string Url => _database.UrlAt("127.0.0.1", _proxy.Port);

    private static EventStoreOptions Options => new() { ReadTimeout = ReadTimeout, SaveTimeout = SaveTimeout };

    private Task<GuidApplication> OpenApplicationAsync(EventStoreOptions? options = null) => GuidApplication.OpenAsync(Url, options ?? Options, cancellationToken: Token).AsTask();

    private IApplicationRecorder<Guid> Create(EventStoreOptions? options = null) => GeneratedRecorders.WithGuidsAt(Url, options ?? Options);

    private async Task<IApplicationRecorder<Guid>> OpenAsync(EventStoreOptions? options = null)
    {
        var recorder = Create(options);
        await recorder.OpenAsync(Token);

        // Several connections, so that some are idle and some are new.
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => recorder.GetMaxPositionAsync(Token).AsTask()));
        return recorder;
    }
}
