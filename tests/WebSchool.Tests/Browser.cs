using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcing.Testing;
using Recorders.Contract;

namespace EventSourcing.WebSchool.Tests;

/// <summary>A headless Chromium with one page, driven by its DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _profile = new();
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private string _session = "";
    private int _id;

    private Browser()
    {
        var program = PostgreSqlBinaries.Find("chromium") ?? PostgreSqlBinaries.Find("chromium-browser") ?? PostgreSqlBinaries.Find("google-chrome")
            ?? (File.Exists("/usr/bin/chromium") ? "/usr/bin/chromium" : null)
            ?? throw new InvalidOperationException("Chromium was not found: install it (Debian: apt-get install chromium), or put it on PATH.");
        var start = new ProcessStartInfo(program,
        [
            "--headless=new", "--remote-debugging-port=0", $"--user-data-dir={_profile.Path}", "--no-first-run", "--disable-gpu", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--disable-sync", "--lang=en-GB", "--window-size=1100,900",
            // The sandbox doesn't work for root. The browser opens only our own page.
            .. Environment.IsPrivilegedProcess ? (IEnumerable<string>)["--no-sandbox"] : [],
            "about:blank",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
    }

    /// <summary>The errors of the page: exceptions, and errors that it logged.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<Browser> StartAsync()
    {
        var browser = new Browser();
        try
        {
            await browser.ConnectAsync().WaitAsync(Patience);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    public async Task OpenAsync(Uri address)
    {
        await SendAsync("Page.navigate", new() { ["url"] = address.ToString() });
        await WaitAsync("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// <summary>Types into the field with a label, as a person does.</summary>
    /// <param name="label">The beginning of the label.</param>
    /// <param name="text">The text to type.</param>
    public async Task TypeAsync(string label, string text)
    {
        var quoted = JsonSerializer.Serialize(label);
        await EvaluateAsync($"[...document.querySelectorAll('label')].find(l => l.textContent.startsWith({quoted})).control.focus()");
        await SendAsync("Input.insertText", new() { ["text"] = text });
    }

    /// <summary>Clicks a button with the mouse.</summary>
    public async Task ClickAsync(string text)
    {
        var at = await EvaluateAsync($$"""
            (() => {
              const button = [...document.querySelectorAll('button')].find(b => b.textContent === {{JsonSerializer.Serialize(text)}});
              button.scrollIntoView({ block: 'nearest' });
              const box = button.getBoundingClientRect();
              return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            })()
            """);
        foreach (var type in new[] { "mousePressed", "mouseReleased" })
        {
            await SendAsync("Input.dispatchMouseEvent", new()
            {
                ["type"] = type,
                ["x"] = at!["x"]!.DeepClone(),
                ["y"] = at["y"]!.DeepClone(),
                ["button"] = "left",
                ["clickCount"] = 1,
            });
        }
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task WaitAsync(string expression)
    {
        var time = Stopwatch.StartNew();
        while ((await EvaluateAsync($"Boolean({expression})"))?.GetValue<bool>() != true)
        {
            if (time.Elapsed > Patience)
            {
                throw new TimeoutException($"This doesn't become true: {expression}\n{await EvaluateAsync("document.body.innerText")}\n{string.Join('\n', Errors)}");
            }

            await Task.Delay(20);
        }
    }

    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } exception
            ? throw new InvalidOperationException($"{expression}: {exception}")
            : answer["result"]!["value"];
    }

    public async Task ScreenshotAsync(string path)
    {
        var answer = await SendAsync("Page.captureScreenshot", new() { ["format"] = "png" });
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(answer["data"]!.GetValue<string>()));
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    public async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        var id = ++_id;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session.Length > 0)
        {
            message["sessionId"] = _session;
        }

        using var timeout = new CancellationTokenSource(Patience);
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, timeout.Token);
        while (true)
        {
            var answer = await ReceiveAsync(timeout.Token);
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
            }

            if (answer["method"]?.GetValue<string>() is "Runtime.exceptionThrown" or "Log.entryAdded")
            {
                Errors.Add(answer["params"]!.ToJsonString());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(50); // one of its processes is still ending
            }
        }
    }

    private async Task ConnectAsync()
    {
        const string Listening = "DevTools listening on ";
        var log = new List<string>();
        while (true)
        {
            var line = await _process.StandardError.ReadLineAsync()
                ?? throw new InvalidOperationException($"Chromium doesn't start:\n{string.Join('\n', log)}");
            log.Add(line);
            if (!line.StartsWith(Listening, StringComparison.Ordinal))
            {
                continue;
            }

            await _socket.ConnectAsync(new Uri(line[Listening.Length..]), CancellationToken.None);
            break;
        }

        _ = _process.StandardError.ReadToEndAsync(); // so that its pipe doesn't fill
        var target = await SendAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        var attached = await SendAsync("Target.attachToTarget", new() { ["targetId"] = target["targetId"]!.DeepClone(), ["flatten"] = true });
        _session = attached["sessionId"]!.GetValue<string>();
        foreach (var domain in new[] { "Page", "Runtime", "Log" })
        {
            await SendAsync(domain + ".enable");
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray()) ?? throw new InvalidOperationException("Chromium has gone.");
    }
}
