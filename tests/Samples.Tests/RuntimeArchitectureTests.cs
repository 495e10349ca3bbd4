using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>
/// The rooms of the runtime packages, and which room may use which: a room uses only rooms above it here. So a save, a load and a
/// subscription are followed downwards. The files beside the rooms of a provider put them together and may use all.
/// </summary>
public sealed class RuntimeArchitectureTests
{
    private const string CoreFolder = "src/Runtime/EventSourcing.Generated";
    private const string SqlFolder = "src/Generators/EventSourcing.Generated.Generators/Recorders/Sql";

    private static readonly Package[] Packages =
    [
        new("Core", new(CoreFolder),
        [
            ("Attributes", []),
            ("Exceptions", []),
            ("Json", ["Exceptions"]),
            ("Recording", ["Exceptions", "Json"]),
            ("Domain", ["Exceptions", "Json", "Recording"]),
            ("Serialization", ["Exceptions", "Json", "Recording", "Domain"]),
            ("CompilerServices", ["Attributes", "Exceptions", "Json", "Recording", "Domain", "Serialization"]),
            ("Saving", ["Exceptions", "Recording", "Domain", "Serialization", "CompilerServices"]),
            ("Transactions", ["Exceptions", "Recording", "Domain", "Saving"]),
            ("Subscriptions", ["Exceptions", "Recording", "Domain", "Serialization", "CompilerServices", "Saving", "Transactions"]),
            ("Projections", ["Attributes", "Exceptions", "Recording", "Domain", "CompilerServices", "Saving", "Transactions", "Subscriptions"]),
            ("Loading", ["Exceptions", "Recording", "Domain", "Serialization"]),
            ("Storing", ["Exceptions", "Recording", "Domain", "Serialization", "CompilerServices", "Saving", "Transactions", "Subscriptions", "Projections", "Loading"]),
            ("Applications", ["Exceptions", "Recording", "Domain", "CompilerServices", "Transactions", "Subscriptions", "Projections", "Storing"]),
        ]),
        new("SQLite", new("src/Runtime/EventSourcing.Generated.Sqlite", CoreFolder, SqlFolder),
        [
            ("Sql", []),
            ("Connections", ["Sql"]),
            ("Schema", ["Sql", "Connections"]),
            ("Signals", ["Connections"]),
            ("Reading", ["Sql", "Connections"]),
            ("Appending", ["Sql", "Connections", "Schema", "Signals", "Reading"]),
            ("Database", ["Connections", "Signals", "Reading", "Appending"]),
            ("Transactions", ["Sql", "Connections", "Schema", "Reading", "Appending", "Database"]),
        ]),
        new("PostgreSQL", new("src/Runtime/EventSourcing.Generated.PostgreSql", CoreFolder, SqlFolder),
        [
            ("Attributes", []),
            ("Sql", []),
            ("Connections", []),
            ("Schema", ["Sql", "Connections"]),
            ("Signals", ["Sql", "Connections"]),
            ("Reading", ["Sql", "Connections"]),
            ("Appending", ["Sql", "Connections", "Schema", "Reading"]),
            ("Transactions", ["Sql", "Connections", "Schema", "Reading", "Appending"]),
        ]),
        // The example of an engine. It has no SQL.
        new("Files", new("tests/FileEngine", CoreFolder),
        [
            ("Connections", []),
            ("Schema", []),
            ("Signals", []),
            ("Reading", []),
            ("Appending", []),
            ("Database", ["Connections", "Schema", "Reading", "Appending"]),
            ("Transactions", ["Reading", "Database"]),
        ]),
    ];

    public static TheoryData<string> Names => [.. Packages.Select(p => p.Name)];

    public static TheoryData<string, string> Rooms => [.. Packages.SelectMany(p => p.Graph.Select(r => (p.Name, r.Room)))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rooms_use_only_rooms_above_them(string package)
    {
        var (_, sources, graph) = Packages.Single(p => p.Name == package);
        Assert.Empty(sources.Errors);
        Assert.All(graph, (room, index) => Assert.Subset(graph.Take(index).Select(r => r.Room).ToHashSet(), room.Uses.ToHashSet()));
        Assert.Equal(graph.Select(r => r.Room).Order(StringComparer.Ordinal), sources.Files.Select(ProjectSources.RoomOf).Where(r => r.Length > 0).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_what_the_graph_allows(string package, string room)
    {
        var (_, sources, graph) = Packages.Single(p => p.Name == package);
        var wrong = sources.WrongReferences(room, graph.Single(r => r.Room == room).Uses);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>A rule that no reference needs is out of date.</summary>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void Every_rule_of_the_graph_is_used(string package, string room)
    {
        var (_, sources, graph) = Packages.Single(p => p.Name == package);
        Assert.All(graph.Single(r => r.Room == room).Uses, used =>
            Assert.NotEmpty(sources.WrongReferences(room, [.. graph.Select(r => r.Room).Append("").Where(r => r != used)])));
    }

    [Fact]
    public void Providers_have_the_same_rooms() =>
        Assert.Equal(
            Packages.Single(p => p.Name == "PostgreSQL").Graph.Select(r => r.Room).Where(r => r != "Attributes"),
            Packages.Single(p => p.Name == "SQLite").Graph.Select(r => r.Room).Where(r => r != "Database"));

    [Fact]
    public void The_example_of_an_engine_has_the_rooms_of_SQLite() =>
        Assert.Equal(
            Packages.Single(p => p.Name == "SQLite").Graph.Select(r => r.Room).Where(r => r != "Sql"),
            Packages.Single(p => p.Name == "Files").Graph.Select(r => r.Room));

    private sealed record Package(string Name, ProjectSources Sources, (string Room, string[] Uses)[] Graph);
}
