using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>The engines. Each has a file of its own, and nothing else of the generator knows one by its name, except for its SQL.</summary>
internal static partial class Providers
{
    /// <summary>All engines, in the order in which generated code has them.</summary>
    public static EquatableArray<ProviderModel> All { get; } = new([Sqlite(), PostgreSql()]);

    /// <summary>Whether a compilation references the provider.</summary>
    public static bool IsReferencedBy(this ProviderModel provider, Compilation compilation) => compilation.GetTypeByMetadataName(provider.Marker) is not null;
}
