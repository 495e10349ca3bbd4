using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using EventSourcing.Testing;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

public abstract partial class SchoolTests<THost>
{
    [Fact]
    public async Task Owners_are_added_changed_and_removed()
    {
        var (name, dog, other) = (host.NewName("Owner"), host.NewName(), host.NewName());

        var added = await Client.PostAsJsonAsync("/owners", new { name, dog });
        var id = (await added.ReadAsync(HttpStatusCode.Created)).GetProperty("id").GetString();
        Assert.Equal($"/owners/{id}", added.Headers.Location?.ToString());
        Assert.Equal(name, (await (await Client.GetAsync($"/owners/{id}")).ReadAsync(HttpStatusCode.OK)).GetProperty("name").GetString());

        await (await Client.PutAsJsonAsync($"/owners/{id}", new { name = "'; DROP TABLE trainingschool_owners; --", dog = other })).ReadAsync(HttpStatusCode.OK);
        Assert.Equal("'; DROP TABLE trainingschool_owners; --", await Client.GetOwnerOfAsync(other));
        Assert.Null(await Client.GetOwnerOfAsync(dog));

        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync($"/owners/{id}")).StatusCode);
        await (await Client.DeleteAsync($"/owners/{id}")).ReadProblemAsync(HttpStatusCode.NotFound);
        await (await Client.PutAsJsonAsync($"/owners/{id}", new { name, dog })).ReadProblemAsync(HttpStatusCode.NotFound);
        Assert.DoesNotContain(await Client.GetOwnersAsync(), o => o.Id == id);
    }

    [Fact]
    public async Task A_dog_is_registered_with_its_owner()
    {
        var (dog, owner) = (host.NewName(), host.NewName("Owner"));

        await (await Client.RegisterAsync(dog, owner)).ReadAsync(HttpStatusCode.Created);

        Assert.Contains(dog, await Client.GetDogsAsync());
        Assert.Equal(owner, await Client.GetOwnerOfAsync(dog));
    }

    [Fact]
    public async Task A_dog_isnt_registered_when_the_table_refuses_its_owner()
    {
        var (taken, free) = (host.NewName(), host.NewName());
        var first = await Client.PostAsJsonAsync("/owners", new { name = "Ann", dog = taken });
        await first.ReadAsync(HttpStatusCode.Created);

        var unique = await (await Client.RegisterAsync(taken, "Bob")).ReadProblemAsync(HttpStatusCode.Conflict);
        var check = await (await Client.RegisterAsync(free, new string('x', 51))).ReadProblemAsync(HttpStatusCode.BadRequest);

        Assert.Contains("The dog has an owner already.", unique, StringComparison.Ordinal);
        Assert.Contains("1 to 50 characters", check, StringComparison.Ordinal);
        Assert.DoesNotContain("owner_name_length", check, StringComparison.Ordinal);
        var dogs = await Client.GetDogsAsync();
        Assert.DoesNotContain(taken, dogs);
        Assert.DoesNotContain(free, dogs);
        Assert.Equal("Ann", await Client.GetOwnerOfAsync(taken));

        // Both names are free afterwards.
        await (await Client.RegisterAsync(taken)).ReadAsync(HttpStatusCode.Created);
        await (await Client.RegisterAsync(free, "Bob")).ReadAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_owner_isnt_added_when_the_dog_was_registered_before()
    {
        var dog = host.NewName();
        await (await Client.RegisterAsync(dog)).ReadAsync(HttpStatusCode.Created);

        await (await Client.RegisterAsync(dog, "Bob")).ReadProblemAsync(HttpStatusCode.Conflict);

        Assert.Null(await Client.GetOwnerOfAsync(dog));
        Assert.Single(await Client.GetDogsAsync(), dog);
    }

    [Fact]
    public async Task Dogs_and_owners_agree_after_failures_at_any_point()
    {
        var (clients, requests) = (TestRounds.Of(16, 64), TestRounds.Of(10, 50));
        var ownerless = Enumerable.Range(0, clients).Select(_ => host.NewName("Ownerless")).ToList();
        foreach (var name in ownerless)
        {
            await (await Client.RegisterAsync(name)).ReadAsync(HttpStatusCode.Created);
        }

        var answers = (await Task.WhenAll(Enumerable.Range(0, clients).Select(c => Task.Run(() => RunClientAsync(c, requests, ownerless[c]))))).SelectMany(a => a).ToList();
        var stored = answers.Where(a => a.Status == HttpStatusCode.Created).Select(a => a.Dog).ToHashSet();
        var abandoned = answers.Where(a => a.Status is null).Select(a => a.Dog).ToHashSet();
        var refused = answers.Where(a => a.Status is not (null or HttpStatusCode.Created)).Select(a => a.Dog).ToHashSet();
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{GetType().Name}: {clients} clients, seed {TestRounds.Seed}: {stored.Count} stored, {abandoned.Count} abandoned, {refused.Count} refused"));
        Assert.All(answers, a => Assert.True(a.Status is null || a.Status == a.Expected, $"{a.Dog}: {a.Status} and not {a.Expected}"));

        // A client that disconnected doesn't know the outcome; the server may still be working on its request.
        await host.RestartGracefullyAsync();
        var dogs = (await Client.GetDogsAsync()).Where(d => d.StartsWith("Load", StringComparison.Ordinal)).ToList();
        var owners = (await Client.GetOwnersAsync()).Where(o => o.Dog.StartsWith("Load", StringComparison.Ordinal)).ToList();
        Assert.Equal(dogs.Count, dogs.Distinct().Count());
        Assert.Equal(dogs.Order(), owners.Select(o => o.Dog).Order());
        Assert.All(owners, o => Assert.Equal("Owner of " + o.Dog, o.Name));
        Assert.Subset(dogs.ToHashSet(), stored);
        Assert.Subset(stored.Concat(abandoned).ToHashSet(), dogs.ToHashSet());
        Assert.All(await Task.WhenAll(ownerless.Select(Client.GetOwnerOfAsync)), Assert.Null);
    }

    /// <summary>Every second request fails: the owner is refused after the dog was saved, the dog after the owner was, or the client disconnects.</summary>
    private async Task<List<(string Dog, HttpStatusCode? Status, HttpStatusCode Expected)>> RunClientAsync(int client, int requests, string ownerless)
    {
        var random = TestRounds.Random(client);
        var answers = new List<(string, HttpStatusCode?, HttpStatusCode)>();
        for (var i = 0; i < requests; i++)
        {
            var dog = host.NewName("Load");
            var owner = "Owner of " + dog;
            switch (i % 2 == 0 ? 0 : random.Next(1, 4))
            {
                case 1:
                    answers.Add((dog, (await Client.RegisterAsync(dog, owner.PadRight(51, 'x'))).StatusCode, HttpStatusCode.BadRequest));
                    break;
                case 2:
                    answers.Add((ownerless, (await Client.RegisterAsync(ownerless, "Owner of none")).StatusCode, HttpStatusCode.Conflict));
                    break;
                case 3:
                    answers.Add((dog, await AbandonAsync(dog, owner, random.Next(20)), HttpStatusCode.Created));
                    break;
                default:
                    answers.Add((dog, (await Client.RegisterAsync(dog, owner)).StatusCode, HttpStatusCode.Created));
                    break;
            }
        }

        return answers;
    }

    private async Task<HttpStatusCode?> AbandonAsync(string dog, string owner, int milliseconds)
    {
        using var ending = new CancellationTokenSource(milliseconds);
        try
        {
            return (await Client.RegisterAsync(dog, owner, ending.Token)).StatusCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
