using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>The engines. Each has its own file. No other part of the generator, except for the SQL, uses the name of an engine.</summary>
internal static partial class Providers
{
    /// <summary>All engines, in their order in generated code.</summary>
    public static EquatableArray<ProviderModel> All { get; } = new([Sqlite(), PostgreSql()]);

    /// <summary>Whether a compilation references the provider.</summary>
    public static bool IsReferencedBy(this ProviderModel provider, Compilation compilation) => compilation.GetTypeByMetadataName(provider.Marker) is not null;
}
