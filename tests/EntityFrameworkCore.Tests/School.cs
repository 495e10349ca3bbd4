using EventSourcing;
using Microsoft.EntityFrameworkCore;
using Recorders.Contract;

namespace EntityFrameworkCore.Tests;

[EventSourcedApplication(typeof(Dog))]
public sealed partial class TrainingSchool
{
    public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));

    public async Task AddTrickAsync(string name, string trick)
    {
        var dog = await Repository.GetAsync<Dog>(Dog.CreateId(name));
        dog.AddTrick(trick);
        await SaveAsync(dog);
    }

    public async Task<List<string>> GetTricksAsync(string name) => (await Repository.GetAsync<Dog>(Dog.CreateId(name))).Tricks;

    public async Task<long> GetVersionAsync(string name) => (await Repository.TryGetAsync<Dog>(Dog.CreateId(name)))?.Version ?? 0;
}

/// <summary>Another store in the same database.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class Kennel
{
    public async Task<long> GetVersionAsync(string name) => (await Repository.TryGetAsync<Dog>(Dog.CreateId(name)))?.Version ?? 0;
}

[EventSourcedApplication(typeof(Dog), AutoFlush = false)]
public sealed partial class QuietSchool;

/// <summary>An entity with a key that the database assigns, and a unique name.</summary>
public sealed class Owner
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<Visit> Visits { get; } = [];
}

public sealed class Visit
{
    public int Id { get; set; }

    public required string Reason { get; set; }

    public int OwnerId { get; set; }

    public Owner? Owner { get; set; }
}

public sealed class SchoolContext(DbContextOptions<SchoolContext> options) : DbContext(options)
{
    public DbSet<Owner> Owners => Set<Owner>();

    public DbSet<Visit> Visits => Set<Visit>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Owner>(owner =>
        {
            owner.ToTable("owners");
            owner.Property(o => o.Id).HasColumnName("id");
            owner.Property(o => o.Name).HasColumnName("name");
            owner.HasIndex(o => o.Name).IsUnique();
        });
        modelBuilder.Entity<Visit>().ToTable("visits");
    }
}
