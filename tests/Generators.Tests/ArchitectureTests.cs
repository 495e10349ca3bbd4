using System.Reflection;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Applications;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Refusals;
using EventSourcing.Generators.Serializers;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests;

/// <summary>Rules for the generator's own code that would erode without a test.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Generators = typeof(EventSourcingGenerator).Assembly;
    private static readonly ProjectSources Sources = new(
        "src/Generators/EventSourcing.Generated.Generators", "src/Runtime/EventSourcing.Generated/Recording/Projections/ViewColumn.cs",
        "src/Runtime/EventSourcing.Generated/Recording/Projections/FailedEventColumns.cs",
        "src/Runtime/EventSourcing.Generated/Recording/Projections/NextTable.cs");

    /// <summary>
    /// The rooms of the generator, and the rooms that each may use: dependencies point one way. A room uses only rooms above it here. The
    /// files beside the rooms put all of them together.
    /// </summary>
    private static readonly (string Room, string[] Uses)[] Graph =
    [
        ("Shared", []),
        ("Diagnostics", ["Shared"]),
        ("Shapes", ["Shared", "Diagnostics"]),
        ("Ids", ["Shared", "Shapes"]),
        ("Events", ["Shared", "Diagnostics", "Shapes", "Ids"]),
        ("Aggregates", ["Shared", "Diagnostics", "Shapes", "Ids", "Events"]),
        ("Serializers", ["Shared", "Diagnostics", "Shapes", "Events", "Aggregates"]),
        ("Refusals", ["Shared", "Diagnostics", "Ids", "Events", "Aggregates"]),
        ("Recorders", ["Shared", "Diagnostics"]),
        ("Locks", ["Shared"]),
        ("Projections", ["Shared", "Diagnostics", "Shapes", "Ids", "Events", "Serializers", "Recorders", "Locks"]),
        ("Applications", ["Shared", "Diagnostics", "Ids", "Events", "Aggregates", "Recorders", "Projections"]),
        ("Analyzers", ["Shared", "Diagnostics", "Shapes", "Ids", "Events", "Aggregates", "Serializers", "Refusals", "Recorders", "Locks", "Projections", "Applications"]),
    ];

    public static TheoryData<string> Rooms => [.. Graph.Select(r => r.Room)];

    /// <summary>The types that the pipelines pass on, and all types in them.</summary>
    public static TheoryData<Type> Models
    {
        get
        {
            var found = new HashSet<Type>();
            var open = new Stack<Type>(Generators.GetTypes().Where(t => t.Name.EndsWith("Model", StringComparison.Ordinal)).Append(typeof(AggregateSource)).Append(typeof(ApplicationSource)).Append(typeof(ViewSource)).Append(typeof(LockFile)));
            while (open.TryPop(out var type))
            {
                if (!found.Add(type))
                {
                    continue;
                }

                foreach (var part in Fields(type).SelectMany(f => Parts(f.FieldType)).Where(p => p.Assembly == Generators && !p.IsGenericType))
                {
                    open.Push(part);
                }
            }

            return [.. found];
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Models_are_values(Type model)
    {
        if (!model.IsEnum)
        {
            Assert.Contains(typeof(IEquatable<>).MakeGenericType(model), model.GetInterfaces());
        }

        foreach (var field in Fields(model))
        {
            Assert.All(Parts(field.FieldType), part => Assert.True(IsValue(part), $"{model.Name}.{field.Name} holds a {part}, which keeps the compilation alive or compares by reference"));
        }
    }

    [Fact]
    public void Models_are_found() => Assert.Superset(
        new HashSet<Type>
        {
            typeof(TypeShell), typeof(DiagnosticModel), typeof(ShapeModel), typeof(IdModel), typeof(EventContract), typeof(FieldContract),
            typeof(AggregateModel), typeof(SerializerModel), typeof(RefusedMember), typeof(TableModel), typeof(TableSettings),
            typeof(RegisteredAggregate), typeof(TopicRoute),
        },
        Models.Select(m => m.Data).ToHashSet());

    [Theory]
    [InlineData("EventSourcing.Generated.Generators")]
    [InlineData("EventSourcing.Generated.CodeFixes")]
    public void Analyzers_load_into_the_oldest_compiler_that_knows_CSharp_14(string assembly) =>
        Assert.All(
            Assembly.Load(assembly).GetReferencedAssemblies().Where(a => a.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)),
            reference => Assert.Equal(new Version(5, 0, 0, 0), reference.Version));

    [Fact]
    public void Emitters_take_no_symbols()
    {
        var emitters = Generators.GetTypes().Where(t => t.Name.EndsWith("Emitter", StringComparison.Ordinal)).ToList();
        Assert.True(emitters.Count > 8);
        foreach (var method in emitters.SelectMany(e => e.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)))
        {
            Assert.All(method.GetParameters(), p => Assert.False(typeof(ISymbol).IsAssignableFrom(p.ParameterType), $"{method.DeclaringType}.{method.Name} takes a symbol"));
        }
    }

    [Fact]
    public void Rooms_use_only_rooms_above_them()
    {
        Assert.Empty(Sources.Errors);
        Assert.All(Graph, (room, index) => Assert.Subset(Graph.Take(index).Select(r => r.Room).ToHashSet(), room.Uses.ToHashSet()));
        Assert.Equal(Graph.Select(r => r.Room).Order(StringComparer.Ordinal), Sources.Files.Select(ProjectSources.RoomOf).Where(r => r.Length > 0).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_what_the_graph_allows(string room)
    {
        var allowed = Graph.Single(r => r.Room == room).Uses.Append(room);
        var files = Sources.Files.Where(f => ProjectSources.RoomOf(f) == room).ToList();
        List<string> wrong =
        [
            .. Sources.WrongReferences(room, [.. allowed]),
            .. files.SelectMany(f => RoomsNamedBy(f).Except(allowed).Select(other => $"{f} has a using directive for {other}")),
        ];

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("Aggregates", "Aggregate")]
    [InlineData("Serializers", "Serializer")]
    [InlineData("Refusals", "Refusal")]
    [InlineData("Recorders", "Recorder")]
    [InlineData("Applications", "Application")]
    public void A_feature_has_four_roles(string room, string feature)
    {
        var types = Generators.GetTypes().Where(t => $"{t.Namespace}.".StartsWith($"EventSourcing.Generators.{room}.", StringComparison.Ordinal)).Select(t => t.Name);

        Assert.Superset(new[] { "Generator", "Parser", "Model", "Emitter" }.Select(role => feature + role).ToHashSet(), types.ToHashSet());
    }

    /// <summary>An engine is data: only the file of its provider, its SQL, and a message that lists the packages name it.</summary>
    [Fact]
    public void Engines_are_named_only_by_their_providers() => Assert.All(
        Sources.Files.Where(f => f != "Diagnostics/Rules.cs" && !f.StartsWith("Recorders/Providers.", StringComparison.Ordinal) && !f.StartsWith("Recorders/Sql/", StringComparison.Ordinal)),
        file => Assert.All(
            new[] { "sqlite", "postgre", "npgsql" },
            engine => Assert.False(Sources.Text(file).Contains(engine, StringComparison.OrdinalIgnoreCase), $"{file} names {engine}")));

    [Fact]
    public void Namespaces_follow_folders() => Assert.All(Sources.Files, file =>
    {
        var folder = Path.GetDirectoryName(file)!.Replace('\\', '/').Replace('/', '.');
        Assert.Contains($"\nnamespace EventSourcing.Generators{(folder.Length == 0 ? "" : $".{folder}")};\n", "\n" + Sources.Text(file).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    });

    /// <summary>The rooms that the using directives of a file name.</summary>
    private static IEnumerable<string> RoomsNamedBy(string file) => Sources.NamespacesUsedBy(file)
        .Select(n => n.Split('.'))
        .Where(n => n is ["EventSourcing", "Generators", _, ..])
        .Select(n => n[2])
        .Distinct();

    private static FieldInfo[] Fields(Type type) => type.IsEnum ? [] : type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static IEnumerable<Type> Parts(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];

    private static bool IsValue(Type type) =>
        !type.IsArray
        && type.FullName?.StartsWith("System.Collections", StringComparison.Ordinal) != true
        && type.Namespace?.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) != true;
}
