using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The page, as a person sees and uses it.</summary>
public sealed class PageTests(JittedSqliteSchool host) : IClassFixture<JittedSqliteSchool>
{
    private const string Lines = "[...document.querySelectorAll('#log li')].map(l => l.children[1].textContent)";
    private const string Payloads = "[...document.querySelectorAll('#log .payload')].map(l => l.textContent)";
    private const string Dogs = "[...document.querySelectorAll('#school tbody tr')].map(r => [...r.children].map(c => c.textContent).join(' | '))";
    private const string Leaders = "[...document.querySelectorAll('#leaders tbody tr')].map(r => [...r.children].map(c => c.textContent).join(' | '))";
    private const string Progress = "document.getElementById('progress').textContent";
    private const string Found = "document.getElementById('found').textContent";
    private const string Hits = "[...document.querySelectorAll('#hits tbody tr')].map(r => [...r.children].map(c => c.textContent).join(' | ')).join('; ')";
    private const string HitsProgress = "document.getElementById('hits-progress').textContent";

    [Fact]
    public async Task A_dog_is_registered_and_taught_and_all_clients_see_it_live()
    {
        var dog = host.NewName("Fido");
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.WaitAsync("document.getElementById('connection').textContent === 'Live'");

        await browser.TypeAsync("Name", dog);
        await browser.TypeAsync("Owner", "Ann");
        await browser.ClickAsync("Register");
        await browser.WaitAsync($"{Lines}.includes('{dog} was registered.')");
        await browser.WaitAsync($"document.querySelector('#register .answer').textContent === '{dog} is registered.'");
        Assert.Equal("", (string?)await browser.EvaluateAsync("document.getElementById('dog-name').value"));
        Assert.Equal("Ann", await host.Client.GetOwnerOfAsync(dog));

        await browser.TypeAsync("Dog", dog);
        await browser.TypeAsync("Trick", "roll over");
        await browser.ClickAsync("Teach");
        await browser.WaitAsync($"{Lines}.includes('{dog} learnt roll over.')");
        await browser.WaitAsync($"{Leaders}.includes('{dog} | 1')");

        // Changes of other users appear, too, with the newest first.
        await host.Client.AddTrickAsync(dog, "play dead");
        await browser.WaitAsync($"{Lines}[0] === '{dog} learnt play dead.'");

        // The dogs are listed with owner and tricks, and the log shows the stored values of each event.
        await browser.WaitAsync($"{Dogs}.includes('{dog} | Ann | roll over, play dead')");
        await browser.WaitAsync($"{Leaders}.includes('{dog} | 2') && {Progress}.startsWith('Up to date at position ')");
        Assert.Equal($$"""Dog.TrickAdded 3 {"trick":"play dead"}""", (string?)await browser.EvaluateAsync($"{Payloads}[0]"));
        await browser.WaitAsync($$"""{{Payloads}}.includes('Dog.Registered 1 {"name":"{{dog}}"}')""");

        // An error says what is wrong, and keeps the typed text.
        await browser.TypeAsync("Name", dog);
        await browser.ClickAsync("Register");
        await browser.WaitAsync("document.querySelector('#register .answer.wrong')?.textContent === 'A dog of this name is registered already.'");
        Assert.Equal(dog, (string?)await browser.EvaluateAsync("document.getElementById('dog-name').value"));
        await browser.TypeAsync("Dog", "Nobody");
        await browser.TypeAsync("Trick", "sit");
        await browser.ClickAsync("Teach");
        await browser.WaitAsync("document.querySelector('#teach .answer.wrong')?.textContent === 'No dog is called Nobody.'");

        foreach (var (width, name) in new[] { (1100, "WebSchool.png"), (360, "WebSchool-narrow.png") })
        {
            await ShowAsync(browser, width, name);
        }

        Assert.DoesNotContain(browser.Errors, e => !e.Contains("the server responded with a status of 4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Typed_text_is_shown_as_text()
    {
        var dog = $"<img src=x onerror=\"document.title='owned'\"> & {host.NewName()}";
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);

        await browser.TypeAsync("Name", dog);
        await browser.ClickAsync("Register");
        await browser.WaitAsync($"{Lines}.includes({JsonSerializer.Serialize(dog + " was registered.")})");

        await browser.WaitAsync($"{Dogs}.includes({JsonSerializer.Serialize(dog + " | – | –")})");
        Assert.Equal(0, (int?)await browser.EvaluateAsync("document.querySelectorAll('img').length"));
        Assert.Equal("Dog training school", (string?)await browser.EvaluateAsync("document.title"));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task Dogs_that_were_there_before_and_owners_that_changed_are_listed()
    {
        var (dog, other) = (host.NewName("Bello"), host.NewName("Bello"));
        await host.Client.RegisterAsync(dog, "Ann");
        await host.Client.AddTrickAsync(dog, "sit");
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.WaitAsync($"{Dogs}.includes('{dog} | Ann | sit')");

        var owner = (await host.Client.GetOwnersAsync()).Single(o => o.Dog == dog);
        await host.Client.PutAsJsonAsync($"/owners/{owner.Id}", new { name = "Bob", dog });
        await host.Client.RegisterAsync(other);

        await browser.WaitAsync($"{Dogs}[0] === '{other} | – | –' && {Dogs}.includes('{dog} | Bob | sit')");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task A_leaderboard_that_is_late_says_so()
    {
        var dog = host.NewName("Hasso");
        await host.Client.RegisterAsync(dog);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.WaitAsync($"{Leaders}.includes('{dog} | 0') && {Progress}.startsWith('Up to date at position ')");

        // A program that owns the projection, and does nothing.
        host.Execute("UPDATE trainingschool_projections SET owner = 'another', fence = fence + 1, lease_until = 9000000000000");
        await host.Client.AddTrickAsync(dog, "sit");
        await browser.WaitAsync($"{Progress}.endsWith(', 1 behind.')");
        Assert.True((bool?)await browser.EvaluateAsync($"{Leaders}.includes('{dog} | 0')"));

        host.Execute("UPDATE trainingschool_projections SET owner = NULL, lease_until = NULL");
        await browser.WaitAsync($"{Leaders}.includes('{dog} | 1') && {Progress}.startsWith('Up to date at position ')");
    }

    [Fact]
    public async Task The_search_follows_what_is_typed_and_what_happens_and_says_when_it_is_late()
    {
        var dog = host.NewName("Waldi");
        await host.Client.RegisterAsync(dog);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.WaitAsync("document.getElementById('connection').textContent === 'Live'");
        await browser.TypeAsync("Part of a name", "WALD");
        await browser.WaitAsync($"{Hits} === '{dog} | –' && {Found} === 'Found 1 with “WALD”.' && {HitsProgress}.startsWith('Up to date at position ')");
        await browser.TypeAsync("Part of a name", "%");
        await browser.WaitAsync($"{Hits} === '' && {Found} === 'No dog or trick with “WALD%”.'");

        // The user's own change, and one of another user.
        await browser.EvaluateAsync("document.getElementById('search-text').select()");
        await browser.TypeAsync("Part of a name", "wald");
        await browser.TypeAsync("Dog", dog);
        await browser.TypeAsync("Trick", "Waldhorn <b>");
        await browser.ClickAsync("Teach");
        await browser.WaitAsync($"{Hits} === '{dog} | –; {dog} | Waldhorn <b>' && {Found} === 'Found 2 with “wald”.'");
        await browser.WaitAsync($"performance.getEntriesByType('resource').some(r => r.name.includes('/search?q=wald&atLeast={await host.Client.GetEndAsync()}&'))");
        await host.Client.AddTrickAsync(dog, "wald 2");
        await browser.WaitAsync($"{Hits} === '{dog} | –; {dog} | Waldhorn <b>; {dog} | wald 2'");

        // A program that owns the projections, and does nothing.
        host.Execute("UPDATE trainingschool_projections SET owner = 'another', fence = fence + 1, lease_until = 9000000000000");
        await host.Client.AddTrickAsync(dog, "wald 3");
        await browser.WaitAsync($"{HitsProgress}.endsWith(', 1 behind.') && {Found} === 'Found 3 with “wald”.'");
        host.Execute("UPDATE trainingschool_projections SET owner = NULL, lease_until = NULL");
        await browser.WaitAsync($"{Found} === 'Found 4 with “wald”.' && {HitsProgress}.startsWith('Up to date at position ')");

        for (var i = 0; i < 6; i++)
        {
            await host.Client.AddTrickAsync(dog, $"wald and a word of {new string('x', 40)}");
        }

        await browser.WaitAsync($"{Found} === 'The first 10 with “wald”.'");
        foreach (var (width, name) in new[] { (1100, "WebSchool-search.png"), (360, "WebSchool-search-narrow.png"), (320, "WebSchool-search-narrowest.png") })
        {
            await ShowAsync(browser, width, name);
        }

        // A text that can't be stored is refused, and none is no search.
        await browser.EvaluateAsync("document.getElementById('search-text').select()");
        await browser.TypeAsync("Part of a name", "\u0001x");
        await browser.WaitAsync($"document.getElementById('found').classList.contains('wrong') && {Found}.includes('control characters') && {Hits} === ''");
        await browser.EvaluateAsync("document.getElementById('search-text').select()");
        await browser.SendAsync("Input.dispatchKeyEvent", new() { ["type"] = "keyDown", ["key"] = "Backspace", ["windowsVirtualKeyCode"] = 8 });
        await browser.WaitAsync($"{Found} === '' && {HitsProgress} === ''");
        Assert.DoesNotContain(browser.Errors, e => !e.Contains("the server responded with a status of ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_live_log_continues_after_a_restart()
    {
        await host.Client.RegisterAsync(host.NewName());
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.WaitAsync($"{Lines}.length > 0");
        var count = (int?)await browser.EvaluateAsync($"{Lines}.length");

        await host.RestartAtSamePortAsync();
        var dog = host.NewName("Rex");
        await host.Client.RegisterAsync(dog);
        await browser.WaitAsync($"{Lines}.includes('{dog} was registered.')");

        // Nothing is shown twice.
        Assert.Equal(count + 1, (int?)await browser.EvaluateAsync($"{Lines}.length"));
    }

    [Fact]
    public async Task Every_field_and_list_has_a_name()
    {
        var dog = host.NewName();
        await host.Client.RegisterAsync(dog);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);
        await browser.TypeAsync("Part of a name", dog);
        await browser.WaitAsync($"{Dogs}.includes('{dog} | – | –') && {Leaders}.length > 0 && {Hits}.length > 0");

        var tree = await browser.SendAsync("Accessibility.getFullAXTree");
        var named = tree["nodes"]!.AsArray()
            .Where(n => n!["role"]?["value"]?.GetValue<string>() is "textbox" or "searchbox" or "combobox" or "button" or "log" or "table")
            .Select(n => $"{n!["role"]!["value"]} {n["name"]?["value"]}");

        Assert.Equal(
            ["button Register", "button Teach", "combobox Dog", "log What happens", "searchbox Part of a name or trick", "table Dogs", "table Leaderboard", "table Search", "textbox Name", "textbox Owner (if it has one)", "textbox Trick"],
            named.Order(StringComparer.Ordinal));
    }

    /// <summary>Takes a screenshot of the page at a width.</summary>
    private static async Task ShowAsync(Browser browser, int width, string name)
    {
        await browser.SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 1500, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        // Nothing is wider than the page.
        await browser.WaitAsync($"innerWidth === {width}");
        Assert.True((bool?)await browser.EvaluateAsync("document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
        var path = Path.Combine(AppContext.BaseDirectory, "TestResults", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await browser.ScreenshotAsync(path);
        TestContext.Current.TestOutputHelper!.WriteLine($"Screenshot: {path}");
        TestContext.Current.AddAttachment(name, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), "image/png");
    }
}
