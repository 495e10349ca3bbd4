using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AspNetCore.Tests;

/// <summary>A real server on a free port, with the application <see cref="Kennel"/> on a store of its own, and a client.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestStore _store;

    private WebServer(WebApplication app, TestStore store, CapturedLog log)
    {
        (_app, _store, Log) = (app, store, log);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public CapturedLog Log { get; }

    public TestStore Store => _store;

    public Kennel Kennel => _app.Services.GetRequiredService<Kennel>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="engine">One of <see cref="TestStore"/>.</param>
    /// <param name="configure">Middleware and endpoints; problem details for exceptions are already set up.</param>
    /// <param name="services">More services.</param>
    /// <param name="options">Of the store.</param>
    /// <param name="retryAfter">Of the problem details.</param>
    public static async Task<WebServer> StartAsync(
        string engine, Action<WebApplication> configure, Action<IServiceCollection>? services = null, EventStoreOptions? options = null,
        TimeSpan? retryAfter = null)
    {
        var store = new TestStore(engine);
        var log = new CapturedLog();
        var builder = CreateBuilder(log);
        builder.Services.AddKennel(store.Url, options).AddHostedEventStore<Kennel>().AddEventStoreProblemDetails(retryAfter);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseExceptionHandler();
        configure(app);
        await app.StartAsync(Token);
        return new WebServer(app, store, log);
    }

    public static WebApplicationBuilder CreateBuilder(CapturedLog log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        return builder;
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The status code and the body.</returns>
    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await Client.SendAsync(request, Token);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    public async Task<int> PostAsync(string path) => (await SendAsync(HttpMethod.Post, path)).Status;

    public async Task<int> GetAsync(string path) => (await SendAsync(HttpMethod.Get, path)).Status;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _store.Dispose();
    }
}
