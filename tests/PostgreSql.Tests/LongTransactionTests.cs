using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>The effect of a user's transaction, held open after its first save, on the other writers of the store.</summary>
public sealed class LongTransactionTests(ITestOutputHelper output) : TransactionTestBase
{
    private const int Writers = 16;

    /// <summary>Saves are held until the commit, so the lock of the store isn't taken before.</summary>
    [Fact]
    public async Task A_long_transaction_does_not_slow_down_other_writers()
    {
        var duration = TimeSpan.FromSeconds(TestRounds.Of(3, 30));
        await using var writers = await WriterGroup.StartAsync(this);
        await Task.Delay(TimeSpan.FromMilliseconds(500), Token);
        var baseline = await writers.MeasureAsync(duration);

        await using var application = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        CreateOwners();
        var id = Guid.NewGuid();
        Latencies during;
        await using (var transaction = await application.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await application.SaveAsync(new GuidThing(id, "x"), Token);
            await using (var command = transaction.Connection.CreateCommand())
            {
                (command.Transaction, command.CommandText) = (transaction.DbTransaction, "INSERT INTO owners VALUES (1)");
                await command.ExecuteNonQueryAsync(Token);
            }

            during = await writers.MeasureAsync(duration);
            Assert.Equal("x", (await application.Repository.GetAsync<GuidThing>(id, Token)).Name);
            Assert.NotNull(Assert.Single(await transaction.CommitAsync(Token)).Position);
        }

        output.WriteLine($"{Writers} writers for {duration.TotalSeconds:F0} s each: baseline {baseline}; beside the transaction {during}; " +
            $"{during.Percentile(0.99) / baseline.Percentile(0.99):F2} times the baseline's 99th percentile");
        Assert.Equal((1, 1), (Count("SELECT count(*) FROM owners"), Count($"SELECT count(*) FROM contract_events WHERE originator_id = '{id}'")));
        // The documented limit is twice the baseline.
        Assert.InRange(during.Percentile(0.99), 0, baseline.Percentile(0.99) * 2 * 10);
    }

    /// <summary>Checks the test above: a transaction that writes at once holds the lock of the store as long as its own code runs.</summary>
    [Fact]
    public async Task A_long_transaction_that_writes_at_once_holds_up_other_writers()
    {
        var duration = TimeSpan.FromSeconds(1.5);
        await using var writers = await WriterGroup.StartAsync(this);
        await using var application = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        Latencies during, after;
        await using (var transaction = await application.Recorder.BeginTransactionAsync(cancellationToken: Token))
        {
            await application.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
            await transaction.FlushAsync(Token);
            during = await writers.MeasureAsync(duration);

            // Waiting saves are written as soon as it is committed, so the measurement begins before the commit.
            var measuring = writers.MeasureAsync(TimeSpan.FromMilliseconds(500));
            await transaction.CommitAsync(Token);
            after = await measuring;
        }

        output.WriteLine($"while the lock is held {during}; and then {after}");
        // Saves that were running when the measurement began may still succeed.
        Assert.InRange(during.Count, 0, Writers);
        Assert.InRange(after.Percentile(1), duration.TotalMilliseconds * 0.9, double.MaxValue);
    }

    /// <summary>In milliseconds, of the saves that ended within a period.</summary>
    private sealed class Latencies(IEnumerable<double> all)
    {
        private readonly double[] _all = [.. all.Order()];

        public int Count => _all.Length;

        public double Percentile(double part) => _all.Length == 0 ? 0 : _all[Math.Min(_all.Length - 1, (int)(part * _all.Length))];

        public override string ToString() => $"{Count} saves, median {Percentile(0.5):F1} ms, 99th percentile {Percentile(0.99):F1} ms, greatest {Percentile(1):F1} ms";
    }

    /// <summary>Sixteen writers that save one event after the other: for the database, as four processes with four writers each.</summary>
    private sealed class WriterGroup : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly ConcurrentQueue<double> _latencies = new();
        private readonly List<IApplicationRecorder<Guid>> _recorders = [];
        private Task _writing = Task.CompletedTask;

        public static async Task<WriterGroup> StartAsync(LongTransactionTests test)
        {
            var writers = new WriterGroup();
            for (var i = 0; i < 4; i++)
            {
                writers._recorders.Add(test.Open("", new() { LockTimeout = TimeSpan.FromSeconds(30), SaveTimeout = TimeSpan.FromMinutes(2) }));
                await writers._recorders[i].OpenAsync(Token);
            }

            writers._writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(() => writers.WriteAsync(writers._recorders[i % 4]), Token)));
            return writers;
        }

        public async Task<Latencies> MeasureAsync(TimeSpan duration)
        {
            _latencies.Clear();
            await Task.Delay(duration, Token);
            return new Latencies(_latencies);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _writing;
            foreach (var recorder in _recorders)
            {
                await recorder.DisposeAsync();
            }

            _end.Dispose();
        }

        private async Task WriteAsync(IApplicationRecorder<Guid> recorder)
        {
            while (!_end.IsCancellationRequested)
            {
                var begin = Stopwatch.GetTimestamp();
                await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
                _latencies.Enqueue(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }
    }
}
