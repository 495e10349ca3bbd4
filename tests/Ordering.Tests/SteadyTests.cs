using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using EventSourcing.Testing;
using Ordering;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>
/// A server under mixed load needs as much memory, and as many threads, handles and connections, after a while as at the beginning.
/// Stock, orders and rows agree. EVENTSOURCING_STEADY_MINUTES says how long it runs on each engine.
/// </summary>
public abstract class SteadyTests<TServer>(TServer server) : IClassFixture<TServer>
    where TServer : ShopServer
{
    private const int Workers = 8;

    private static readonly TimeSpan Time = double.TryParse(
        Environment.GetEnvironmentVariable("EVENTSOURCING_STEADY_MINUTES"), CultureInfo.InvariantCulture, out var minutes)
            ? TimeSpan.FromMinutes(minutes)
            : TimeSpan.FromSeconds(TestRounds.Of(15, 600));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mixed_load_needs_no_more_after_a_while_than_at_the_beginning()
    {
        var windows = Time.TotalSeconds < 60 ? 6 : 24;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var watching = WatchAsync(stop.Token);
        var workers = Enumerable.Range(0, Workers).Select(i => new Worker(server, TestRounds.Random(i))).ToList();
        var needs = new List<Needs>();
        for (var i = 0; i < windows; i++)
        {
            using var window = CancellationTokenSource.CreateLinkedTokenSource(Token);
            window.CancelAfter(Time / windows);
            await Task.WhenAll(workers.Select(w => Task.Run(() => w.RunAsync(window.Token), Token)));
            needs.Add(await MeasureAsync());
        }

        var requests = workers.Sum(w => w.Requests);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{typeof(TServer).Name}: {requests} requests in {Time.TotalSeconds:0} s; after each part {string.Join(", ", needs)}; seed {TestRounds.Seed}"));

        // The first third warms up: code is compiled, pools fill.
        var (before, after) = (needs[(windows / 3)..(windows * 2 / 3)], needs[(windows * 2 / 3)..]);
        Assert.True(after.Min(n => n.Memory) <= before.Max(n => n.Memory) * 1.1 + 1_000_000, "The memory grows.");
        Assert.True(after.Min(n => n.Threads) <= before.Max(n => n.Threads) + 4, "The number of threads grows.");
        Assert.True(after.Min(n => n.Handles) <= before.Max(n => n.Handles) + 4, "The number of handles grows.");
        Assert.True(after.Min(n => n.Connections) <= before.Max(n => n.Connections) + 2, "The number of connections grows.");

        await CheckAsync(workers);
        var end = await server.Shop.NotificationLog.GetMaxPositionAsync(Token);
        for (var time = Stopwatch.StartNew(); Volatile.Read(ref _seen) < end; await Task.Delay(20, Token))
        {
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(30), $"The subscription is at {_seen} of {end}.");
        }

        await stop.CancelAsync();
        await watching;
    }

    private long _seen;

    /// <summary>A subscription that runs as long as the load.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var recording in server.Shop.NotificationLog.SubscribeAsync(cancellationToken: cancellationToken))
            {
                Assert.True(recording.Position > _seen);
                Volatile.Write(ref _seen, recording.Position!.Value);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The subscription ends by cancellation.
        }
    }

    private async Task<Needs> MeasureAsync()
    {
        await Task.Delay(500, Token); // cancelled requests are still ending
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        var handles = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : process.HandleCount;
        return new(memory, process.Threads.Count, handles, server.CountConnections());
    }

    private async Task CheckAsync(List<Worker> workers)
    {
        var placed = await server.Shop.NotificationLog.ReadAllAsync(topics: Topics.Of<Order.Placed>(), cancellationToken: Token).CountAsync(Token);
        Assert.Equal(placed, Convert.ToInt32(server.Query("SELECT count(*) FROM shop_orders"), CultureInfo.InvariantCulture));
        Assert.True(placed > Workers);
        foreach (var (sku, onHand, available) in workers.SelectMany(w => w.Stock))
        {
            Assert.Equal((onHand, available), await server.Client.GetStockAsync(sku));
        }
    }

    private readonly record struct Needs(long Memory, int Threads, int Handles, int Connections)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Memory / 1e6:0.0} MB/{Threads}/{Handles}/{Connections}");
    }

    /// <summary>One client with its own item and customer. It replaces them after a while, so that no aggregate grows without end.</summary>
    private sealed class Worker(ShopServer server, Random random)
    {
        private Sku _sku;
        private Guid _customer;
        private int _left, _onHand, _available;

        public int Requests { get; private set; }

        /// <summary>The expected stock of each item.</summary>
        public List<(Sku Sku, int OnHand, int Available)> Stock { get; } = [];

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                if (_left-- == 0 || Requests == 0)
                {
                    await BeginAsync();
                }

                await (random.Next(8) switch
                {
                    0 => DeliverAsync(),
                    1 => ReadAsync(),
                    2 => WatchAsync(),
                    3 => GiveUpAsync(),
                    4 => BeRefusedAsync(),
                    _ => OrderAsync(),
                });
                Requests++;
            }

            if (Stock.Count > 0)
            {
                Stock[^1] = (_sku, _onHand, _available);
            }
        }

        private async Task BeginAsync()
        {
            if (Stock.Count > 0)
            {
                Stock[^1] = (_sku, _onHand, _available);
            }

            (_sku, _left, _onHand, _available) = (server.NewSku(), 50, 100, 100);
            Stock.Add((_sku, _onHand, _available));
            await server.Client.StockAsync(_sku, 100, price: 1m);
            _customer = await server.Client.AddCustomerAsync();
        }

        private async Task OrderAsync()
        {
            var id = Guid.CreateVersion7();
            await (await server.Client.PlaceAsync(id, _customer, (_sku, 1))).ReadAsync(HttpStatusCode.Created);
            if (random.Next(3) == 0)
            {
                await (await server.Client.PostAsync($"/orders/{id}/cancellation", null)).ReadAsync(HttpStatusCode.OK);
                return;
            }

            await (await server.Client.PayAsync(id, 1m, "all")).ReadAsync(HttpStatusCode.OK);
            await (await server.Client.PostAsync($"/orders/{id}/shipment", null)).ReadAsync(HttpStatusCode.OK);
            (_onHand, _available) = (_onHand - 1, _available - 1);
        }

        private async Task DeliverAsync()
        {
            await server.Client.PostAsJsonAsync($"/items/{_sku}/deliveries", new { quantity = 2 });
            (_onHand, _available) = (_onHand + 2, _available + 2);
        }

        private async Task ReadAsync()
        {
            await server.Client.GetStringAsync($"/orders?customer={_customer}");
            await server.Client.GetStringAsync("/log?limit=20");
            await (await server.Client.GetAsync($"/orders/{Guid.NewGuid()}")).ReadProblemAsync(HttpStatusCode.NotFound);
        }

        /// <summary>A subscription that ends soon.</summary>
        private async Task WatchAsync() =>
            await server.Shop.NotificationLog.SubscribeAsync(cancellationToken: Token).Take(5).CountAsync(Token);

        /// <summary>A client that disconnects while its order is placed, for another customer, so that no check counts the order.</summary>
        private async Task GiveUpAsync()
        {
            using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(4)));
            try
            {
                await server.Client.PutAsJsonAsync($"/orders/{Guid.CreateVersion7()}", new { customer = Guid.NewGuid(), lines = new[] { new { sku = _sku.Value, quantity = 1 } } }, gone.Token);
            }
            catch (OperationCanceledException)
            {
                // The cancellation is intended.
            }
        }

        private async Task BeRefusedAsync() =>
            await (await server.Client.PlaceAsync(Guid.CreateVersion7(), _customer, (_sku, 1000))).ReadProblemAsync(HttpStatusCode.UnprocessableEntity);
    }
}

public sealed class SqliteSteadyTests(SqliteShop server) : SteadyTests<SqliteShop>(server);

public sealed class PostgreSqlSteadyTests(PostgreSqlShop server) : SteadyTests<PostgreSqlShop>(server);
