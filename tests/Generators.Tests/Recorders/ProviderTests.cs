using EventSourcing.CompilerServices;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Recorders;

/// <summary>The types that the generator knows of an engine exist in its provider and its driver.</summary>
public class ProviderTests
{
    private static readonly Compilation Program = GeneratorRun.Of("").Input;

    public static TheoryData<string> Names => [.. Providers.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_types_of_a_provider_exist(string name)
    {
        var provider = Providers.All.Single(p => p.Name == name);

        Assert.True(provider.IsReferencedBy(Program));
        Assert.False(provider.IsReferencedBy(GeneratorRun.With(GeneratorRun.CoreReferences, "").Input));
        Assert.All(
            new[] { $"{provider.RecorderBase}`1", provider.SqlClass }
                .Concat(provider.Sources.Select(s => s.Type))
                .Concat(provider.Creator.Types.Select(t => t.Name)),
            type => Assert.NotNull(Program.GetTypeByMetadataName(type.Replace("global::", "", StringComparison.Ordinal))));
        Assert.Equal(provider.Package, Program.GetTypeByMetadataName(provider.Marker)!.ContainingAssembly.Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_example_of_a_provider_has_its_scheme(string name)
    {
        var provider = Providers.All.Single(p => p.Name == name);

        Assert.Equal(provider.Scheme, StoreUrl.GetScheme(provider.Example));
    }

    [Fact]
    public void No_two_providers_share_a_name_or_scheme()
    {
        Assert.Distinct(Providers.All.Select(p => p.Name), StringComparer.OrdinalIgnoreCase);
        Assert.Distinct(Providers.All.Select(p => p.Scheme), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Models contain providers, so providers compare by their values.</summary>
    [Fact]
    public void Providers_are_values() => Assert.Equal(
        [.. Providers.All.Select(p => p with { Sources = new([.. p.Sources]), Creator = p.Creator with { Types = new([.. p.Creator.Types]) }, Dialect = p.Dialect with { } })],
        Providers.All);
}
