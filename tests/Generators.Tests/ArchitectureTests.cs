using System.Reflection;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests;

/// <summary>Rules of the generator's own code that would erode if nothing checked them.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Generators = typeof(EventSourcingGenerator).Assembly;

    public static TheoryData<Type> Models => [.. Generators.GetTypes().Where(t => t.Name.EndsWith("Model", StringComparison.Ordinal) || t.Name is "TypeShell" or "RegisteredAggregate" or "RegisteredTopic")];

    [Theory]
    [MemberData(nameof(Models))]
    public void Models_are_values(Type model)
    {
        if (!model.IsEnum)
        {
            Assert.Contains(typeof(IEquatable<>).MakeGenericType(model), model.GetInterfaces());
        }

        foreach (var field in model.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            Assert.All(Parts(field.FieldType), part => Assert.True(IsValue(part), $"{model.Name}.{field.Name} holds a {part}, which keeps the compilation alive or compares by reference"));
        }
    }

    [Fact]
    public void Models_are_found() => Assert.True(Models.Count > 5);

    [Theory]
    [InlineData("EventSourcing.Generated.Generators")]
    [InlineData("EventSourcing.Generated.CodeFixes")]
    public void Analyzers_load_into_the_oldest_compiler_that_knows_CSharp_14(string assembly) =>
        Assert.All(
            Assembly.Load(assembly).GetReferencedAssemblies().Where(a => a.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)),
            reference => Assert.Equal(new Version(5, 0, 0, 0), reference.Version));

    [Fact]
    public void Emitters_see_no_symbols()
    {
        var emitters = Generators.GetTypes().Where(t => t.Name.EndsWith("Emitter", StringComparison.Ordinal)).ToList();
        Assert.True(emitters.Count > 8);
        foreach (var method in emitters.SelectMany(e => e.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)))
        {
            Assert.All(method.GetParameters(), p => Assert.False(typeof(ISymbol).IsAssignableFrom(p.ParameterType), $"{method.DeclaringType}.{method.Name} takes a symbol"));
        }
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];

    private static bool IsValue(Type type) =>
        !type.IsArray
        && type.FullName?.StartsWith("System.Collections", StringComparison.Ordinal) != true
        && type.Namespace?.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) != true;
}
