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

    /// <summary>The attribute has an option for each setting that the engine knows, and may be put on an application once.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_attribute_of_a_provider_has_its_settings(string name)
    {
        var provider = Providers.All.Single(p => p.Name == name);
        string?[] settings = [provider.DefaultSchema is null ? null : "Schema", provider.NotifiesInTransaction ? "NotifyInTransaction" : null];
        var attribute = provider.SettingsAttribute is { } type ? Type.GetType($"{type}, {provider.Package}", throwOnError: true) : null;

        Assert.Equal(settings.OfType<string>().Order(StringComparer.Ordinal), attribute is null ? [] : attribute.GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Order(StringComparer.Ordinal));
        if (attribute is not null)
        {
            Assert.Equal(new AttributeUsageAttribute(AttributeTargets.Class) { Inherited = false }, attribute.GetCustomAttributes(typeof(AttributeUsageAttribute), inherit: false).Single());
        }
    }

    [Theory]
    [InlineData("memory:", null)]
    [InlineData("sqlite:///school.db", "Sqlite")]
    [InlineData("SQLite:////tmp/school.db", "Sqlite")]
    [InlineData("sqlite:///:memory:", "Sqlite")]
    [InlineData("Data Source=school.db", "Sqlite")]
    [InlineData("data source=school.db;Cache=Private", "Sqlite")]
    [InlineData("Filename=school.db", "Sqlite")]
    [InlineData("postgresql://me@host/db", "PostgreSql")]
    [InlineData("postgres://me@host/db", "PostgreSql")]
    [InlineData("Host=localhost;Database=db", "PostgreSql")]
    [InlineData("oracle://x", null)]
    [InlineData("school.db", null)]
    [InlineData("", null)]
    [InlineData("Driver=x", null)]
    public void The_scheme_or_a_keyword_tells_the_provider(string url, string? name) =>
        Assert.Equal(name is null ? [] : [name], Providers.All.Where(p => AcceptsOf(p)(url)).Select(p => p.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_example_of_a_provider_is_one_of_its_addresses(string name)
    {
        var provider = Providers.All.Single(p => p.Name == name);

        Assert.StartsWith(provider.Scheme + ":", provider.Example, StringComparison.Ordinal);
        Assert.Equal([name], Providers.All.Where(p => AcceptsOf(p)(provider.Example)).Select(p => p.Name));
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

    private static Func<string, bool> AcceptsOf(ProviderModel provider) =>
        Type.GetType($"{provider.Marker}, {provider.Package}", throwOnError: true)!.MakeGenericType(typeof(Guid)).GetMethod("Accepts")!.CreateDelegate<Func<string, bool>>();
}
