using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Package.Tests;

/// <summary>The contents of the packages, and their dependencies.</summary>
public sealed partial class PackageContentTests(Feed feed)
{
    // A kind of debug information: https://github.com/dotnet/runtime/blob/main/docs/design/specs/PortablePdb-Metadata.md
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Fact]
    public void The_core_carries_the_generator_and_depends_on_nothing()
    {
        var (files, specification) = Open("EventSourcing.Generated");

        Assert.Equal(
            [
                "README.md",
                "analyzers/dotnet/cs/EventSourcing.Generated.CodeFixes.dll",
                "analyzers/dotnet/cs/EventSourcing.Generated.Generators.dll",
                "build/EventSourcing.Generated.Locks.targets",
                "build/EventSourcing.Generated.props",
                "build/EventSourcing.Generated.targets",
                "buildTransitive/EventSourcing.Generated.Locks.targets",
                "buildTransitive/EventSourcing.Generated.props",
                "buildTransitive/EventSourcing.Generated.targets",
                "lib/net10.0/EventSourcing.Generated.dll",
                "lib/net10.0/EventSourcing.Generated.xml",
            ],
            files);
        Assert.Empty(Named(specification, "dependency"));
    }

    [Theory]
    [InlineData("EventSourcing.Generated.Sqlite", "Microsoft.Data.Sqlite")]
    [InlineData("EventSourcing.Generated.PostgreSql", "Npgsql")]
    [InlineData("EventSourcing.Generated.EntityFrameworkCore", "Microsoft.EntityFrameworkCore.Relational")]
    public void A_provider_depends_on_exactly_its_core_with_the_generator(string package, string driver)
    {
        var (files, specification) = Open(package);

        Assert.Equal(["README.md", $"lib/net10.0/{package}.dll", $"lib/net10.0/{package}.xml"], files.Where(f => !f.StartsWith("build", StringComparison.Ordinal)));
        var dependencies = Named(specification, "dependency").ToDictionary(d => (string)d.Attribute("id")!);
        Assert.Equal(["EventSourcing.Generated", driver], dependencies.Keys.Order(StringComparer.Ordinal));
        Assert.Equal($"[{feed.Version}]", (string?)dependencies["EventSourcing.Generated"].Attribute("version"));
        Assert.DoesNotContain("Analyzers", (string?)dependencies["EventSourcing.Generated"].Attribute("exclude") ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_package_for_ASP_NET_Core_depends_on_exactly_that_for_hosts_and_the_shared_framework()
    {
        const string Package = "EventSourcing.Generated.AspNetCore";
        var (files, specification) = Open(Package);

        Assert.Equal(["README.md", $"lib/net10.0/{Package}.dll", $"lib/net10.0/{Package}.xml"], files);
        var dependency = Assert.Single(Named(specification, "dependency"));
        Assert.Equal("EventSourcing.Generated.Hosting", (string?)dependency.Attribute("id"));
        Assert.Equal($"[{feed.Version}]", (string?)dependency.Attribute("version"));
        Assert.DoesNotContain("Analyzers", (string?)dependency.Attribute("exclude") ?? "", StringComparison.Ordinal);
        Assert.Equal("Microsoft.AspNetCore.App", (string?)Assert.Single(Named(specification, "frameworkReference")).Attribute("name"));
    }

    [Fact]
    public void The_package_for_hosts_depends_on_exactly_its_core_and_the_packages_of_hosts_without_a_framework()
    {
        const string Package = "EventSourcing.Generated.Hosting";
        var (files, specification) = Open(Package);

        Assert.Equal(["README.md", $"lib/net10.0/{Package}.dll", $"lib/net10.0/{Package}.xml"], files);
        var dependencies = Named(specification, "dependency").ToDictionary(d => (string)d.Attribute("id")!);
        Assert.Equal(
            [
                "EventSourcing.Generated", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks",
                "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions",
            ],
            dependencies.Keys.Order(StringComparer.Ordinal));
        Assert.Equal($"[{feed.Version}]", (string?)dependencies["EventSourcing.Generated"].Attribute("version"));
        Assert.DoesNotContain("Analyzers", (string?)dependencies["EventSourcing.Generated"].Attribute("exclude") ?? "", StringComparison.Ordinal);
        Assert.Empty(Named(specification, "frameworkReference"));
    }

    [Theory]
    [InlineData("EventSourcing.Generated")]
    [InlineData("EventSourcing.Generated.Sqlite")]
    [InlineData("EventSourcing.Generated.PostgreSql")]
    [InlineData("EventSourcing.Generated.EntityFrameworkCore")]
    [InlineData("EventSourcing.Generated.Hosting")]
    [InlineData("EventSourcing.Generated.AspNetCore")]
    public void A_package_has_a_license_a_readme_and_a_description(string package)
    {
        var (_, specification) = Open(package);

        Assert.Equal("MIT", Assert.Single(Named(specification, "license")).Value);
        Assert.Equal("README.md", Assert.Single(Named(specification, "readme")).Value);
        Assert.NotEmpty(Assert.Single(Named(specification, "description")).Value);
    }

    [Theory]
    [InlineData("EventSourcing.Generated")]
    [InlineData("EventSourcing.Generated.Sqlite")]
    [InlineData("EventSourcing.Generated.PostgreSql")]
    [InlineData("EventSourcing.Generated.EntityFrameworkCore")]
    [InlineData("EventSourcing.Generated.Hosting")]
    [InlineData("EventSourcing.Generated.AspNetCore")]
    public void The_links_of_a_packages_page_exist(string package)
    {
        const string Pages = "https://github.com/eventsourcing-generated/eventsourcing-generated/blob/main/";
        using var archive = ZipFile.OpenRead(feed.PathOf(package));
        using var reader = new StreamReader(archive.GetEntry("README.md")!.Open());
        var text = reader.ReadToEnd();
        var links = Link().Matches(text).Select(m => m.Groups[1].Value).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.StartsWith("https://", link, StringComparison.Ordinal));
        Assert.All(links.Where(l => l.StartsWith(Pages, StringComparison.Ordinal)), link => Assert.True(Path.Exists(Tree.PathOf(link[Pages.Length..].Split('#')[0])), link));
        // The rest of the page is unchanged.
        Assert.Equal(File.ReadAllText(Tree.PathOf("README.md")), text.Replace("](" + Pages, "](", StringComparison.Ordinal).TrimEnd('\n') + "\n");
    }

    [Theory]
    [InlineData("EventSourcing.Generated")]
    [InlineData("EventSourcing.Generated.Sqlite")]
    [InlineData("EventSourcing.Generated.PostgreSql")]
    [InlineData("EventSourcing.Generated.EntityFrameworkCore")]
    [InlineData("EventSourcing.Generated.Hosting")]
    [InlineData("EventSourcing.Generated.AspNetCore")]
    public void An_assembly_has_its_symbols_and_sources_and_no_path_of_this_machine(string package)
    {
        using var archive = ZipFile.OpenRead(feed.PathOf(package));
        foreach (var entry in archive.Entries.Where(e => e.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
            {
                stream.CopyTo(content);
            }

            using var assembly = new PEReader(new MemoryStream(content.ToArray()));
            using var symbols = assembly.ReadEmbeddedPortablePdbDebugDirectoryData(assembly.ReadDebugDirectory().Single(d => d.Type == DebugDirectoryEntryType.EmbeddedPortablePdb));
            var reader = symbols.GetMetadataReader();
            var documents = reader.Documents.ToDictionary(d => reader.GetString(reader.GetDocument(d).Name));
            Assert.NotEmpty(documents);
            Assert.All(documents.Keys, path => Assert.StartsWith("/_/", path, StringComparison.Ordinal));
            if (entry.FullName.StartsWith("lib/", StringComparison.Ordinal))
            {
                Assert.All(documents, d => Assert.Contains(reader.GetCustomDebugInformation(d.Value), i => reader.GetGuid(reader.GetCustomDebugInformation(i).Kind) == EmbeddedSource));
            }

            foreach (var folder in new[] { Tree.Root, feed.Folder })
            {
                Assert.Equal(-1, content.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(folder)));
                Assert.Equal(-1, Bytes(reader).IndexOf(Encoding.UTF8.GetBytes(folder)));
            }
        }
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    private static unsafe ReadOnlySpan<byte> Bytes(MetadataReader reader) => new(reader.MetadataPointer, reader.MetadataLength);

    private static IEnumerable<XElement> Named(XDocument document, string name) =>
        document.Descendants().Where(e => e.Name.LocalName == name);

    // Without the files that the format itself adds to every package.
    private (IEnumerable<string> Files, XDocument Specification) Open(string package)
    {
        using var archive = ZipFile.OpenRead(feed.PathOf(package));
        using var specification = archive.Entries.Single(e => e.Name == $"{package}.nuspec").Open();
        return (
            [.. archive.Entries.Select(e => e.FullName)
                .Where(f => !f.StartsWith("_rels/", StringComparison.Ordinal) && !f.StartsWith("package/", StringComparison.Ordinal)
                    && f != "[Content_Types].xml" && !f.EndsWith(".nuspec", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)],
            XDocument.Load(specification));
    }
}
