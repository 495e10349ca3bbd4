using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A school and its own tables in one database.</summary>
public abstract class EngineTestBase : IAsyncLifetime
{
    private Engine? _engine;
    private TrainingSchool? _school;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected Engine Engine => _engine!;

    protected TrainingSchool School => _school!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        if (_school is not null)
        {
            await _school.DisposeAsync();
        }

        _engine?.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task OpenAsync(string engine, EventStoreOptions? options = null)
    {
        _engine = Engine.Of(engine);
        await using (var context = Engine.CreateContext())
        {
            await context.Database.EnsureCreatedAsync(Token);
        }

        _school = await TrainingSchool.OpenAsync(Engine.Url, options, Token);
    }

    /// <summary>A dog loaded before another caller taught it a trick.</summary>
    protected async Task<Dog> StaleDogAsync(string name)
    {
        await School.RegisterAsync(name);
        var dog = await School.Repository.GetAsync<Dog>(Dog.CreateId(name), Token);
        await School.AddTrickAsync(name, "bark");
        dog.AddTrick("sit");
        return dog;
    }
}
