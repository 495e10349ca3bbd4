using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EventSourcing.EntityFrameworkCore;

/// <summary>Gives each context its <see cref="ContextSessions"/>.</summary>
internal sealed class EventSourcingOptionsExtension : IDbContextOptionsExtension
{
    public DbContextOptionsExtensionInfo Info => field ??= new ExtensionInfo(this);

    public void ApplyServices(IServiceCollection services)
    {
        services.TryAddScoped<ContextSessions>();
        services.AddScoped<IInterceptor>(provider => provider.GetRequiredService<ContextSessions>());
        // First, so that it still sees the changes that a context has when it returns to its pool.
        services.Insert(0, ServiceDescriptor.Scoped<IResettableService>(static provider => provider.GetRequiredService<ContextSessions>()));
    }

    public void Validate(IDbContextOptions options)
    {
    }

    private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "using event sourcing ";

        public override int GetServiceProviderHashCode() => 0;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["EventSourcing"] = "1";
    }
}
