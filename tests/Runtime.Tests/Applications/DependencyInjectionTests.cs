using EventSourcing.Recording;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace EventSourcing.Tests.Applications;

public interface IMailer
{
    void Send(string text);
}

/// <summary>An application with a constructor of its own.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class MailingSchool
{
    private readonly IMailer _mailer;
    private readonly TimeProvider _time;

    public MailingSchool(ApplicationContext context, IMailer mailer)
        : base(context)
    {
        (_mailer, _time) = (mailer, context.Options.TimeProvider);
        RecorderInConstructor = Recorder;
    }

    public ApplicationRecorder<Guid> RecorderInConstructor { get; }

    public async Task RegisterAsync(string name, CancellationToken cancellationToken)
    {
        await SaveAsync(new Dog(name), cancellationToken);
        _mailer.Send($"{name} {_time.GetUtcNow().Year}");
    }
}

/// <summary>An application that takes keyed and optional services.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class ChoosySchool(
    ApplicationContext context, [FromKeyedServices("fast")] IMailer fast, [FromKeyedServices(2)] IMailer second, IMailer? none,
    [FromKeyedServices("missing")] IMailer? missing = null, int retries = 3, string greeting = "hello", DayOfWeek day = DayOfWeek.Friday) : EventSourcedApplication<Guid>(context)
{
    public EventStoreOptions Limits { get; } = context.Options;

    public (IMailer Fast, IMailer Second, IMailer? None, IMailer? Missing, int Retries, string Greeting, DayOfWeek Day) Given { get; } =
        (fast, second, none, missing, retries, greeting, day);
}

public class DependencyInjectionTests
{
    [Fact]
    public async Task Keys_and_default_values_of_constructor_parameters_are_used()
    {
        Mailer fast = new(), second = new(), plain = new();
        await using var few = new ServiceCollection().AddKeyedSingleton<IMailer>("fast", fast).AddKeyedSingleton<IMailer>(2, second)
            .AddChoosySchool("memory:").BuildServiceProvider();
        Assert.Equal((fast, second, null, null, 3, "hello", DayOfWeek.Friday), few.GetRequiredService<ChoosySchool>().Given);

        await using var all = new ServiceCollection().AddKeyedSingleton<IMailer>("fast", fast).AddKeyedSingleton<IMailer>(2, second)
            .AddSingleton<IMailer>(plain).AddKeyedSingleton<IMailer>("missing", plain).AddSingleton("hi").AddSingleton(typeof(int), 0).AddSingleton(typeof(DayOfWeek), DayOfWeek.Sunday)
            .AddChoosySchool("memory:").BuildServiceProvider();
        Assert.Equal((fast, second, plain, plain, 0, "hi", DayOfWeek.Sunday), all.GetRequiredService<ChoosySchool>().Given);

        await using var none = new ServiceCollection().AddSingleton<IMailer>(plain).AddChoosySchool("memory:").BuildServiceProvider();
        Assert.Throws<InvalidOperationException>(none.GetRequiredService<ChoosySchool>);
    }

    [Fact]
    public async Task An_application_comes_from_the_container_and_is_closed_with_it()
    {
        var token = TestContext.Current.CancellationToken;
        School school;
        await using (var services = new ServiceCollection().AddSchool("memory:").BuildServiceProvider())
        {
            school = services.GetRequiredService<School>();
            Assert.Same(school, services.GetRequiredService<School>());
            await school.SaveAsync(new Dog("Fido"), token);
            Assert.True(await school.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), token));
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await school.SaveAsync(new Dog("Rex"), token));
    }

    [Fact]
    public async Task A_constructor_takes_services_and_has_the_store_afterwards()
    {
        var mailer = new Mailer();
        var options = new EventStoreOptions { TimeProvider = new StoppedClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) };
        await using var services = new ServiceCollection().AddSingleton<IMailer>(mailer).AddMailingSchool(_ => "memory:", options).BuildServiceProvider();

        var school = services.GetRequiredService<MailingSchool>();
        await school.RegisterAsync("Fido", TestContext.Current.CancellationToken);

        Assert.Equal(["Fido 2026"], mailer.Sent);
        Assert.Same(school.Recorder, school.RecorderInConstructor);
    }

    private sealed class Mailer : IMailer
    {
        public List<string> Sent { get; } = [];

        public void Send(string text) => Sent.Add(text);
    }
}
