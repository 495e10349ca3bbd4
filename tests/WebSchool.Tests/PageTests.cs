using System.Text.Json;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The page, as a person sees and uses it.</summary>
public sealed class PageTests(JittedSqliteSchool host) : IClassFixture<JittedSqliteSchool>
{
    private const string Lines = "[...document.querySelectorAll('#log li')].map(l => l.children[1].textContent)";

    [Fact]
    public async Task A_dog_is_registered_and_taught_and_everybody_sees_it_live()
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

        // What other users do is seen, too, and the newest stands first.
        await host.Client.AddTrickAsync(dog, "play dead");
        await browser.WaitAsync($"{Lines}[0] === '{dog} learnt play dead.'");

        // An error says what is wrong, and keeps what was typed.
        await browser.TypeAsync("Name", dog);
        await browser.ClickAsync("Register");
        await browser.WaitAsync("document.querySelector('#register .answer.wrong')?.textContent === 'A dog of this name is registered already.'");
        Assert.Equal(dog, (string?)await browser.EvaluateAsync("document.getElementById('dog-name').value"));
        await browser.TypeAsync("Dog", "Nobody");
        await browser.TypeAsync("Trick", "sit");
        await browser.ClickAsync("Teach");
        await browser.WaitAsync("document.querySelector('#teach .answer.wrong')?.textContent === 'No dog is called Nobody.'");

        var path = Path.Combine(AppContext.BaseDirectory, "TestResults", "WebSchool.png");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await browser.ScreenshotAsync(path);
        TestContext.Current.TestOutputHelper!.WriteLine($"Screenshot: {path}");
        TestContext.Current.AddAttachment("WebSchool.png", await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), "image/png");
        Assert.DoesNotContain(browser.Errors, e => !e.Contains("the server responded with a status of 4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_people_typed_is_text()
    {
        var dog = $"<img src=x onerror=\"document.title='owned'\"> & {host.NewName()}";
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);

        await browser.TypeAsync("Name", dog);
        await browser.ClickAsync("Register");
        await browser.WaitAsync($"{Lines}.includes({JsonSerializer.Serialize(dog + " was registered.")})");

        Assert.Equal(0, (int?)await browser.EvaluateAsync("document.querySelectorAll('img').length"));
        Assert.Equal("Dog training school", (string?)await browser.EvaluateAsync("document.title"));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task The_live_log_goes_on_after_a_restart()
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
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(host.Client.BaseAddress!);

        var tree = await browser.SendAsync("Accessibility.getFullAXTree");
        var named = tree["nodes"]!.AsArray()
            .Where(n => n!["role"]?["value"]?.GetValue<string>() is "textbox" or "combobox" or "button" or "log")
            .Select(n => $"{n!["role"]!["value"]} {n["name"]?["value"]}");

        Assert.Equal(
            ["button Register", "button Teach", "combobox Dog", "log What happens", "textbox Name", "textbox Owner (if it has one)", "textbox Trick"],
            named.Order(StringComparer.Ordinal));
    }
}
