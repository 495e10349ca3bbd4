using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>Every type is either refused or the same after it was stored and loaded, also with private state, bases and other assemblies.</summary>
public sealed class RandomTypesTests(ITestOutputHelper output)
{
    private const int TypesPerProgram = 60;

    private static bool IsLong => Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1";

    private static int Programs => IsLong ? 34 : 1;

    [Fact]
    public async Task A_type_is_refused_or_the_same_after_a_round_trip()
    {
        // The short run has the same types each time; the long run looks for new faults.
        var first = Environment.GetEnvironmentVariable("EVENTSOURCING_SEED") is { Length: > 0 } given ? int.Parse(given, null) : IsLong ? Random.Shared.Next(1_000_000) : 1;
        var (stored, refused, refusedValues) = (0, 0, 0);
        for (var seed = first; seed < first + Programs; seed++)
        {
            var types = new RandomTypes(seed, TypesPerProgram);
            try
            {
                var (kept, refusedWhenRaised) = await Check(types, isReferenceAssembly: seed % 4 == 0);
                stored += kept;
                refusedValues += refusedWhenRaised;
                refused += types.All.Count;
            }
            catch (Exception)
            {
                output.WriteLine($"EVENTSOURCING_SEED={seed} replays it.\n// Other assembly{(seed % 4 == 0 ? ", as a reference assembly" : "")}:\n{types.Foreign}\n// Own:\n{types.Own}\n// Of another generator:\n{types.Later}");
                throw;
            }
        }

        output.WriteLine($"{stored} stored, of which {refusedValues} values were refused when they were raised, {refused - stored} refused");
        // The test is meaningful only with enough stored and enough refused types.
        Assert.InRange(stored, refused / 10, refused * 9 / 10);
    }

    /// <returns>The number of stored types, and the number of their values that were refused.</returns>
    private static async Task<(int Stored, int RefusedWhenRaised)> Check(RandomTypes types, bool isReferenceAssembly)
    {
        var foreign = CSharpCompilation.Create("Foreign", [Tree(types.Foreign)], GeneratorRun.CoreReferences, new(OutputKind.DynamicallyLinkedLibrary));
        var image = Emit(foreign, new EmitOptions());
        var reference = MetadataReference.CreateFromImage(isReferenceAssembly ? Emit(foreign, new EmitOptions(metadataOnly: true, includePrivateMembers: false)) : image);
        MetadataReference[] references = [.. GeneratorRun.CoreReferences, reference];

        var own = CSharpCompilation.Create("Sample", [Tree(types.Own)], references, new(OutputKind.DynamicallyLinkedLibrary));
        var whole = own.AddSyntaxTrees(Tree(types.Later));
        Assert.Empty(whole.GetDiagnostics(TestContext.Current.CancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error));
        // A type that is completed later is accepted only if its shapes stay the same. Here they always differ, which is another error.
        var accepted = types.All.Where(t => Shapes(own, t) is { } shapes && (!t.HasLater || shapes.Equals(Shapes(whole, t)))).ToList();
        Assert.DoesNotContain(accepted, t => t.HasLater);

        var program = GeneratorRun.With(references, "#pragma warning disable\n" + Usings + types.Own, Keeper.Source([.. accepted.Select(t => t.Used)])).CompileWith("#pragma warning disable\n" + Usings + types.Later, image);
        var refusedWhenRaised = 0;
        for (var i = 0; i < accepted.Count; i++)
        {
            var random = new Random(i);
            var type = program.GetType("Keeper")!.GetNestedType($"Kept{i}")!.GetProperty("Value")!.PropertyType;
            for (var round = 0; round < 3; round++)
            {
                var value = Arbitrary(type, random);
                object? loaded;
                try
                {
                    loaded = await Keeper.RoundTrip(program, i, value);
                }
                // The effect of another assembly's constructor is known only when it runs.
                catch (EventValueException e) when (e.Message.Contains("whose constructor or setter changes", StringComparison.Ordinal))
                {
                    refusedWhenRaised++;
                    continue;
                }

                Assert.True(Show(value) == Show(loaded), $"{accepted[i].Source}{Show(value)}\nbecame\n{Show(loaded)}");
            }
        }

        return (accepted.Count, refusedWhenRaised);
    }

    private static EquatableArray<ShapeModel>? Shapes(CSharpCompilation compilation, RandomType type)
    {
        var with = compilation.AddSyntaxTrees(Tree($"class Dog {{ void M({type.Used} parameter) {{ }} }}"));
        var dog = with.GetTypeByMetadataName("Dog")!;
        var shapes = FieldShapes.Of(dog, with);
        return shapes.Add(dog.GetMembers("M").OfType<IMethodSymbol>().Single().Parameters[0].Type, null, out _) < 0 ? null : shapes.Shapes;
    }

    private const string Usings = "using System; using System.Collections.Generic; using System.Linq; using EventSourcing;\n#nullable enable\n";

    private static SyntaxTree Tree(string source) => CSharpSyntaxTree.ParseText(Usings + source, new CSharpParseOptions(LanguageVersion.CSharp14));

    private static byte[] Emit(CSharpCompilation compilation, EmitOptions options)
    {
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image, options: options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return image.ToArray();
    }

    /// <summary>A value with something in each field, as a program could have set it.</summary>
    private static object? Arbitrary(Type type, Random random)
    {
        if (type == typeof(int))
        {
            return random.Next(1, 1000);
        }

        if (type == typeof(bool))
        {
            return random.Next(2) == 0;
        }

        if (type == typeof(string))
        {
            return new string((char)('a' + random.Next(26)), random.Next(1, 4));
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return random.Next(3) == 0 ? null : Arbitrary(underlying, random);
        }

        if (type == typeof(List<int>))
        {
            return new List<int>(Enumerable.Range(0, random.Next(3)));
        }

        if (type == typeof(Dictionary<string, int>))
        {
            return Enumerable.Range(0, random.Next(3)).ToDictionary(i => $"k{i}");
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return (Action)(() => { });
        }

        var value = RuntimeHelpers.GetUninitializedObject(type);
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                field.SetValue(value, field.FieldType == at && random.Next(2) == 0 ? null : Arbitrary(field.FieldType, random));
            }
        }

        return value;
    }

    /// <summary>The values of all public members.</summary>
    private static string Show(object? value) => value switch
    {
        null => "null",
        int or string or bool => value.ToString()!,
        IDictionary map => $"{{{string.Join(", ", map.Keys.Cast<object>().Select(k => $"{k}: {Show(map[k])}"))}}}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Show))}]",
        _ => $"({string.Join(", ", value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0).Select(p => $"{p.Name} = {Show(p.GetValue(value))}")
            .Concat(value.GetType().GetFields().Where(f => !f.IsStatic).Select(f => $"{f.Name} = {Show(f.GetValue(value))}")).Order(StringComparer.Ordinal))})",
    };
}
